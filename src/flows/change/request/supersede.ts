import type { Approval } from '../../../model/approval/approval.ts';
import { type Doing, requested, superseded } from '../../../model/approval/approval-step.ts';
import { defined } from '../../../model/values/defined.ts';
import { put, show } from '../show/approval-messages.ts';
import { recordStep } from '../work/change-approval.ts';
import { wake } from '../work/wake.ts';
import type { ChangeWorkDeps } from '../work/work.ts';
import { supersedingId } from './request.ts';

/**
 * Ends an approval whose plan is out of date, and requests a new plan in its place. The new record comes first, under
 * an id derived from the old one: a worker that takes over after a crash finds it there.
 */
export async function supersede(approval: Approval, why: string, deps: ChangeWorkDeps, by: Doing): Promise<void> {
  const { team, cluster, request, requester, text, channel } = approval;
  const next: Approval = {
    version: 1,
    id: supersedingId(team, approval.id),
    revision: 0,
    team,
    cluster,
    state: 'preparing',
    request: { ...request, at: by.at },
    requester,
    text,
    channel,
    ...defined({ asked: approval.asked, origin: approval.origin, thread: approval.thread }),
    requestedAt: by.at,
    votes: [],
    results: [],
  };
  const first = requested(next);
  const last = superseded(approval, { by: next.id, why }, by);
  if (!first.ok || !last.ok) throw new Error(`approval ${approval.id} cannot be superseded`);
  await deps.approvals.create(first.next, { audit: first.audit });
  await put(last.next, deps.outbox);
  const stored = await recordStep(last, deps);
  if (stored === undefined) return;
  await wake(next, deps).catch(() => {});
  await show(stored, deps);
  await show(next, deps);
}
