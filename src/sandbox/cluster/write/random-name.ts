import { createHash, randomInt } from 'node:crypto';

// apimachinery `rand.SafeEncodeString`: no vowels and no similar characters, so that no words appear.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters, as `generateName` and ReplicaSets append them. */
export function randomSuffix(length = 5): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** A short name derived from content, such as `pod-template-hash`: the same content gives the same name. */
export function contentHash(content: unknown, collisions = 0): string {
  const digest = createHash('sha256')
    .update(`${collisions}${JSON.stringify(content)}`)
    .digest();
  return Array.from(digest.subarray(0, 10), (byte) => alphabet[byte % alphabet.length]).join('');
}
