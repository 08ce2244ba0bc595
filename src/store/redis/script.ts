import { createHash } from 'node:crypto';
import type { RedisClient } from './connection.ts';

/** A Lua script: Redis runs it as one step that nothing interrupts. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

/** `now` is the server's clock in milliseconds: leases are compared by one clock, whoever asks. */
const clock = `local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
`;

/** A script of this Lua text, in which `now` is known. */
export function script(body: string): Script {
  const lua = clock + body;
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/** Runs a script by its digest, and sends its text when the server does not know it (after a restart or failover). */
export async function run(
  client: RedisClient,
  { lua, sha1 }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return client.eval(lua, keys.length, ...keys, ...args);
  }
}

/** A script's list of texts; anything else in the reply is a bug of the script. */
export function texts(reply: unknown): readonly string[] {
  if (!Array.isArray(reply)) throw new TypeError('the script did not answer with a list');
  return reply.map(String);
}
