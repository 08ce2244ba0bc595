import type { Approval, TargetResult } from '../model/approval/approval.ts';
import { eventOf } from '../model/approval/approval-step.ts';
import { type AuditAction, type AuditEvent, terminalTeam } from '../model/audit/audit.ts';
import type { ChangeRequest } from '../model/change/change.ts';
import { digestOfIntent, type Plan } from '../model/change/plan.ts';

/** How long a change of a terminal can be undone by its id. */
const undoMs = 24 * 60 * 60_000;

/** Where the records of changes go: Redis, or what there is instead. */
export interface ChangeRecords {
  /** Where audit records go, as people would say it. */
  readonly where: string;
  audit(events: readonly AuditEvent[], key: string): Promise<void>;
  /** Keeps what a change did, so that it can be undone. */
  keep(approval: Approval): Promise<void>;
  find(id: string): Promise<Approval | undefined>;
  /**
   * Records a step of a change that was found: false when somebody else changed it first. Its messages, where it has
   * any, will show the step.
   */
  change(next: Approval, audit: readonly AuditEvent[], key: string): Promise<boolean>;
  /** A plan to undo this change that waits in Slack, as far as it can be told. */
  waiting(original: Approval): Promise<Approval | undefined>;
}

/** A change of a terminal as the record that others know: nobody but the person approves it. */
export function terminalApproval(change: {
  readonly id: string;
  readonly person: string;
  readonly text: string;
  readonly at: string;
  readonly request: ChangeRequest;
  /** None where nothing could be planned. */
  readonly plan?: Plan;
}): Approval {
  const { id, person, text, at, request, plan } = change;
  return {
    version: 1,
    id,
    revision: 0,
    team: terminalTeam,
    cluster: request.cluster,
    state: 'pending',
    request,
    requester: person,
    text,
    channel: terminalTeam,
    requestedAt: at,
    ...(plan === undefined ? {} : { plan, digest: digestOfIntent(plan.intent) }),
    votes: [],
    results: [],
  };
}

/** The record once the operations were tried. */
export function afterwards(approval: Approval, results: readonly TargetResult[], now: Date): Approval {
  const changed = results.some(({ outcome }) => outcome !== 'not-done');
  return {
    ...approval,
    state: changed ? 'done' : 'failed',
    results: [...results],
    endedAt: now.toISOString(),
    ...(changed ? { undoUntil: new Date(now.getTime() + undoMs).toISOString() } : {}),
  };
}

/** An audit event by the person at the terminal. */
export function eventBy(
  approval: Approval,
  action: AuditAction,
  now: Date,
  more: Pick<Partial<AuditEvent>, 'detail' | 'before' | 'after'> = {},
): AuditEvent {
  return eventOf(approval, action, { actor: approval.requester, at: now.toISOString(), channel: terminalTeam }, more);
}
