import { type KeyObject, sign, verify } from 'node:crypto';
import type { Approval } from './approval.ts';
import { canonicalJson } from './canonical.ts';

/** Who asked, and for which approval: the first one, where a plan of today has taken the place of an older one. */
export interface Asked extends Pick<Approval, 'team' | 'cluster' | 'requester'> {
  readonly first: string;
}

/**
 * The bot's word on who asked. Whoever asks cannot approve (unless a rule says so), and records wait in Redis, which is
 * not trusted (design section 4): with another name in the record a person could approve their own change.
 */
export function signAsked(asked: Asked, privateKey: KeyObject): NonNullable<Approval['asked']> {
  return { first: asked.first, signature: sign(null, bytesOf(asked), privateKey).toString('base64') };
}

/** Whether one of these keys signed that this person asked. Never throws. */
export function isAskedSignedBy(approval: Approval, publicKeys: readonly KeyObject[]): boolean {
  const { asked } = approval;
  if (asked === undefined) return false;
  const bytes = bytesOf({ ...approval, first: asked.first });
  return publicKeys.some((key) => {
    try {
      return verify(null, bytes, key, Buffer.from(asked.signature, 'base64'));
    } catch {
      return false;
    }
  });
}

function bytesOf({ first, team, cluster, requester }: Asked): Buffer {
  // Named, so that it can be taken for neither a vote nor a grant.
  return Buffer.from(canonicalJson({ what: 'asked', first, team, cluster, requester }));
}
