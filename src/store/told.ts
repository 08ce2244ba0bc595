import type { Told } from '../ports/records.ts';
import type { RedisClient } from './redis/connection.ts';
import type { Keys } from './redis/keys.ts';

/** Longer than an answer takes, and shorter than Slack waits until it repeats a delivery for the second time. */
const claimMs = 45_000;
/** Slack repeats a delivery for the last time after five minutes; a person’s response URL lives for half an hour. */
const keptMs = 30 * 60_000;

/** Which deliveries were answered, in Redis: every bot sees the same. */
export function createTold(client: RedisClient, keys: Keys): Told {
  return {
    claim: async (team, delivery) =>
      (await client.set(keys.told(team, delivery), 'claimed', 'PX', claimMs, 'NX')) === 'OK',
    keep: async (team, delivery) => void (await client.set(keys.told(team, delivery), 'told', 'PX', keptMs)),
  };
}
