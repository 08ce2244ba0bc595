import { z } from 'zod';
import type { Answers } from '../ports/records.ts';
import type { RedisClient } from './redis/connection.ts';
import type { Keys } from './redis/keys.ts';
import { recordFormat, valueOf } from './redis/record.ts';
import type { Wakeups } from './redis/wakeups.ts';

const format = recordFormat({ version: 1, schema: z.array(z.string()) });

/** An answer that nobody fetched in this time is of no use. */
const ttlMs = 60_000;
/** A wake-up may be lost while the subscription reconnects. */
const pollMs = 500;

/**
 * Short answers in Redis: the value is kept for a minute and announced, so a waiting bot blocks no connection and an
 * answer that comes before the wait is not missed.
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
    wait: (answerId, timeoutMs) =>
      new Promise((resolve, reject) => {
        const end = (values: readonly string[] | undefined): void => {
          stop();
          resolve(values);
        };
        const again = (): void => {
          look(answerId).then((values) => {
            if (values !== undefined) end(values);
          }, fail);
        };
        const fail = (error: unknown): void => {
          stop();
          reject(error instanceof Error ? error : new Error(String(error)));
        };
        const stopListening = wakeups.on(topic, (id) => {
          if (id === answerId) again();
        });
        const poll = setInterval(again, pollMs);
        const timer = setTimeout(() => end(undefined), timeoutMs);
        const stop = (): void => {
          stopListening();
          clearInterval(poll);
          clearTimeout(timer);
        };
        again();
      }),
  };
}
