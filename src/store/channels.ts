import { z } from 'zod';
import { ClusterId } from '../model/ask.ts';
import type { Channels } from '../ports.ts';
import type { RedisClient } from './connection.ts';
import type { Keys } from './keys.ts';
import { recordFormat, valueOf } from './record.ts';

interface Defaults {
  readonly cluster?: string;
  readonly namespace?: string;
}

const format = recordFormat({
  version: 1,
  schema: z.object({ cluster: ClusterId.optional(), namespace: z.string().max(63).optional() }),
});

/** What channels chose with `/imagecheck use`, in Redis; nothing chosen is an empty record. */
export function createChannels(client: RedisClient, keys: Keys): Channels {
  return {
    defaults: async (team, channel) => {
      const { cluster, namespace } = valueOf(format.decode(await client.get(keys.channel(team, channel)))) ?? {};
      return present({ cluster, namespace });
    },
    setDefaults: async (team, channel, value) => {
      await client.set(keys.channel(team, channel), format.encode(present(value)));
    },
  };
}

function present({ cluster, namespace }: { readonly [K in keyof Defaults]: string | undefined }): Defaults {
  return { ...(cluster === undefined ? {} : { cluster }), ...(namespace === undefined ? {} : { namespace }) };
}
