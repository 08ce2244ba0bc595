import type { TargetResult } from '../../../model/approval/approval.ts';
import { executed, failed, progressed, undone } from '../../../model/approval/approval-step.ts';
import { objectOf } from '../../../model/change/operation.ts';
import { formatSubject } from '../../../model/subject/subject.ts';
import { defined } from '../../../model/values/defined.ts';
import { show } from '../show/approval-messages.ts';
import { changeApproval, recordStep } from '../work/change-approval.ts';
import { patienceWith } from '../work/patience.ts';
import { wake } from '../work/wake.ts';
import { applyTarget, leaveTarget, resultOf, type TargetOutcome } from './apply-target.ts';
import { doneBy, type Execution, finish } from './execution.ts';
import { changeEventName } from './read-marks.ts';

/** Wait after a server that gave no reliable answer. */
const askAgainMs = 2000;
const firstLookMs = 500;

/**
 * Executes what is left, target by target: a refusal for one does not stop the others. `leave`: nothing new is started,
 * and why; what was done is still recorded and watched.
 */
export async function carryOut(execution: Execution, leave: string | undefined): Promise<void> {
  const { approval, deps, signal } = execution;
  const outcomes = await outcomesOf(execution, leave);
  signal.throwIfAborted();
  const unsettled = outcomes.some((outcome) => outcome.unsettled !== undefined);
  if (unsettled && execution.asksAgain()) return askAgain(execution, outcomes);
  if (outcomes.some(({ isWaiting }) => isWaiting)) {
    return comeBack(
      execution,
      outcomes.map(({ result }) => result),
    );
  }
  const unwritten = await writeEvents(execution, outcomes);
  signal.throwIfAborted();
  const by = doneBy(deps);
  const results = outcomes.map(({ result }, index) => withNote(result, unwritten[index]));
  if (!outcomes.some(({ changed }) => changed) && results.every(({ outcome }) => outcome === 'not-done')) {
    const why = results.map(({ subject, detail }) => `${formatSubject(subject)}: ${detail ?? 'not changed'}`);
    return finish(failed(approval, { outcome: `Nothing was changed. ${why.join('; ')}`, results }, by), deps);
  }
  await markUndone(execution, results);
  const did = {
    results,
    verifyUntil: await verifyUntil(execution, results),
    before: sides(execution, outcomes, 'before'),
    after: sides(execution, outcomes, 'after'),
    ...defined({ undoUntil: undoUntil(execution, outcomes) }),
  };
  const stored = await recordStep(executed(approval, did, by), deps, { dueInMs: firstLookMs });
  if (stored === undefined) return;
  await wake(stored, deps, { delayMs: firstLookMs }).catch(() => {});
  await show(stored, deps);
}

async function outcomesOf(execution: Execution, leave: string | undefined): Promise<readonly TargetOutcome[]> {
  const { plan, words, marks, deps, signal } = execution;
  const how = { signal, keychain: deps.keychain, mark: words.mark };
  const outcomes: TargetOutcome[] = [];
  for (const [index, target] of plan.intent.targets.entries()) {
    const seen = marks.targets[index] ?? 'none';
    const isMarked = seen === 'last' || seen === 'earlier';
    if (leave === undefined) outcomes.push(await applyTarget(target, deps, how, isMarked));
    else if (isMarked) {
      outcomes.push(await leaveTarget(target, deps, how, leave));
    } else {
      outcomes.push({ result: resultOf(target, 'not-done', leave), changed: false, before: '', after: '' });
    }
  }
  return outcomes;
}

function askAgain(execution: Execution, outcomes: readonly TargetOutcome[]): Promise<void> {
  const results = outcomes.map(
    ({ result, unsettled }): TargetResult =>
      unsettled === undefined ? result : { ...result, outcome: 'waiting', detail: unsettled },
  );
  return comeBack(execution, results);
}

/** Another turn comes soon; what is known so far is shown. */
export async function comeBack(
  { approval, deps }: Pick<Execution, 'approval' | 'deps'>,
  results: readonly TargetResult[],
): Promise<void> {
  const step = progressed(approval, results);
  if (!step.ok) throw new Error(step.why);
  const stored = await deps.approvals.change(step.next, { audit: [], dueInMs: askAgainMs });
  if (stored === undefined) return;
  await wake(stored, deps, { delayMs: askAgainMs }).catch(() => {});
  await show(stored, deps);
}

function withNote(result: TargetResult, note: string | undefined): TargetResult {
  const notes = [result.note, note].filter((each) => each !== undefined);
  return notes.length === 0 ? result : { ...result, note: notes.join('; ') };
}

/**
 * The cluster's own record, for people who look there. Without permission to write it nothing else is missing, but the
 * result says so: by the target's index, why there is none.
 */
function writeEvents(
  { plan, words, deps, signal }: Execution,
  outcomes: readonly TargetOutcome[],
): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    plan.intent.targets.map(async ({ subject }, index) => {
      const outcome = outcomes[index];
      const about = objectOf(subject);
      if (outcome?.changed !== true || about === undefined) return undefined;
      const name = changeEventName(words.mark.approval, about.uid);
      const message = words.event(outcome.after).slice(0, 1000);
      const written = await deps.changes.event(
        { name, about, type: 'Normal', reason: 'ImagecheckChange', message },
        { signal },
      );
      return written.kind === 'found' ? undefined : words.withoutEvent(subject, written);
    }),
  );
}

/**
 * Records the undo in the approval of the undone targets; another undo may take the others. Written before the undo
 * itself: a worker that dies in between writes it again.
 */
async function markUndone({ approval, deps }: Execution, results: readonly TargetResult[]): Promise<void> {
  const { undoes } = approval.request;
  if (undoes === undefined) return;
  const taken = results
    .filter(({ outcome }) => outcome === 'applied' || outcome === 'started')
    .map(({ subject }) => subject);
  await changeApproval<void>({ team: approval.team, id: undoes }, deps, 10, (original) => {
    const step = undone(original, approval.id, taken, doneBy(deps));
    return step.ok
      ? { kind: 'step', step, onStored: (stored) => show(stored, deps) }
      : { kind: 'answer', answer: undefined };
  });
}

/** When every controller has reported, or should have, that it makes no progress. */
async function verifyUntil({ plan, deps, signal }: Execution, results: readonly TargetResult[]): Promise<string> {
  const patiences = await Promise.all(
    plan.intent.targets.map(async ({ subject }, index) =>
      results[index]?.outcome === 'not-done' ? 0 : await patienceWith(subject, deps, { signal }),
    ),
  );
  return new Date(deps.now().getTime() + Math.max(...patiences)).toISOString();
}

function undoUntil({ plan, deps }: Execution, outcomes: readonly TargetOutcome[]): string | undefined {
  const way = plan.undo.targets.some(
    ({ operations }, index) => operations.length > 0 && outcomes[index]?.changed === true,
  );
  return way ? new Date(deps.now().getTime() + deps.times.undoMs).toISOString() : undefined;
}

function sides({ words }: Execution, outcomes: readonly TargetOutcome[], side: 'before' | 'after'): string {
  return outcomes
    .filter((outcome) => outcome.changed)
    .map((outcome) => words.side(outcome.result.subject, outcome[side]))
    .join('\n');
}
