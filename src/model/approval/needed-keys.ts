import type { KeyObject } from 'node:crypto';
import type { Approval } from './approval.ts';
import { isAskedSignedBy, isVoteSignedBy, keyIdOf } from './signatures.ts';

const minuteMs = 60_000;
/** A plan is made within ten minutes or not at all, and a change begins and ends within ten more each. */
const planningMs = 10 * minuteMs;
const executingMs = 20 * minuteMs;

/**
 * How long a bot's signature on a request counts. A plan lives for a day at most, and another one may replace it; after
 * a longer time the requester has to ask again.
 */
export const askedAtMostMs = 48 * 60 * minuteMs;

/** `planMs`: how long a plan can be approved. */
interface PlanTime {
  readonly planMs: number;
}

/**
 * Until when signatures in an approval may still be verified, epoch milliseconds; undefined if never again. A plan is
 * decided and executed by them. What was changed is undone by them: an undo may be requested at the last moment, and is
 * then planned, decided and executed like any other change.
 */
export function signaturesNeededUntil(
  { state, requestedAt, expiresAt, grant, undoUntil, undoneBy }: Approval,
  { planMs }: PlanTime,
): number | undefined {
  const undoMs = undoUntil === undefined || undoneBy !== undefined ? undefined : Date.parse(undoUntil);
  switch (state) {
    case 'preparing':
      return Date.parse(requestedAt) + planningMs + planMs + executingMs;
    case 'pending':
      return Date.parse(expiresAt ?? requestedAt) + executingMs;
    case 'approved':
    case 'running':
      return Date.parse(grant?.grant.executeBefore ?? requestedAt) + executingMs;
    case 'verifying':
    case 'done':
    case 'failed':
      return undoMs === undefined ? undefined : undoMs + planningMs + planMs + executingMs;
    case 'rejected':
    case 'expired':
    case 'superseded':
    default:
      return undefined;
  }
}

/**
 * How long after its last signature a key may be needed: for a request that is decided at the last moment, or for an
 * undo that is requested at the last moment.
 */
export function keyLivesMs({ planMs, undoMs }: PlanTime & { readonly undoMs: number }): number {
  return Math.max(askedAtMostMs + executingMs, executingMs + undoMs + planningMs + planMs + executingMs);
}

/** What a process calls a key that it does not have. */
export const unknownKey = 'unknown';

/**
 * The ids of the keys that made the signatures in an approval, in no order; those that none of these keys made count as
 * made by one key, by its id if the record names it.
 */
export function signersOf(approval: Approval, keys: readonly KeyObject[]): readonly string[] {
  const { asked, votes, grant, digest } = approval;
  const signerBy = (isBy: (key: KeyObject) => boolean): string => {
    const key = keys.find(isBy);
    return key === undefined ? unknownKey : keyIdOf(key);
  };
  const ofGrant = grant === undefined ? [] : [namedKey(grant.keyId)];
  const ofAsked = asked === undefined ? [] : [signerBy((key) => isAskedSignedBy(approval, [key]))];
  const on = { ...approval, digest: digest ?? '' };
  const signed = grant === undefined ? votes.filter(({ signature }) => signature !== undefined) : [];
  const ofVotes = signed.map((vote) => signerBy((key) => isVoteSignedBy(vote, on, [key])));
  return [...new Set([...ofAsked, ...ofVotes, ...ofGrant])];
}

/** An id as records name it; anything else may be anything. */
export function namedKey(id: string): string {
  return /^[0-9a-f]{16}$/.test(id) ? id : unknownKey;
}
