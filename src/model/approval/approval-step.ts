import { type AuditAction, type AuditEvent, concerned } from '../audit/audit.ts';
import type { ChangeRequest } from '../change/change.ts';
import { digestOfIntent, type Plan } from '../change/plan.ts';
import { type Subject, subjectKey, unguarded } from '../subject/subject.ts';
import { defined } from '../values/defined.ts';
import {
  type Approval,
  finalStates,
  isTouched,
  type SignedGrant,
  stateName,
  strangeProgress,
  type TargetResult,
  type Vote,
} from './approval.ts';

/** Who did it, when, and from where. */
export interface Doing {
  /** Slack user id or `worker:<id>`; `imagecheck` for the product itself. */
  readonly actor: string;
  /** ISO 8601. */
  readonly at: string;
  readonly channel?: string;
}

/** The approval after a step, or why the step cannot be taken. The store sets the revision. */
export type Step =
  | { readonly ok: true; readonly next: Approval; readonly audit: readonly AuditEvent[] }
  | { readonly ok: false; readonly why: string };

/**
 * Takes an approval from one of these states to another: `preparing` -> `pending` -> `approved` -> `running` ->
 * `verifying` -> `done`; every other end means that this approval changed nothing.
 */
function step(
  approval: Approval,
  from: readonly Approval['state'][],
  to: Approval['state'],
  patch: Partial<Approval>,
  audit: readonly AuditEvent[],
  at?: string,
): Step {
  if (!from.includes(approval.state)) {
    return { ok: false, why: `approval ${approval.id} is ${stateName(approval.state)} and cannot become ${to}` };
  }
  const ended = finalStates.includes(to) && approval.state !== to && at !== undefined ? { endedAt: at } : {};
  return { ok: true, next: { ...approval, ...patch, ...ended, state: to }, audit };
}

/** An event about an approval; an event without a channel belongs to the channel in which the plan is shown. */
export function eventOf(
  approval: Approval,
  action: AuditAction,
  by: Doing,
  more: Pick<Partial<AuditEvent>, 'detail' | 'before' | 'after'> = {},
): AuditEvent {
  const { team, cluster, id, request, plan, digest } = approval;
  const wanted = request.from?.subject;
  const asked = request.targets.length > 0 || wanted === undefined ? request.targets : [{ subject: wanted }];
  const targets = plan?.intent.targets ?? asked;
  return {
    version: 1,
    action,
    at: by.at,
    team,
    cluster,
    approval: id,
    actor: by.actor,
    remedy: request.remedy,
    ...concerned(targets.map(({ subject }) => subject)),
    ...defined({ channel: by.channel ?? approval.channel, digest, ...more }),
  };
}

/** Someone requests a change: the first record. */
export function requested(approval: Approval): Step {
  if (approval.state !== 'preparing' || approval.revision !== 0 || approval.votes.length > 0) {
    return { ok: false, why: `approval ${approval.id} is not a new one` };
  }
  const by = { actor: approval.requester, at: approval.requestedAt, channel: approval.channel };
  return { ok: true, next: approval, audit: [eventOf(approval, 'requested', by, { detail: approval.text })] };
}

/** The plan is there and shown. */
export function shown(
  approval: Approval,
  made: {
    readonly plan: Plan;
    readonly request: ChangeRequest;
    readonly requirement: NonNullable<Approval['requirement']>;
    readonly expiresAt: string;
  },
  by: Doing,
): Step {
  const patch = { ...made, digest: digestOfIntent(made.plan.intent) };
  return step(approval, ['preparing'], 'pending', patch, [eventOf({ ...approval, ...patch }, 'shown', by)]);
}

/** It ended without any change: no plan could be made, or it may not or cannot be executed. */
export function failed(
  approval: Approval,
  end: Pick<Approval, 'outcome' | 'remedy' | 'kubectl' | 'candidates'> & { readonly results?: readonly TargetResult[] },
  by: Doing,
): Step {
  const { results, ...rest } = end;
  const patch = { ...defined(rest), ...(results === undefined ? {} : { results: [...results] }) };
  return step(
    approval,
    ['preparing', 'approved', 'running'],
    'failed',
    patch,
    [eventOf(approval, 'failed', by, defined({ detail: end.outcome }))],
    by.at,
  );
}

/** A vote that is not the last one needed. */
export function voted(approval: Approval, vote: Vote, by: Doing & { readonly ticket?: string }): Step {
  const known = alreadyVoted(approval, vote.user);
  if (known !== undefined) return known;
  const patch = { votes: [...approval.votes, vote], ...ticketOf(approval, by.ticket) };
  return step(approval, ['pending'], 'pending', patch, [
    eventOf(approval, 'approved', by, defined({ detail: vote.reason })),
  ]);
}

/** The last vote needed: the grant is in the record, and the change may begin. */
export function granted(approval: Approval, vote: Vote, grant: SignedGrant, by: Doing): Step {
  const { breakGlass, ticket, nonce, executeBefore } = grant.grant;
  const known = alreadyVoted(approval, vote.user);
  // A person who has voted and then breaks the glass decides alone.
  if (known !== undefined && breakGlass === undefined) return known;
  const yes =
    breakGlass === undefined
      ? eventOf(approval, 'approved', by, defined({ detail: vote.reason }))
      : eventOf(approval, 'break-glass', by, { detail: breakGlass });
  const others = approval.votes.filter(({ user }) => user !== vote.user);
  const patch = { votes: [...others, vote], grant, ...ticketOf(approval, ticket) };
  const detail = `until ${executeBefore}, nonce ${nonce}${ticket === undefined ? '' : `, ticket ${ticket}`}`;
  return step(approval, ['pending'], 'approved', patch, [yes, eventOf(approval, 'granted', by, { detail })]);
}

function alreadyVoted(approval: Approval, user: string): Step | undefined {
  if (!approval.votes.some((vote) => vote.user === user)) return undefined;
  return { ok: false, why: `${user} has voted for ${approval.id} already` };
}

function ticketOf(approval: Approval, ticket: string | undefined): Pick<Approval, 'ticket'> {
  return defined({ ticket: approval.ticket ?? ticket });
}

/** Someone rejects the plan, with a reason. */
export function rejected(approval: Approval, rejection: NonNullable<Approval['rejection']>, by: Doing): Step {
  return step(
    approval,
    ['pending'],
    'rejected',
    { rejection },
    [eventOf(approval, 'rejected', by, { detail: rejection.reason })],
    by.at,
  );
}

/** It expired before anything was done. */
export function expired(approval: Approval, why: string, by: Doing): Step {
  return step(
    approval,
    ['pending', 'approved'],
    'expired',
    { outcome: why },
    [eventOf(approval, 'expired', by, { detail: why })],
    by.at,
  );
}

/** A worker begins to execute. */
export function started(approval: Approval, by: Doing): Step {
  const results = (approval.plan?.intent.targets ?? []).map(
    ({ subject }): TargetResult => ({ subject: unguarded(subject), outcome: 'waiting' }),
  );
  return step(approval, ['approved'], 'running', { startedAt: by.at, results }, [eventOf(approval, 'started', by)]);
}

/** Its progress, in its current state. */
export function progressed(approval: Approval, results: readonly TargetResult[]): Step {
  return step(approval, ['running', 'verifying'], approval.state, { results: [...results] }, []);
}

/** The world differs from the approved plan: nothing was done, and another plan is shown. */
export function superseded(approval: Approval, how: { readonly by: string; readonly why: string }, by: Doing): Step {
  const patch = { supersededBy: how.by, outcome: how.why, results: [] };
  const detail = `${how.why} (now ${how.by})`;
  return step(approval, ['running'], 'superseded', patch, [eventOf(approval, 'superseded', by, { detail })], by.at);
}

/** Everything that could be done was done; now it is watched. `before` and `after` contain the changed fields. */
export function executed(
  approval: Approval,
  did: {
    readonly results: readonly TargetResult[];
    readonly verifyUntil: string;
    readonly undoUntil?: string;
    readonly before: string;
    readonly after: string;
  },
  by: Doing,
): Step {
  const { before, after, results, ...rest } = did;
  const patch = { ...rest, results: [...results] };
  const detail = results.map(({ subject, outcome }) => `${subjectKey(subject)}: ${outcome}`).join(', ');
  return step(approval, ['running'], 'verifying', patch, [
    eventOf(approval, 'executed', by, { before, after, detail }),
  ]);
}

/** It is known whether it helped, or that it cannot be known. */
export function verified(
  approval: Approval,
  end: {
    readonly results: readonly TargetResult[];
    readonly outcome: string;
    /** Other problems of the report, which this change does not address. */
    readonly remains?: readonly string[];
  },
  by: Doing,
): Step {
  const { remains = [] } = end;
  const patch = {
    results: [...end.results],
    outcome: end.outcome,
    ...(remains.length === 0 ? {} : { remains: remains.slice(0, 8).map((line) => line.slice(0, 600)) }),
  };
  return step(
    approval,
    ['verifying'],
    'done',
    patch,
    [eventOf(approval, 'verified', by, { detail: end.outcome })],
    by.at,
  );
}

/**
 * Another approval reversed these subjects. What it could not reverse stays open for one more; when nothing reversible
 * is left, the whole change is undone.
 */
export function undone(approval: Approval, undo: string, subjects: readonly Subject[], by: Doing): Step {
  const names = new Set(subjects.map(subjectKey));
  const taken = approval.results.map(
    (result) => isTouched(result) && result.undoneBy === undefined && names.has(subjectKey(result.subject)),
  );
  if (approval.undoneBy !== undefined || !taken.includes(true)) {
    const who = approval.undoneBy ?? approval.results.find(({ undoneBy }) => undoneBy !== undefined)?.undoneBy;
    return { ok: false, why: `${undo} takes nothing of ${approval.id} back${who === undefined ? '' : `: ${who} did`}` };
  }
  const results = approval.results.map((result, index) =>
    taken[index] === true ? { ...result, undoneBy: undo } : result,
  );
  const left = results.filter((result, index) => {
    const back = approval.plan?.undo.targets[index]?.operations ?? [];
    return isTouched(result) && result.undoneBy === undefined && back.length > 0;
  });
  const not = left.length === 0 ? '' : `, but not ${left.map(({ subject }) => subjectKey(subject)).join(', ')}`;
  const patch = { results, ...(left.length === 0 ? { undoneBy: undo } : {}) };
  return step(approval, ['verifying', 'done'], approval.state, patch, [
    eventOf(approval, 'undone', by, { detail: `by ${undo}${not}` }),
  ]);
}

/** Someone reviewed a use of break glass. */
export function reviewed(approval: Approval, by: Doing): Step {
  const strange = strangeProgress(approval);
  if (strange !== undefined)
    return { ok: false, why: `approval ${approval.id} is left to a newer version: ${strange}` };
  if (approval.grant?.grant.breakGlass === undefined) {
    return { ok: false, why: `approval ${approval.id} went by the usual votes` };
  }
  if (approval.review !== undefined)
    return { ok: false, why: `${approval.review.user} has reviewed ${approval.id} already` };
  const next = { ...approval, review: { user: by.actor, at: by.at } };
  return { ok: true, next, audit: [eventOf(approval, 'reviewed', by)] };
}
