import type { ContentCache } from '../ports/registry.ts';
import type { RedisClient } from './redis/connection.ts';
import type { Keys } from './redis/keys.ts';
import { run, script } from './redis/script.ts';

export interface ContentCacheOptions {
  readonly ttlMs: number;
  /** Longer contents are not kept. */
  readonly maxEntryBytes: number;
  /** All contents together; those unused for longest make room. */
  readonly maxTotalBytes: number;
}

/**
 * KEYS content used sizes total · ARGV digest content bytes ttlMs maxTotalBytes contentPrefix. Contents that expired by
 * themselves leave the account when they are the oldest.
 */
const putScript = script(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local total = tonumber(redis.call('GET', KEYS[4]) or '') or 0
total = total - (tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or '') or 0)
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
total = total + tonumber(ARGV[3])
while total > tonumber(ARGV[5]) do
  local oldest = redis.call('ZPOPMIN', KEYS[2])[1]
  if not oldest then total = 0 break end
  total = total - (tonumber(redis.call('HGET', KEYS[3], oldest) or '') or 0)
  redis.call('HDEL', KEYS[3], oldest)
  redis.call('DEL', ARGV[6] .. string.gsub(oldest, ':', '%%3A'))
end
redis.call('SET', KEYS[4], total)
return 1`);

/** KEYS content used · ARGV digest ttlMs. */
const getScript = script(`
local content = redis.call('GET', KEYS[1])
if content then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('ZADD', KEYS[2], 'XX', now, ARGV[1])
end
return content`);

/** Manifests and configs by digest in Redis. A cache that fails answers "not here": losing it costs time, not truth. */
export function createContentCache(
  client: RedisClient,
  keys: Keys,
  options: ContentCacheOptions,
  onError: (error: unknown) => void,
): ContentCache {
  const prefix = keys.content('');
  return {
    get: async (digest) => {
      try {
        const found = await run(
          client,
          getScript,
          [keys.content(digest), keys.contentIndex('used')],
          [digest, options.ttlMs],
        );
        return typeof found === 'string' ? found : undefined;
      } catch (error) {
        onError(error);
        return undefined;
      }
    },
    put: async (digest, content) => {
      const bytes = Buffer.byteLength(content);
      if (bytes > options.maxEntryBytes) return;
      const touched = [
        keys.content(digest),
        keys.contentIndex('used'),
        keys.contentIndex('sizes'),
        keys.contentIndex('total'),
      ];
      const args = [digest, content, bytes, options.ttlMs, options.maxTotalBytes, prefix];
      try {
        await run(client, putScript, touched, args);
      } catch (error) {
        onError(error);
      }
    },
  };
}
