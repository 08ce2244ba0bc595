import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from '../values/canonical.ts';
import type { Secret } from '../values/secret.ts';
import type { Grant, SignedGrant } from './approval.ts';

/** What is not Ed25519, or no key at all; the text never quotes it. */
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
    // The cause is left out: OpenSSL may quote what it read.
    throw new KeyError('a signing key cannot be read');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new KeyError('a signing key is not Ed25519');
  return key;
}

/** Signs a grant over its canonical JSON (docs/architecture.md#redis). */
export function signGrant(grant: Grant, privateKey: KeyObject): SignedGrant {
  const signature = sign(null, Buffer.from(canonicalJson(grant)), privateKey).toString('base64');
  return { grant, keyId: keyIdOf(createPublicKey(privateKey)), signature };
}

/**
 * Whether one of these keys made the signature. A record that lies about its key id is refused as well. Never throws.
 */
export function isSignedBy({ grant, keyId, signature }: SignedGrant, publicKeys: readonly KeyObject[]): boolean {
  const key = publicKeys.find((each) => keyIdOf(each) === keyId);
  if (key === undefined) return false;
  try {
    return verify(null, Buffer.from(canonicalJson(grant)), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
