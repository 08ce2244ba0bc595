import { createHash } from 'node:crypto';

const digestPattern = /^(sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;

/** A digest that can be verified here: SHA-2 of the right length, in lower case. */
export function isVerifiableDigest(text: string | undefined): text is string {
  return text !== undefined && digestPattern.test(text);
}

/** The digest of raw bytes, using the algorithm of another digest. */
export function digestLike(model: string, bytes: Uint8Array | string): string {
  const algorithm = model.slice(0, model.indexOf(':'));
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** The SHA-256 digest of raw bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return digestLike('sha256:', bytes);
}
