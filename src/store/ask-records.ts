import { Answer, Ask } from '../model/ask.ts';
import type { RedisClient } from './connection.ts';
import type { Keys } from './keys.ts';
import { recordFormat } from './record.ts';

export const askRecord = recordFormat({ version: 1, schema: Ask });
export const answerRecord = recordFormat({ version: 1, schema: Answer });

/** The asks of these ids in this order, and how many are there but cannot be read. */
export async function readAsks(
  client: RedisClient,
  keys: Keys,
  ids: readonly string[],
): Promise<{ readonly asks: readonly Ask[]; readonly unreadable: number }> {
  const records = ids.length === 0 ? [] : await client.mget(...ids.map((id) => keys.ask(id)));
  const decoded = records.map((record) => askRecord.decode(record));
  return {
    asks: decoded.flatMap((one) => (one.kind === 'value' ? [one.value] : [])),
    unreadable: decoded.filter(({ kind }) => kind === 'unreadable').length,
  };
}
