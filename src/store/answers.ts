import { z } from 'zod';
import type { Answers } from '../ports/records.ts';
import { every } from '../timing/every.ts';
import { within } from '../timing/within.ts';
import type { RedisClient } from './redis/connection.ts';
import type { Keys } from './redis/keys.ts';
import { recordFormat, valueOf } from './redis/record.ts';
import type { Wakeups } from './redis/wakeups.ts';

const format = recordFormat({ version: 1, schema: z.array(z.string()) });

/** An answer that nobody fetched within this time is useless. */
const ttlMs = 60_000;
/** A wake-up may be lost while the subscription reconnects. */
const pollMs = 500;

/**
 * Short answers in Redis: the value is kept for a minute and announced, so a waiting bot blocks no connection and an
 * answer that arrives before the wait is not missed.
 */
export function createAnswers(client: RedisClient, keys: Keys, wakeups: Wakeups): Answers {
  const topic = keys.topic('answers');
  const look = async (id: string): Promise<readonly string[] | undefined> =>
    valueOf(format.decode(await client.get(keys.answer(id))));
  return {
    give: async (answerId, values) => {
      await client
        .multi()
        .set(keys.answer(answerId), format.encode([...values]), 'PX', ttlMs)
        .publish(topic, answerId)
        .exec();
    },
    wait: async (answerId, timeoutMs) => {
      const { promise: found, resolve, reject } = Promise.withResolvers<readonly string[]>();
      const again = async (): Promise<void> => {
        try {
          const values = await look(answerId);
          if (values !== undefined) resolve(values);
        } catch (error) {
          reject(error);
        }
      };
      const stopListening = wakeups.on(topic, (id) => {
        if (id === answerId) void again();
      });
      const polling = every(pollMs, again);
      void again();
      try {
        return await within(timeoutMs, found, () => undefined);
      } finally {
        stopListening();
        void polling.stop();
      }
    },
  };
}
