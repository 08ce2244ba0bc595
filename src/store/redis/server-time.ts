import type { RedisClient } from './connection.ts';
import type { Keys } from './keys.ts';
import { run, script } from './script.ts';

const timeScript = script('return tostring(now)');

/** Epoch milliseconds by the clock that scripts see: in a cluster, that of the node which holds the records. */
export async function readServerTime(client: RedisClient, keys: Keys): Promise<number> {
  return Number(await run(client, timeScript, [keys.flights], []));
}
