import type { TargetResult } from '../../../model/approval/approval.ts';
import type { Operation } from '../../../model/change/operation.ts';
import type { IntentTarget } from '../../../model/change/plan.ts';
import { unguarded } from '../../../model/subject/subject.ts';
import { defined } from '../../../model/values/defined.ts';
import { applyOperation, describeOperation, knownOperation } from '../../../operations/index.ts';
import type { OperationStanding, ReadReach } from '../../../operations/parts/operation-kind.ts';
import type { Applied, Applying } from '../../../ports/changes.ts';
import type { ChangeWorkDeps } from '../work/work.ts';

/** The result for one target. */
export interface TargetOutcome {
  readonly result: TargetResult;
  /** This approval changed the object, now or in an earlier attempt. */
  readonly changed: boolean;
  readonly before: string;
  readonly after: string;
  /** Set if the server gave no reliable answer: look again before reporting anything. */
  readonly unsettled?: string;
  /** A step takes its time, and others wait for its end: look again. */
  readonly isWaiting?: true;
}

/**
 * Applies the operations of one target in order; one that takes time has to end before the next one begins. If nothing
 * was done to the target yet, all of it is tried in a dry run first, so that a refusal leaves it unchanged. Safe to
 * repeat at any time: the objects themselves remember.
 */
export async function applyTarget(
  target: IntentTarget,
  deps: Pick<ChangeWorkDeps, 'cluster' | 'changes'>,
  how: Omit<Applying, 'dryRun'>,
  begun: boolean,
): Promise<TargetOutcome> {
  if (!begun) {
    for (const operation of target.operations) {
      how.signal.throwIfAborted();
      const tried = await applyOperation(operation, deps, { ...how, dryRun: true });
      const problem = problemOf(tried);
      if (problem !== undefined) return ended(target, [], problem, tried.kind === 'unknown');
    }
  }
  const done: Done[] = [];
  for (const operation of target.operations) {
    how.signal.throwIfAborted();
    const before = await standingOfLast(done, deps, how);
    if (before?.kind === 'running') {
      return { ...summaryOf(done), result: resultOf(target, 'started', before.detail), isWaiting: true };
    }
    if (before?.kind === 'failed') return ended(target, done, before.detail, false);
    if (before?.kind === 'unknown') return ended(target, done, `no trustworthy answer: ${before.why}`, true);
    const applied = await applyOperation(operation, deps, { ...how, dryRun: false });
    const problem = problemOf(applied);
    if (problem !== undefined) return ended(target, done, problem, applied.kind === 'unknown');
    done.push({ operation, applied, begun });
  }
  const isStarted = done.some(({ applied }) => applied.kind === 'started');
  return { ...summaryOf(done), result: resultOf(target, isStarted ? 'started' : 'applied') };
}

/** How far the step before is, where it says so itself. */
async function standingOfLast(
  done: readonly Done[],
  deps: ReadReach,
  { signal }: Pick<Applying, 'signal'>,
): Promise<OperationStanding | undefined> {
  const last = done.at(-1);
  const known = last === undefined ? undefined : knownOperation(last.operation);
  if (known === undefined || known.kind.judge === 'rollout') return undefined;
  return await known.kind.judge(known.operation, deps, { signal });
}

/**
 * The record of a target that was begun and is not continued. A dry run asks the server what every operation would
 * still do: an operation that its object remembers was done, as its guards say.
 */
export async function leaveTarget(
  target: IntentTarget,
  deps: Pick<ChangeWorkDeps, 'changes'>,
  how: Omit<Applying, 'dryRun'>,
  why: string,
): Promise<TargetOutcome> {
  const asked: Done[] = [];
  for (const operation of target.operations) {
    how.signal.throwIfAborted();
    asked.push({ operation, applied: await applyOperation(operation, deps, { ...how, dryRun: true }), begun: true });
  }
  const isDone = ({ applied }: Done) => applied.kind === 'already' && applied.marked;
  const done = asked.filter(isDone);
  // If the annotations are gone but the Event beside the change exists, all of it was done.
  const told = (done.length === 0 ? asked : done).map(({ operation }) => describeOperation(operation));
  const left = asked.filter(isLeft).map(({ operation }) => describeOperation(operation).after);
  const note = done.length === 0 || left.length === 0 ? undefined : `not continued, because ${why}: ${left.join('; ')}`;
  const unread = asked.find(({ applied }) => applied.kind === 'unknown');
  return {
    result: { ...resultOf(target, 'applied'), ...defined({ note }) },
    changed: true,
    before: told.map(({ before }) => before).join('; '),
    after: told.map(({ after }) => after).join('; '),
    ...(unread === undefined ? {} : defined({ unsettled: problemOf(unread.applied) })),
  };
}

/** Whether it would still change something, as far as a dry run can show. */
function isLeft({ operation, applied }: Done): boolean {
  return traceOf(operation) !== 'unclear' && applied.kind !== 'already' && applied.kind !== 'unknown';
}

function traceOf(operation: Operation): 'mark' | 'none' | 'unclear' {
  const known = knownOperation(operation);
  return known?.kind.trace?.(known.operation) ?? 'mark';
}

/** An operation with its result. `begun`: an earlier attempt may have done part of it. */
interface Done {
  readonly operation: Operation;
  readonly applied: Applied;
  readonly begun: boolean;
}

function ended(target: IntentTarget, done: readonly Done[], problem: string, isUnknown: boolean): TargetOutcome {
  const summary = summaryOf(done);
  const already = summary.changed ? `done: ${summary.after}; then not: ` : '';
  // What was done before the refusal stays, and can be undone.
  const outcome = isUnknown ? 'unknown' : summary.changed ? 'not-fixed' : 'not-done';
  const result = resultOf(target, outcome, `${already}${problem}`);
  return { ...summary, result, ...(isUnknown ? { unsettled: problem } : {}) };
}

function summaryOf(done: readonly Done[]): Pick<TargetOutcome, 'changed' | 'before' | 'after'> {
  const changes = done.flatMap(({ operation, applied, begun }) => {
    // Nothing remembers it: an earlier attempt may have done part of it.
    if (begun && traceOf(operation) === 'none') return [describeOperation(operation)];
    if (applied.kind === 'applied' || applied.kind === 'started')
      return [{ before: applied.before, after: applied.after }];
    // An earlier attempt did it, and nobody is left to report what it saw: the guards say what must have been there.
    return applied.kind === 'already' && applied.marked ? [describeOperation(operation)] : [];
  });
  return {
    changed: changes.length > 0,
    before: changes.map(({ before }) => before).join('; '),
    after: changes.map(({ after }) => after).join('; '),
  };
}

/** The result of a target in its stored form. */
export function resultOf(target: IntentTarget, outcome: TargetResult['outcome'], detail?: string): TargetResult {
  return { subject: unguarded(target.subject), outcome, ...defined({ detail }) };
}

/** Why an operation was not done, in words for people; undefined if it was done. */
function problemOf(applied: Applied): string | undefined {
  switch (applied.kind) {
    case 'applied':
    case 'started':
    case 'already':
      return undefined;
    case 'conflict':
      return `not changed, because it is not as it was approved: ${applied.what}`;
    case 'absent':
      return `not changed: ${applied.what}`;
    case 'refused':
      return `the API server refuses it: ${applied.message}`;
    case 'forbidden':
      return `the worker may not: it takes the right to ${applied.missingRight}`;
    case 'unknown':
      return `no trustworthy answer: ${applied.why}`;
  }
  return applied satisfies never;
}
