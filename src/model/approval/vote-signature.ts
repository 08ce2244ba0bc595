import { type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from '../values/canonical.ts';
import type { Approval, Vote } from './approval.ts';

/** What somebody voted on: a vote counts for nothing else. */
export type VotedOn = Pick<Approval, 'id' | 'team' | 'cluster' | 'requester' | 'expiresAt'> & {
  /** Of the intent. */
  readonly digest: string;
};

/**
 * A vote that the bot has seen cast. Votes wait in Redis, which is not trusted (docs/architecture.md#redis): before one
 * counts towards a grant, whichever bot signs that looks whether a bot wrote it.
 */
export function signVote(vote: Vote, on: VotedOn, privateKey: KeyObject): Vote {
  return { ...vote, signature: sign(null, bytesOf(vote, on), privateKey).toString('base64') };
}

/** Whether one of these keys made the vote's signature, for this and nothing else. Never throws. */
export function isVoteSignedBy(vote: Vote, on: VotedOn, publicKeys: readonly KeyObject[]): boolean {
  const { signature } = vote;
  if (signature === undefined) return false;
  const bytes = bytesOf(vote, on);
  return publicKeys.some((key) => {
    try {
      return verify(null, bytes, key, Buffer.from(signature, 'base64'));
    } catch {
      return false;
    }
  });
}

function bytesOf(signed: Vote, on: VotedOn): Buffer {
  const { id, team, cluster, requester, expiresAt, digest } = on;
  const vote = { ...signed, signature: undefined };
  // Named, so that it can never be taken for a grant.
  return Buffer.from(canonicalJson({ what: 'vote', id, team, cluster, requester, expiresAt, digest, vote }));
}
