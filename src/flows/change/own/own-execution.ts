import { setTimeout as pause } from 'node:timers/promises';
import type { Approval, TargetResult } from '../../../model/approval/approval.ts';
import { started } from '../../../model/approval/approval-step.ts';
import { terminalTeam } from '../../../model/audit/audit.ts';
import type { Plan } from '../../../model/change/plan.ts';
import type { Subject } from '../../../model/subject/subject.ts';
import type { Approvals } from '../../../ports/approvals.ts';
import { carryOut } from '../execute/carry-out.ts';
import { doneBy, type ExecutionWords, type NoEvent } from '../execute/execution.ts';
import type { Marks } from '../execute/read-marks.ts';
import { lookAtChange } from '../verify/verify.ts';
import { recordStep } from '../work/change-approval.ts';
import type { CarryOutDeps, WatchDeps } from '../work/work.ts';

/** How long it can be undone by its id. */
const undoMs = 24 * 60 * 60_000;
/** A server that gives no trustworthy answer is asked so often. */
const mostTurns = 5;
/** For all operations of one target in one turn. */
const targetWithinMs = 60_000;

/** What carrying out and watching a person's own change takes. */
export interface OwnExecutionDeps extends Pick<CarryOutDeps, 'outbox' | 'cluster' | 'changes' | 'keychain' | 'now'> {
  /** `get` of the team `terminal` finds the changes of every team: a person knows a change by its id alone. */
  readonly approvals: Pick<Approvals, 'create' | 'get' | 'change'>;
  /** Says that no Kubernetes Event could be written beside a changed object. */
  readonly tellNoEvent: (subject: Subject, written: NoEvent) => void;
  /** Ends everything but a change that has begun: Ctrl-C. */
  readonly signal: AbortSignal;
  /** Between two turns and between two looks; a second when left out. */
  readonly lookMs?: number;
}

/**
 * Carries out what the person agreed to, and watches it, by the same steps as a worker. They follow one another in this
 * process, so nothing has to be queued. Gives the record as it ended, or as it is when `signal` ends the watching.
 */
export async function carryOutOwn(
  agreed: Approval,
  plan: Plan,
  reason: string | undefined,
  deps: OwnExecutionDeps,
): Promise<Approval> {
  const working = workOf(agreed, deps);
  const approved: Approval = { ...agreed, state: 'approved' };
  await deps.approvals.create(approved, { audit: [] });
  let approval = (await recordStep(started(approved, doneBy(working)), deps)) ?? approved;
  const words = wordsOf(agreed, reason, deps);
  let turn = 0;
  while (approval.state === 'running') {
    if (turn > 0) await pause(deps.lookMs ?? 1000);
    const isWaiting = approval.results.some(({ outcome }) => outcome === 'started');
    if (!isWaiting) turn += 1;
    // Other steps wait for one that takes its time; the person may not want to.
    const leave = isWaiting && deps.signal.aborted ? 'it was interrupted' : undefined;
    const marks = marksOf(approval.results);
    // Once started it is finished: Ctrl-C between two operations would leave half a change.
    const signal = AbortSignal.timeout(targetWithinMs * plan.intent.targets.length);
    const asksAgain = () => turn < mostTurns;
    await carryOut({ approval, plan, words, marks, deps: working, asksAgain, signal }, leave);
    approval = await recorded(approval, deps);
  }
  return await watched(approval, working, deps);
}

async function watched(begun: Approval, working: WatchDeps, deps: OwnExecutionDeps): Promise<Approval> {
  const { signal, lookMs = 1000 } = deps;
  let approval = begun;
  while (approval.state === 'verifying' && !signal.aborted) {
    try {
      await lookAtChange(approval, working, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    approval = await recorded(approval, deps);
    if (approval.state === 'verifying') await pause(lookMs, undefined, { signal }).catch(() => {});
  }
  return approval;
}

async function recorded({ team, id }: Approval, { approvals }: OwnExecutionDeps): Promise<Approval> {
  const approval = await approvals.get(team, id);
  if (approval === undefined) throw new Error(`the record of ${id} is gone`);
  return approval;
}

/**
 * What a worker would have; the person gets a diagnosis beside the result, so that no report is kept for it.
 */
function workOf({ requester }: Approval, deps: OwnExecutionDeps): CarryOutDeps & WatchDeps {
  return {
    ...deps,
    actor: { actor: requester, channel: terminalTeam },
    queue: { enqueue: async () => {} },
    times: { undoMs },
    reports: { save: async () => '', get: async () => undefined },
    diagnose: async () => ({ kind: 'absent', certain: false, message: '', near: [] }),
    onIncident: () => {},
    progressMs: 0,
  };
}

/** What is known of the turn before: only what was refused as a whole was not begun. */
function marksOf(results: readonly TargetResult[]): Marks {
  const isFirst = results.every(({ outcome, detail }) => outcome === 'waiting' && detail === undefined);
  const targets = results.map(({ outcome }) => (isFirst || outcome === 'not-done' ? 'none' : 'last'));
  return { begun: !isFirst, displaced: false, unread: false, unanswered: false, targets };
}

function wordsOf(
  { id, requester, request: { remedy } }: Approval,
  reason: string | undefined,
  { tellNoEvent }: OwnExecutionDeps,
): ExecutionWords {
  const because = reason === undefined ? '' : `: ${reason}`;
  const why = reason === undefined ? '' : ` (${reason})`;
  return {
    mark: { approval: id, changeCause: `imagecheck ${remedy}, ${id}, by ${requester} in a terminal${because}` },
    event: (after) => `${remedy} ${id} by ${requester} in a terminal${why}: ${after}`,
    withoutEvent(subject, written) {
      tellNoEvent(subject, written);
      return undefined;
    },
    side: (_, text) => text,
  };
}
