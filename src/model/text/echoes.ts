import { type Credential, isUsernameSecret } from '../values/secret.ts';

/** A shorter text isn’t a secret, and taking it out would make other texts unreadable. */
const shortest = 4;

/** The text with every secret in it replaced; servers sometimes echo what they received. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortest)
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}

/** Every form in which a server could echo a credential; the longest come first. */
export function echoesOf(credential: Credential | undefined): readonly string[] {
  if (credential === undefined) return [];
  const password = credential.password.reveal();
  const header = Buffer.from(`${credential.username}:${password}`).toString('base64');
  const names = isUsernameSecret(credential) ? formsOf(credential.username) : [];
  return [header, ...formsOf(password), ...names];
}

/** A secret as it is, in URLs and forms, in JSON, and in base64 and hexadecimal; the longest come first. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inUrl = encodeURIComponent(secret);
  const hex = bytes.toString('hex');
  const all = [
    secret,
    inUrl,
    inUrl.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase()),
    new URLSearchParams({ '': secret }).toString().slice(1),
    inJson(secret),
    inJson(inJson(secret)),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => inBase64(bytes, offset)),
  ];
  return [...new Set(all)].filter((one) => one.length >= shortest).sort((a, b) => b.length - a.length);
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * The characters of base64 that depend on the secret alone when `offset` bytes (modulo three) come before it: so it is
 * found after a user name and before anything else, padded or not.
 */
function inBase64(secret: Buffer, offset: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), secret]);
  const [first, last] = [Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6)];
  return [bytes.toString('base64'), bytes.toString('base64url')].map((text) => text.slice(first, last));
}
