import { z } from 'zod';
import { ClusterId } from '../model/ask.ts';
import { defined } from '../model/defined.ts';
import type { Channels } from '../ports.ts';
import type { RedisClient } from './connection.ts';
import type { Keys } from './keys.ts';
import { recordFormat, valueOf } from './record.ts';

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
