import { type AuditEvent, concerned } from '../../../model/audit/audit.ts';
import type { RemedyId } from '../../../model/change/change.ts';
import type { Subject } from '../../../model/subject/subject.ts';
import type { AuditTrail } from '../../../ports/audit.ts';

/** A change that someone requested and for which no record was created: they may not, or it is no longer possible. */
export interface RefusedRequest {
  readonly team: string;
  /** The id that the approval would have had: a repeated delivery is the same refusal. */
  readonly id: string;
  /** As it was named; empty if it was not. */
  readonly cluster: string;
  readonly remedy: RemedyId;
  /** As far as they were named. */
  readonly subjects: readonly Subject[];
  readonly user: string;
  readonly channel: string;
  readonly rule: string;
  readonly why: string;
}

/** Records that a change was requested and refused, once per delivery. Throws if it could not be recorded. */
export async function refuseRequest(
  refused: RefusedRequest,
  { audit, now }: { readonly audit: Pick<AuditTrail, 'append'>; readonly now: () => Date },
): Promise<void> {
  const { team, id, cluster, remedy, user, channel, subjects, rule, why } = refused;
  const event: AuditEvent = {
    version: 1,
    action: 'refused',
    at: now().toISOString(),
    team,
    cluster,
    approval: id,
    actor: user,
    channel,
    remedy,
    ...concerned(subjects),
    detail: `${rule}: ${why}`,
  };
  await audit.append([event], `refused ${team} ${id}`);
}
