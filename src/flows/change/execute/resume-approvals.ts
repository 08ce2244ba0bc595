import { type Approval, workingStates } from '../../../model/approval/approval.ts';
import { type Doing, expired, failed, type Step } from '../../../model/approval/approval-step.ts';
import { bothClocks } from '../../../model/values/both-clocks.ts';
import type { Approvals, DueApproval } from '../../../ports/approvals.ts';
import type { Outbox } from '../../../ports/outbox.ts';
import type { Queue } from '../../../ports/queue.ts';
import type { Workers } from '../../../ports/records.ts';
import { show } from '../show/approval-messages.ts';
import { recordStep } from '../work/change-approval.ts';
import { wake } from '../work/wake.ts';
import { finish } from './execution.ts';

export interface ResumeApprovalsDeps {
  readonly approvals: Approvals;
  readonly outbox: Outbox;
  readonly workers: Pick<Workers, 'alive'>;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
  readonly aheadMs?: () => number;
}

export interface ResumeApprovalsOptions {
  /** Records that nobody has handled for this long are resumed; each process gets a share of them. */
  readonly lostAfterMs: number;
  /** A plan that is not ready by then will not come. */
  readonly planWithinMs: number;
  readonly onTrouble: (what: string, error: unknown) => void;
}

export const usualResumeApprovalsOptions = { lostAfterMs: 3000, planWithinMs: 10 * 60_000 } as const;

/** Minimum time between wake-ups of one approval; a dead worker's job does not swallow the next one. */
const wakeEveryMs = 3000;

/**
 * One pass over changes without a holder although they have work (docs/architecture.md#records): wakes a worker for
 * them, ends those that have expired, removes the buttons of expired plans, and shows once more what came to rest a
 * moment ago. Any number of processes may do this at
 * the same time. Throws if Redis cannot be reached.
 */
export async function resumeApprovals(deps: ResumeApprovalsDeps, options: ResumeApprovalsOptions): Promise<void> {
  const [due, over] = await Promise.all([
    deps.approvals.due(options.lostAfterMs),
    deps.approvals.expired(options.lostAfterMs),
  ]);
  const guarded = async (which: DueApproval, work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      options.onTrouble(which.id, error);
    }
  };
  await Promise.all([
    ...due.map((which) => guarded(which, resumeOne(which, deps, options))),
    ...over.map((which) => guarded(which, expire(which, deps))),
  ]);
}

async function resumeOne(
  which: DueApproval,
  deps: ResumeApprovalsDeps,
  options: ResumeApprovalsOptions,
): Promise<void> {
  const approval = await deps.approvals.get(which.team, which.id);
  if (approval === undefined) return;
  // Nobody works on it any more; its message may still say something else.
  if (!workingStates.includes(approval.state)) return show(approval, deps);
  const nowMs = deps.now().getTime();
  if (approval.state === 'preparing' && nowMs - Date.parse(approval.requestedAt) > options.planWithinMs) {
    const outcome = `No plan was made within ${Math.round(options.planWithinMs / 60_000)} minutes; nothing was done.${clocksOf(deps)}`;
    const remedy = `Ask again; if it persists, whoever runs imagecheck should check the worker in cluster ${approval.cluster}.`;
    return finish(failed(approval, { outcome, remedy }, itself(deps)), deps);
  }
  const isAlive = (await deps.workers.alive(approval.cluster)).length > 0;
  if (isAlive) return wake(approval, deps, { everyMs: wakeEveryMs });
  if (neverBegun(approval, nowMs)) {
    const why = `No worker of cluster ${approval.cluster} was there before ${approval.grant?.grant.executeBefore}; nothing was done.${clocksOf(deps)}`;
    await recordEnd(expired(approval, why, itself(deps)), deps);
  }
}

/**
 * A live worker asks the cluster; without one, a change that no worker has taken by the end of its time was not begun.
 */
function neverBegun({ state, grant }: Approval, nowMs: number): boolean {
  return state === 'approved' && grant !== undefined && nowMs >= Date.parse(grant.grant.executeBefore);
}

async function expire({ team, id }: DueApproval, deps: ResumeApprovalsDeps): Promise<void> {
  const approval = await deps.approvals.get(team, id);
  if (approval?.state !== 'pending') return;
  const why = `The plan expired at ${approval.expiresAt ?? 'its time'}; nothing was done.${clocksOf(deps)}`;
  await recordEnd(expired(approval, why, itself(deps)), deps);
}

/** Recorded before it is shown: a person or a worker may be deciding the opposite at the same moment. */
async function recordEnd(step: Step, deps: ResumeApprovalsDeps): Promise<void> {
  const stored = await recordStep(step, deps);
  if (stored !== undefined) await show(stored, deps);
}

function clocksOf({ now, aheadMs }: Pick<ResumeApprovalsDeps, 'now' | 'aheadMs'>): string {
  return bothClocks(now(), aheadMs?.() ?? 0);
}

function itself({ now }: Pick<ResumeApprovalsDeps, 'now'>): Doing {
  return { actor: 'imagecheck', at: now().toISOString() };
}
