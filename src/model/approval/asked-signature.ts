import { type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from '../values/canonical.ts';
import type { Approval } from './approval.ts';

/**
 * Who asked for what, and for which approval: the first one, where a plan of today has taken the place of an older one.
 */
export interface Asked extends Pick<Approval, 'team' | 'cluster' | 'requester' | 'request'> {
  readonly first: string;
}

/**
 * The bot's word on who asked, and for what. Whoever asks cannot approve (unless a rule says so), and records wait in
 * Redis, which is not trusted (docs/architecture.md#redis): with another name in the record a person could approve
 * their own change, and with another change in it as well. The request is signed as it was made, before a worker
 * resolved it.
 */
export function signAsked(asked: Asked, privateKey: KeyObject): NonNullable<Approval['asked']> {
  const { first, request } = asked;
  return { first, request, signature: sign(null, bytesOf(asked), privateKey).toString('base64') };
}

/** Whether one of these keys signed that this person asked for what `asked.request` says. Never throws. */
export function isAskedSignedBy(approval: Approval, publicKeys: readonly KeyObject[]): boolean {
  const { asked } = approval;
  if (asked === undefined) return false;
  const bytes = bytesOf({ ...approval, ...asked });
  return publicKeys.some((key) => {
    try {
      return verify(null, bytes, key, Buffer.from(asked.signature, 'base64'));
    } catch {
      return false;
    }
  });
}

function bytesOf({ first, team, cluster, requester, request }: Asked): Buffer {
  // Named, so that it can be taken for neither a vote nor a grant.
  return Buffer.from(canonicalJson({ what: 'asked', first, team, cluster, requester, request }));
}
