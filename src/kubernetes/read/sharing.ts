/** Returns one shared copy for equal values of plain data. */
export type Share = <T extends string | object>(value: T) => T;

/** Beyond this number the values differ so much that remembering them costs more than it saves. */
const maxValues = 20_000;

/**
 * Ten thousand pods have a few hundred images, placements and conditions: keeping one copy of each halves the memory of
 * a list, because the parser's copy for every pod can be freed at once. One instance per list, freed with it.
 */
export function createSharing(): Share {
  const kept = new Map<string, unknown>();
  return <T extends string | object>(value: T): T => {
    const key = typeof value === 'string' ? value : JSON.stringify(value);
    const existing = kept.get(key);
    // Keys of different types cannot collide: JSON of an object starts with a bracket, and so may a string.
    if (existing !== undefined && typeof existing === typeof value) return existing as T;
    if (existing === undefined && kept.size < maxValues) kept.set(key, value);
    return value;
  };
}
