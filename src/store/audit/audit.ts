import type { AuditRecord } from '../../model/audit/audit.ts';
import type { AuditCursors, AuditTrail } from '../../ports/audit.ts';
import type { RedisClient } from '../redis/connection.ts';
import { type Keys, keysOf } from '../redis/keys.ts';
import { run, texts } from '../redis/script.ts';
import { readServerTime } from '../redis/server-time.ts';
import { unlessWrongType } from '../redis/stored.ts';
import { type AuditChain, anchorOf, createAuditChain } from './audit-chain.ts';
import { type AuditEntry, fieldOf, range } from './audit-entries.ts';
import { readHistory } from './audit-history.ts';
import { advanceCursorScript, releaseCursorScript, takeCursorScript, trimScript } from './audit-scripts.ts';

/** How many records one step of trimming looks at. */
const trimLimit = 500;
/** A sink that nobody has delivered to for this long belongs to an old configuration. */
const sinkMs = 7 * 24 * 60 * 60 * 1000;

/** What the product's own processes also do with the audit trail. */
export interface AuditLog extends AuditTrail, AuditCursors {
  /** What the first kept record follows; the root of the chain while nothing was trimmed. */
  anchor(): Promise<Pick<AuditRecord, 'sequence' | 'hash'>>;
  /**
   * Removes records older than the retention, except those that still have to be delivered to a sink which was used
   * within the last week. Returns how many records were removed.
   */
  trim(): Promise<number>;
  /**
   * The entries of the chain, one by one, including those that cannot be parsed, which `read` leaves out. For
   * `verifyChain`. Oldest first, one page at a time.
   */
  stored(from: {
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly { readonly sequence: number; readonly record: AuditRecord | undefined }[]>;
}

export interface AuditLogOptions {
  readonly keepMs: number;
  /** The clock of the store, for `trim`; the process's own when left out. */
  readonly now?: () => Date;
}

/** The audit trail in Redis: a stream whose ids are sequences, and histories that name sequences. */
export function createAuditLog(client: RedisClient, keys: Keys, chain: AuditChain, options: AuditLogOptions): AuditLog {
  const stored: AuditLog['stored'] = async ({ after, limit }) =>
    range(client, keys, `${Math.max(0, Math.floor(after)) + 1}-0`, limit);
  return {
    append: (events, key) => chain.appendAlone(events, key),
    read: async ({ after = 0, sinceMs, limit }) => {
      const from = sinceMs === undefined ? after : Math.max(after, await before(client, keys, sinceMs));
      return readable(stored, from, limit);
    },
    history: (team, about) => readHistory(client, keys, team, about),
    stored,
    anchor: async () => anchorOf(await unlessWrongType(client.get(keys.auditAnchor))),
    trim: () => trim(client, keys, options),
    ...createCursors(client, keys),
  };
}

async function trim(
  client: RedisClient,
  keys: Keys,
  { keepMs, now = () => new Date() }: AuditLogOptions,
): Promise<number> {
  const names = (await unlessWrongType(client.zrevrange(keys.auditSinks, 0, 99, 'WITHSCORES'))) ?? [];
  const sinceMs = now().getTime() - sinkMs;
  const sinks = names.filter((_, index) => index % 2 === 0 && Number(names[index + 1]) > sinceMs);
  const arrived = await Promise.all(sinks.map((sink) => arrivedAt(client, keys, sink)));
  const upTo = Math.min(Number.MAX_SAFE_INTEGER, ...arrived);
  for (let gone = 0; ; ) {
    const step = Number(await run(client, trimScript, [keys.audit, keys.auditAnchor], [keepMs, trimLimit, upTo]));
    gone += step;
    if (step < trimLimit) return gone;
  }
}

function createCursors(client: RedisClient, keys: Keys): AuditCursors {
  return {
    take: async (sink, holder, leaseMs) => {
      const touched = [keys.auditCursor(sink), keys.auditSinks];
      const [sequence, hash] = texts(await run(client, takeCursorScript, touched, [holder, leaseMs, sink]));
      if (sequence === undefined) return undefined;
      const at = Number(sequence);
      if (!Number.isSafeInteger(at) || at < 1) return 0;
      const [record] = await range(client, keys, `${at}-0`, 1);
      // What was trimmed is before everything that is kept, so the hash need not be found any more.
      if (record === undefined || record.sequence > at) return (await follows(client, keys, at, hash)) ? at : 0;
      return record.record?.hash === hash ? at : 0;
    },
    advance: async (sink, holder, { sequence, hash }) =>
      (await run(client, advanceCursorScript, [keys.auditCursor(sink)], [holder, sequence, hash])) === 1,
    release: async (sink, holder) => {
      await run(client, releaseCursorScript, [keys.auditCursor(sink)], [holder]);
    },
  };
}

/** Whether this is the record that was trimmed last. */
async function follows(client: RedisClient, keys: Keys, sequence: number, hash: string | undefined): Promise<boolean> {
  const anchor = anchorOf(await unlessWrongType(client.get(keys.auditAnchor)));
  return anchor.sequence === sequence && anchor.hash === hash;
}

async function arrivedAt(client: RedisClient, keys: Keys, sink: string): Promise<number> {
  const at = Number((await unlessWrongType(client.hget(keys.auditCursor(sink), 'sequence'))) ?? 0);
  return Number.isSafeInteger(at) && at > 0 ? at : 0;
}

/** The audit trail alone, for a process that needs nothing else; `prefix` as in `StoreOptions`. */
export function openAuditLog(
  client: RedisClient,
  prefix: string,
  options: AuditLogOptions,
): AuditLog & { /** By the clock that the records were written by. */ timeMs(): Promise<number> } {
  const keys = keysOf(prefix);
  return {
    ...createAuditLog(client, keys, createAuditChain(client, keys, options.keepMs), options),
    timeMs: () => readServerTime(client, keys),
  };
}

/** A page of readable records, which continues behind those that cannot be read. */
async function readable(stored: AuditLog['stored'], after: number, limit: number): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (let from = after; records.length < limit; ) {
    const page = await stored({ after: from, limit: limit - records.length });
    records.push(...page.flatMap(({ record }) => (record === undefined ? [] : [record])));
    const last = page.at(-1);
    if (last === undefined || last.sequence <= from) break;
    from = last.sequence;
  }
  return records;
}

/**
 * The sequence before the first record stored at this time or later. Times never go back unless a clock is set back.
 */
async function before(client: RedisClient, keys: Keys, sinceMs: number): Promise<number> {
  const edge = async (entries: Promise<readonly AuditEntry[]>): Promise<number> =>
    Number.parseInt((await unlessWrongType(entries))?.[0]?.[0] ?? '0', 10);
  let low = await edge(client.xrange(keys.audit, '-', '+', 'COUNT', 1));
  let high = (await edge(client.xrevrange(keys.audit, '+', '-', 'COUNT', 1))) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = (await unlessWrongType(client.xrange(keys.audit, `${middle}-0`, '+', 'COUNT', 1))) ?? [];
    const at = Number(entry === undefined ? Number.NaN : fieldOf(entry[1], 'at'));
    if (at < sinceMs) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
