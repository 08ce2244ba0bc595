/** Names drawn from a seed, so that a failing test can be rerun with the same names. */
export interface Random {
  /** A DNS label of letters, clearly different from all earlier ones. */
  readonly word: () => string;
  /** This many hexadecimal digits. */
  readonly hex: (digits: number) => string;
  /** This many decimal digits. */
  readonly digits: (count: number) => string;
}

const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'ki', 'lo', 'mu', 'ne', 'pa', 'ri', 'so', 'ta', 've', 'zu'];

/** Minimum number of letters that differ between two words: with fewer, one would look like a typo of the other. */
const leastDifference = 3;

/**
 * The same seed gives the same names (a 32-bit xorshift; nothing here is secret), each clearly different from the words
 * in `used`, to which it is added.
 */
export function randomFrom(seed: number, used = new Set<string>()): Random {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
  const from = (alphabet: string, count: number) =>
    Array.from({ length: count }, () => alphabet[below(alphabet.length)] ?? '').join('');
  const word = (): string => {
    const made = Array.from({ length: 4 }, () => syllables[below(syllables.length)] ?? '').join('');
    for (const other of used) if (differences(made, other) < leastDifference) return word();
    used.add(made);
    return made;
  };
  return { word, hex: (digits) => from('0123456789abcdef', digits), digits: (count) => from('123456789', count) };
}

/** Number of positions with different letters; the words have the same length. */
function differences(a: string, b: string): number {
  let count = 0;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) count++;
  return count;
}
