import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { storedRequest } from '../change/change.ts';
import { canonicalJson } from '../values/canonical.ts';
import type { Secret } from '../values/secret.ts';
import type { Approval, Grant, SignedGrant, Vote } from './approval.ts';

/**
 * What bots sign with their Ed25519 key, because records wait in Redis, which is not trusted
 * (docs/architecture.md#redis). Each kind has its own tag in the signed bytes, so that a signature of one kind can
 * never pass for another.
 */
type SignedKind = 'asked' | 'vote' | 'grant';

/** The signed bytes: canonical JSON of the fields and the tag. */
function bytesOf(what: SignedKind, fields: object): Buffer {
  return Buffer.from(canonicalJson({ ...fields, what }));
}

/** Base64. */
function sign(bytes: Buffer, privateKey: KeyObject): string {
  return signBytes(null, bytes, privateKey).toString('base64');
}

/** Never throws. */
function isMadeByOneOf(publicKeys: readonly KeyObject[], bytes: Buffer, signature: string): boolean {
  return publicKeys.some((key) => {
    try {
      return verifyBytes(null, bytes, key, Buffer.from(signature, 'base64'));
    } catch {
      return false;
    }
  });
}

/** Who requested what; `first` is the approval that was originally requested, if a newer plan has replaced it. */
type Asking = Pick<Approval, 'team' | 'cluster' | 'requester' | 'request'> & { readonly first: string };

function askedBytes({ first, team, cluster, requester, request }: Asking): Buffer {
  return bytesOf('asked', { first, team, cluster, requester, request: storedRequest(request) });
}

/**
 * The bot's signature on the requester and the request. The requester cannot approve (unless a rule says so): with
 * another name in the record a person could approve their own change, or another change in someone's name. The request
 * is signed as it was made, before a worker resolved it.
 */
export function signAsked(asking: Asking, privateKey: KeyObject): NonNullable<Approval['asked']> {
  const { first, request } = asking;
  return { first, request, signature: sign(askedBytes(asking), privateKey) };
}

/** Whether one of these keys signed that this person requested what `asked.request` says. Never throws. */
export function isAskedSignedBy(approval: Approval, publicKeys: readonly KeyObject[]): boolean {
  const { asked } = approval;
  return asked !== undefined && isMadeByOneOf(publicKeys, askedBytes({ ...approval, ...asked }), asked.signature);
}

/** What someone voted on: a vote counts for nothing else. */
export type VotedOn = Pick<Approval, 'id' | 'team' | 'cluster' | 'requester' | 'expiresAt'> & {
  /** Of the intent. */
  readonly digest: string;
};

function voteBytes(signed: Vote, on: VotedOn): Buffer {
  const vote = { ...signed, signature: undefined };
  const { id, team, cluster, requester, expiresAt, digest } = on;
  return bytesOf('vote', { id, team, cluster, requester, expiresAt, digest, vote });
}

/** A vote that the bot saw being cast. Before a vote counts towards a grant, its signature is verified. */
export function signVote(vote: Vote, on: VotedOn, privateKey: KeyObject): Vote {
  return { ...vote, signature: sign(voteBytes(vote, on), privateKey) };
}

/** Whether one of these keys made the vote's signature, for exactly this. Never throws. */
export function isVoteSignedBy(vote: Vote, on: VotedOn, publicKeys: readonly KeyObject[]): boolean {
  return vote.signature !== undefined && isMadeByOneOf(publicKeys, voteBytes(vote, on), vote.signature);
}

/**
 * A grant as releases before the tag signed it, and as their workers verify it. It has no tag, and so no field `what`,
 * which every other kind has: none can pass for it.
 */
function untaggedGrantBytes(grant: Grant): Buffer {
  return Buffer.from(canonicalJson({ ...grant, what: undefined }));
}

/** Signs a grant twice: with its tag, and as workers of the previous release verify it. */
export function signGrant(grant: Grant, privateKey: KeyObject): SignedGrant {
  return {
    grant,
    keyId: keyIdOf(createPublicKey(privateKey)),
    signature: sign(untaggedGrantBytes(grant), privateKey),
    tagged: sign(bytesOf('grant', grant), privateKey),
  };
}

/**
 * Whether one of these keys made every signature of the grant. A record with a wrong key id is refused as well. Never
 * throws.
 */
export function isSignedBy(
  { grant, keyId, signature, tagged }: SignedGrant,
  publicKeys: readonly KeyObject[],
): boolean {
  const keys = publicKeys.filter((key) => keyIdOf(key) === keyId);
  return (
    isMadeByOneOf(keys, untaggedGrantBytes(grant), signature) &&
    (tagged === undefined || isMadeByOneOf(keys, bytesOf('grant', grant), tagged))
  );
}

/** Not Ed25519, or not a key at all; the text never quotes it. */
class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** The first 16 hex digits of SHA-256 of the public key's SPKI DER. */
export function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

/** An Ed25519 public key: SPKI as PEM, or base64 of the DER. Throws for anything else. */
export function readPublicKey(text: string): KeyObject {
  return ed25519(() =>
    text.includes('-----BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text.trim(), 'base64'), format: 'der', type: 'spki' }),
  );
}

/** An Ed25519 private key: PKCS #8 as PEM, or base64 of the DER. Throws for anything else. */
export function readPrivateKey(secret: Secret): KeyObject {
  const text = secret.reveal();
  return ed25519(() =>
    text.includes('-----BEGIN')
      ? createPrivateKey(text)
      : createPrivateKey({ key: Buffer.from(text.trim(), 'base64'), format: 'der', type: 'pkcs8' }),
  );
}

function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // The cause is left out: OpenSSL may quote its input.
    throw new KeyError('a signing key cannot be read');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new KeyError('a signing key is not Ed25519');
  return key;
}
