import { Ask, AskAnswer } from '../../model/ask/ask.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { recordFormat } from '../redis/record.ts';

export const askRecord = recordFormat({ version: 1, schema: Ask });
export const answerRecord = recordFormat({ version: 1, schema: AskAnswer });

/** The asks with these ids in this order, and how many exist but cannot be read here. */
export async function readAsks(
  client: RedisClient,
  keys: Keys,
  ids: readonly string[],
): Promise<{ readonly asks: readonly Ask[]; readonly unreadable: number }> {
  const records = ids.length === 0 ? [] : await client.mget(...ids.map((id) => keys.ask(id)));
  const decoded = records.map((record) => askRecord.decode(record));
  return {
    asks: decoded.flatMap((one) => (one.kind === 'value' ? [one.value] : [])),
    unreadable: decoded.filter(({ kind }) => kind === 'unreadable' || kind === 'foreign').length,
  };
}
