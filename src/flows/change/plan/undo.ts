import { type Approval, isTouched, strangeProgress } from '../../../model/approval/approval.ts';
import type { ChangeRequest } from '../../../model/change/change.ts';
import type { Operation } from '../../../model/change/operation.ts';
import { type IntentTarget, remedyDecided } from '../../../model/change/plan.ts';
import { formatSubject, isWorkload, unguarded } from '../../../model/subject/subject.ts';
import { defined } from '../../../model/values/defined.ts';
import { knownOperation, unknownWords } from '../../../operations/index.ts';
import type { Refusal } from '../../../remedies/parts/remedy.ts';
import { type Chosen, type ResolvedTargets, refusal } from './reach.ts';

/** The targets of an approval that can be undone, and why the others cannot; or why none can. */
export function undoTargets(
  request: Pick<ChangeRequest, 'cluster' | 'undoes' | 'at'>,
  undone: Approval | undefined,
  own: string,
): ResolvedTargets | Refusal {
  const id = request.undoes;
  if (id === undefined || undone === undefined || undone.id !== id) {
    return refusal(
      `There is no record of ${id ?? 'the approval'} any more.`,
      'Set what you want by name, for example with roll-back or set-image.',
    );
  }
  const unfit = whyNot(request, undone, own);
  if (unfit !== undefined) return unfit;
  const { plan, results, state } = undone;
  const remedy = plan === undefined ? undefined : remedyDecided(plan.intent);
  const targets: Chosen[] = [];
  const leftOut: string[] = [];
  const settled: string[] = [];
  for (const [index, target] of (plan?.intent.targets ?? []).entries()) {
    const name = formatSubject(target.subject);
    const workload = unguarded(target.subject);
    const result = results[index];
    const back = plan?.undo.targets[index];
    const strange = result === undefined ? undefined : strangeProgress({ state, results: [result] });
    if (result === undefined || !isTouched(result)) {
      settled.push(`${name}: nothing to do, ${id} did not change it.`);
    } else if (result.undoneBy !== undefined && result.undoneBy !== own) {
      settled.push(`${name}: nothing to do, ${result.undoneBy} took it back already.`);
    } else if (strange !== undefined) {
      leftOut.push(`${name}: ${strange}.`);
    } else if (back === undefined || back.operations.length === 0) {
      leftOut.push(`${name}: it can’t be undone.`);
    } else if (unknownWords(back.operations) !== undefined) {
      leftOut.push(`${name}: of its way back, ${unknownWords(back.operations)}.`);
    } else if (!isWorkload(workload)) {
      leftOut.push(`${name}: only what was changed of a workload can be taken back.`);
    } else if (!isWayBackOf(back.operations, target)) {
      leftOut.push(`${name}: the recorded undo isn’t the reverse of what ${id} did.`);
    } else {
      const undo = { approval: id, operations: back.operations, expects: back.expects };
      targets.push({ workload, params: { approval: id, ...defined({ remedy }) }, undo });
    }
  }
  if (targets.length > 0) return { kind: 'targets', targets, leftOut, settled };
  return refusal(['Nothing of', id, 'can be undone.', ...settled, ...leftOut].join(' '), plan?.undo.cannot[0]);
}

/**
 * Whether operations reverse what was done to a target, and nothing else. The undo steps are stored beside the intent,
 * where no signature covers them; so each step has to be the reverse of an approved step, on the same object.
 */
export function isWayBackOf(back: readonly Operation[], done: IntentTarget): boolean {
  return back.every((operation) => {
    const known = knownOperation(operation);
    return known !== undefined && known.kind.isReverseOf(known.operation, done);
  });
}

function whyNot(
  request: Pick<ChangeRequest, 'cluster' | 'at'>,
  { id, cluster, state, results, undoneBy, undoUntil }: Approval,
  own: string,
): Refusal | undefined {
  if (cluster !== request.cluster) return refusal(`${id} was executed in cluster ${cluster}, not here.`);
  if (undoneBy !== undefined && undoneBy !== own) return refusal(`${id} was undone already, by ${undoneBy}.`);
  const strange = strangeProgress({ state, results: [] });
  if (strange !== undefined) {
    return refusal(
      `${id} can’t be undone here: ${strange}.`,
      `Update the worker of cluster ${cluster}, then ask again.`,
    );
  }
  // It can be undone while it is being watched: nobody has to wait for the end of a rollout that goes wrong.
  if (state === 'running') {
    return refusal(`${id} is not finished yet (${state}).`, 'Undo it once its changes are made.');
  }
  if (!results.some(isTouched)) {
    return refusal(`${id} was never executed (${state}); there is nothing to undo.`);
  }
  if (undoUntil !== undefined && undoUntil < request.at) {
    return refusal(
      `${id} could be undone until ${undoUntil}.`,
      'Set what you want by name, for example with set-image.',
    );
  }
  return undefined;
}
