import type { RedisClient } from '../../src/store/redis/connection.ts';

/** Every key of a Redis with everything below it, as one text. */
export async function contentsOf(client: RedisClient): Promise<string> {
  const parts: unknown[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    if (type === 'string') parts.push(key, await client.get(key));
    else if (type === 'hash') parts.push(key, await client.hgetall(key));
    else if (type === 'list') parts.push(key, await client.lrange(key, 0, -1));
    else if (type === 'set') parts.push(key, await client.smembers(key));
    else if (type === 'zset') parts.push(key, await client.zrange(key, '0', '-1'));
    else if (type === 'stream') parts.push(key, await client.xrange(key, '-', '+'));
    // A lock may end between the two questions.
    else if (type === 'none') continue;
    else throw new Error(`${key} is a ${type}, which is not looked into`);
  }
  return JSON.stringify(parts);
}
