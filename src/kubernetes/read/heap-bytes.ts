/** What V8 needs for an object, for an entry of it, and for a text besides its characters; rounded up. */
const perObject = 40;
const perEntry = 8;
const perText = 24;

/**
 * About how many bytes of the heap plain data takes, without what `counted` already has: objects and texts that several
 * items of a list share count once.
 */
export function heapBytes(value: unknown, counted: Set<unknown>): number {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return 0;
  if (counted.has(value)) return 0;
  counted.add(value);
  if (typeof value === 'string') return perText + value.length;
  let bytes = perObject;
  for (const key of Object.keys(value)) {
    bytes += perEntry + heapBytes(value[key as keyof typeof value], counted);
  }
  return bytes;
}
