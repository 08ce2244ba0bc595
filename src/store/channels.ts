import { z } from 'zod';
import { ClusterId } from '../model/ask/ask.ts';
import { defined } from '../model/values/defined.ts';
import type { Channels } from '../ports/records.ts';
import type { RedisClient } from './redis/connection.ts';
import type { Keys } from './redis/keys.ts';
import { recordFormat, valueOf } from './redis/record.ts';

const format = recordFormat({
  version: 1,
  schema: z.object({ cluster: ClusterId.optional(), namespace: z.string().max(63).optional() }),
});

/** What channels chose with `/imagecheck use`, in Redis; nothing chosen is an empty record. */
export function createChannels(client: RedisClient, keys: Keys): Channels {
  return {
    defaults: async (team, channel) =>
      defined(valueOf(format.decode(await client.get(keys.channel(team, channel)))) ?? {}),
    setDefaults: async (team, channel, value) => {
      await client.set(keys.channel(team, channel), format.encode(value));
    },
  };
}
