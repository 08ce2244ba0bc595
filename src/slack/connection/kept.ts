import { LRUCache } from 'lru-cache';

const keepMs = 5 * 60_000;

/**
 * One request per key at a time, with its answer cached (five minutes, or `ttl` milliseconds); failures are not cached.
 */
export function cache<T extends object | string>(
  read: (key: string) => Promise<T>,
  ttl = keepMs,
): (key: string) => Promise<T> {
  const kept = new LRUCache<string, { readonly answer: Promise<T> }>({ max: 5000, ttl });
  return async (key) => {
    const known = kept.get(key);
    if (known !== undefined) return await known.answer;
    const entry = { answer: read(key) };
    kept.set(key, entry);
    try {
      return await entry.answer;
    } catch (error) {
      kept.delete(key);
      throw error;
    }
  };
}
