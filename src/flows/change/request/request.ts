import { createHash } from 'node:crypto';
import { UnavailableError, UserError } from '../../../errors.ts';
import type { Approval } from '../../../model/approval/approval.ts';
import { requested } from '../../../model/approval/approval-step.ts';
import { signAsked } from '../../../model/approval/signatures.ts';
import { within } from '../../../timing/within.ts';
import { noWorker } from '../../ask/ask.ts';
import { approvalMessages } from '../show/approval-messages.ts';
import { wake } from '../work/wake.ts';
import type { ChangeAskDeps } from '../work/work.ts';

/** A person learns within a second whether it was accepted. */
const patienceMs = 950;

/** Crockford's base 32: no letter that could be mistaken for a digit. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The approval's id, eight characters: the same delivery of the same team always gives the same id. */
export function newApprovalId(team: string, key: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([team, key]))
    .digest();
  return [...hash.subarray(0, 8)].map((byte) => digits.charAt(byte % 32)).join('');
}

/** The approval that replaces a superseded one. */
export function supersedingId(team: string, id: string): string {
  return newApprovalId(team, `supersedes ${id}`);
}

/** How many plans may replace each other without anybody approving one. */
const mostSuperseded = 50;

/** Whether an approval is the first one itself, or replaced it directly or indirectly. */
export function descendsFrom(first: string, { id, team }: Pick<Approval, 'id' | 'team'>): boolean {
  let next = first;
  for (let count = 0; count < mostSuperseded; count += 1) {
    if (next === id) return true;
    next = supersedingId(team, next);
  }
  return false;
}

/**
 * Records a requested change, queues the job that plans it, and shows "preparing…". When it returns the change survives
 * any crash; the same approval twice (Slack repeats events) is one. Throws a UserError within a second if no worker of
 * that cluster is alive or the change could not be recorded. A crash between record and job only costs time: the next
 * look for records without a holder queues the job again.
 */
export function requestChange(approval: Approval, deps: ChangeAskDeps): Promise<'created' | 'exists'> {
  return inTime(() => accept(approval, deps));
}

/**
 * Returns the answer, or throws a `UserError` within a second if Redis does not respond; other failures are thrown
 * unchanged.
 */
export async function inTime<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await within(patienceMs, work(), () => {
      throw new UnavailableError(`nothing was answered within ${patienceMs} ms`);
    });
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    throw new UserError('imagecheck can’t take requests right now: its queue isn’t responding.', {
      remedy: 'Try again in a minute; if it persists, whoever runs imagecheck should check its Redis.',
      cause: error,
    });
  }
}

/** What `requestChange` does, however long it takes. */
export async function accept(wanted: Approval, deps: ChangeAskDeps): Promise<'created' | 'exists'> {
  const { cluster, privateKey } = { ...wanted, ...deps };
  const asked = privateKey === undefined ? {} : { asked: signAsked({ ...wanted, first: wanted.id }, privateKey) };
  const approval = { ...wanted, ...asked };
  if ((await deps.workers.alive(cluster)).length === 0) {
    throw new UserError(noWorker(cluster, await deps.workers.lastSeen(cluster)), {
      remedy: `Whoever runs imagecheck should look at the worker in cluster ${cluster}.`,
    });
  }
  const step = requested(approval);
  if (!step.ok) throw new Error(step.why);
  const made = await deps.approvals.create(step.next, { audit: step.audit });
  if (made === 'exists') return made;
  // Recorded: failures from here on are repaired by the look for records without a holder.
  const queued = wake(approval, deps).catch(() => {});
  for (const message of approvalMessages(approval)) await deps.outbox.put(message, 'first').catch(() => {});
  await queued;
  return made;
}
