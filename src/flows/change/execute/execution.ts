import type { Approval, Grant } from '../../../model/approval/approval.ts';
import type { Doing, Step } from '../../../model/approval/approval-step.ts';
import type { Plan } from '../../../model/change/plan.ts';
import { approvalMessages, put, show } from '../show/approval-messages.ts';
import { recordStep } from '../work/change-approval.ts';
import type { ChangeWorkDeps } from '../work/work.ts';
import type { Marks } from './read-marks.ts';

/** One execution, or one more try at it. */
export interface Execution {
  readonly approval: Approval;
  /** Signed. */
  readonly grant: Grant;
  /** Its intent has the signed digest. */
  readonly plan: Plan;
  readonly marks: Marks;
  readonly deps: ChangeWorkDeps;
  /** Ends with the job, the process, or the hold. */
  readonly signal: AbortSignal;
}

/** Shows an end and records it: a crash in between leaves it to be found and shown again. */
export async function finish(step: Step, deps: Pick<ChangeWorkDeps, 'approvals' | 'outbox'>): Promise<void> {
  if (!step.ok) throw new Error(step.why);
  await put(step.next, deps.outbox);
  const stored = await recordStep(step, deps);
  if (stored !== undefined) return show(stored, deps);
  const current = await deps.approvals.get(step.next.team, step.next.id);
  // Somebody was faster: what was shown is not so.
  if (current !== undefined) for (const message of approvalMessages(current)) await deps.outbox.put(message);
}

/** The worker, as it stands in the audit stream. */
export function workerOf({ workerId, now }: Pick<ChangeWorkDeps, 'workerId' | 'now'>): Doing {
  return { actor: `worker:${workerId}`, at: now().toISOString() };
}
