/** Names that differ from run to run of a table but not from run to run of the tests. */
export interface Names {
  readonly host: string;
  readonly owner: string;
  readonly word: (length?: number) => string;
  readonly hex: (length: number) => string;
}

/** Names from a seed: nothing tested may depend on a name. */
export function namesFrom(seed: number): Names {
  let state = seed * 2_654_435_761 + 1;
  const next = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return state % below;
  };
  const from = (letters: string, length: number): string =>
    Array.from({ length }, () => letters[next(letters.length)]).join('');
  const word = (length = 8): string => from('abcdefghijklmnopqrstuvwxyz', length);
  return {
    host: `${word(6)}.${word(5)}.example`,
    owner: word(7),
    word,
    hex: (length) => `a${from('0123456789abcdef', length - 1)}`,
  };
}
