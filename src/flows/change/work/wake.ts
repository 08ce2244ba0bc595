import { createHash } from 'node:crypto';
import type { JobName } from '../../../jobs.ts';
import type { Approval } from '../../../model/approval/approval.ts';
import { forKnown, type KnownMember } from '../../../model/values/open-enum.ts';
import type { Queue } from '../../../ports/queue.ts';

/** Jobs of a change by the state that needs them. */
const jobOfState: Partial<Record<KnownMember<Approval['state']>, Extract<JobName, 'prepare' | 'execute' | 'verify'>>> =
  {
    preparing: 'prepare',
    approved: 'execute',
    running: 'execute',
    verifying: 'verify',
  };

/** What waking a worker for an approval needs. */
export interface Waking {
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
}

/**
 * Queues the job that the state of an approval needs; the record is the truth, so a lost job costs time and a second one
 * nothing. Jobs of one approval, state and `everyMs` are one job: a job that hangs on a dead worker does not swallow the
 * next, and many processes that look at the same time do not fill the queue.
 */
export async function wake(
  approval: Pick<Approval, 'team' | 'id' | 'cluster' | 'state'>,
  { queue, now }: Waking,
  { delayMs = 0, everyMs = 1000 }: { readonly delayMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const { team, id, cluster, state } = approval;
  const name = forKnown(jobOfState, state);
  if (name === undefined) return;
  const hash = createHash('sha256').update(`${team} ${id}`).digest('hex').slice(0, 32);
  const slot = Math.floor((now().getTime() + delayMs) / everyMs);
  const payload = { version: 1 as const, cluster, team, approval: id };
  // BullMQ refuses ids with a colon.
  const jobId = `change-${hash}-${name}-${everyMs}-${slot}`;
  await queue.enqueue(cluster, name, payload, { id: jobId, again: true, ...(delayMs === 0 ? {} : { delayMs }) });
}
