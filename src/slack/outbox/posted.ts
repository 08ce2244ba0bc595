import { LRUCache } from 'lru-cache';
import type { OutboxMessage } from '../../model/message.ts';
import type { OutboxChannel, OutboxRow, OutboxTable } from '../../ports/outbox.ts';

/** What this process posted: a message is not posted again because Redis did not store its record, or lost it. */
export interface Posted {
  /** The rows as this process knows them, even if the table does not. */
  known(rows: readonly OutboxRow[]): readonly OutboxRow[];
  /** Records that Slack shows a revision under `ts`; if that fails, it throws, and `settle` tries again. */
  record(message: OutboxMessage, revision: number, ts: string): Promise<void>;
  /** Records what could not be recorded before, of one channel or of all; throws if it still cannot be. */
  settle(channel?: OutboxChannel): Promise<void>;
}

interface Debt {
  readonly message: OutboxMessage;
  readonly revision: number;
  readonly ts: string;
}

/** Other bots know the table's content by then. */
const rememberedMs = 60 * 60_000;

/**
 * What one workspace's poster posted. `onSecond` is called for a message that another bot had posted before: the table
 * keeps the first, so nobody updates or answers this one.
 */
export function createPosted(
  table: Pick<OutboxTable, 'posted'>,
  onSecond: (message: OutboxMessage, ts: string) => Promise<void>,
): Posted {
  const remembered = new LRUCache<string, string>({ max: 10_000, ttl: rememberedMs });
  const debts = new Map<string, Debt>();

  async function pay(debt: Debt): Promise<void> {
    const { message, revision, ts } = debt;
    const kept = await table.posted(message, revision, ts);
    if (debts.get(message.id) === debt) debts.delete(message.id);
    remembered.set(message.id, kept);
    if (kept !== ts) await onSecond(message, ts);
  }

  return {
    known: (rows) =>
      rows.map((row) => {
        const { message } = row;
        const ts = row.ts ?? remembered.get(message.id);
        const parent = message.thread !== undefined && 'messageId' in message.thread ? message.thread.messageId : '';
        const threadTs = row.threadTs ?? remembered.get(parent);
        return { ...row, ...(ts === undefined ? {} : { ts }), ...(threadTs === undefined ? {} : { threadTs }) };
      }),
    record: async (message, revision, ts) => {
      const debt = { message, revision, ts };
      remembered.set(message.id, ts);
      debts.set(message.id, debt);
      await pay(debt);
    },
    settle: async (channel) => {
      const owed = [...debts.values()].filter(
        ({ message }) => channel === undefined || message.channel === channel.channel,
      );
      await Promise.all(owed.map(async (debt) => await pay(debt)));
    },
  };
}
