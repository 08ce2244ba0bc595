import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

const pemBlock = /-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g;

/** An Ed25519 private key (PKCS #8; PEM, also with `\n` written out, or base64 of the DER) as PEM; else undefined. */
export function privateKeyText(text: string): string | undefined {
  const key = attempt(() => {
    const pem = unescaped(text);
    return pem.startsWith('-----')
      ? createPrivateKey(pem)
      : createPrivateKey({ key: Buffer.from(pem, 'base64'), format: 'der', type: 'pkcs8' });
  });
  return isEd25519(key) ? key.export({ format: 'pem', type: 'pkcs8' }).toString() : undefined;
}

/** An Ed25519 public key (SPKI; PEM or base64 of the DER) as base64 of the DER; undefined when it is anything else. */
export function publicKeyText(text: string): string | undefined {
  // Node would derive a public key from a private one here; a private key must not pass for a public one.
  if (isPrivateKey(text)) return undefined;
  const key = attempt(() => {
    const pem = unescaped(text);
    return pem.startsWith('-----')
      ? createPublicKey(pem)
      : createPublicKey({ key: Buffer.from(pem, 'base64'), format: 'der', type: 'spki' });
  });
  return isEd25519(key) ? publicText(key) : undefined;
}

/** Whether someone has put a private key where a public key belongs. */
export function isPrivateKey(text: string): boolean {
  return /PRIVATE KEY/.test(text) || privateKeyText(text) !== undefined;
}

/** The public key that belongs to a private one, as `readPublicKey` gives it. */
export function publicKeyOf(privateKey: string): string {
  return publicText(createPublicKey(createPrivateKey(privateKey)));
}

/** The keys in a file: PEM blocks, or one base64 text per line; `#` starts a comment. */
export function keyTexts(file: string): readonly string[] {
  const blocks = file.match(pemBlock);
  if (blocks !== null) return blocks;
  return file
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

function publicText(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}

function isEd25519(key: KeyObject | undefined): key is KeyObject {
  return key?.asymmetricKeyType === 'ed25519';
}

/** Variables often hold a PEM text on one line. */
function unescaped(text: string): string {
  return text.trim().replaceAll('\\n', '\n');
}

function attempt(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
