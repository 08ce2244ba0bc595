import { setTimeout as after } from 'node:timers/promises';
import { type AuditEvent, AuditRecord, auditRoot, chained, namesIn } from '../../model/audit/audit.ts';
import { within } from '../../timing/within.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { recordFormat } from '../redis/record.ts';
import { run, type Script, texts } from '../redis/script.ts';
import { appendScript } from './audit-scripts.ts';

export const auditRecords = recordFormat({ version: 1, schema: AuditRecord });

/** How often one append is retried because another process was faster; each time someone made progress. */
const attempts = 200;
/** If none of this process's appends finished for this long, the next ones do not wait for those before them. */
const patienceMs = 200;
/**
 * A process that lost against another one waits up to this long: a few round trips, in which the other makes progress.
 */
const longestPauseMs = 4;

/** A script that ends with `append` of `appendLua`, and the arguments before it. */
export interface Appending {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** The end of the chain that writers share. */
export interface AuditChain {
  /**
   * Runs a script that appends these events, again with another head as long as someone else was faster. Returns the
   * script's first text if it was something else. Throws if the key of the chain holds another type.
   */
  append(events: readonly AuditEvent[], appending: Appending): Promise<string>;
  /** Appends events alone, exactly once per `once`. */
  appendAlone(events: readonly AuditEvent[], once: string | undefined): Promise<void>;
}

type Head = Pick<AuditRecord, 'sequence' | 'hash'> | undefined;

/** Opens the writing end of the chain; `keepMs` is how long histories are kept. */
export function createAuditChain(client: RedisClient, keys: Keys, keepMs: number): AuditChain {
  // A guess saves reading the head; a wrong guess is answered with the right one.
  let guess: Head;

  const attempt = async (events: readonly AuditEvent[], { script, keys: first, args }: Appending): Promise<string> => {
    for (let tries = 0; tries < attempts; tries += 1) {
      const records = follow(events, guess);
      const reply = texts(
        await run(
          client,
          script,
          [...first, keys.audit, ...records.flatMap((record) => historiesOf(keys, record))],
          [...args, ...argsOf(keys, guess, records, keepMs)],
        ),
      );
      const [outcome = '', sequence, hash = ''] = reply;
      if (outcome === 'unusable') throw new Error('the audit stream cannot be written: its key holds something else');
      if (outcome !== 'head') {
        if (outcome === 'done') guess = records.at(-1) ?? guess;
        return outcome;
      }
      const head = headOf(sequence, hash);
      // The answer to an attempt was lost, and the client sent it again.
      const mine = records.at(-1);
      guess = head;
      if (mine !== undefined && head?.hash === mine.hash) return 'done';
      // The first time only the guess was old; after that someone else is writing.
      if (tries > 0) await after(Math.random() * Math.min(2 ** tries, longestPauseMs));
    }
    throw new Error('the audit stream is too busy');
  };

  const inTurn = createTurns(patienceMs);
  const append = (events: readonly AuditEvent[], appending: Appending): Promise<string> =>
    events.length === 0 ? attempt(events, appending) : inTurn(() => attempt(events, appending));

  return {
    append,
    appendAlone: async (events, once) => {
      if (events.length === 0) return;
      const onceKey = once === undefined ? keys.audit : keys.auditOnce(once);
      await append(events, { script: appendScript, keys: [onceKey], args: [once === undefined ? 0 : keepMs] });
    },
  };
}

/**
 * Runs one after the other, so that a process does not compete with itself, however many wait; only if nothing makes
 * progress (one hangs) they do not wait any longer.
 */
function createTurns(waitMs: number): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let endedAt = Number.NEGATIVE_INFINITY;
  const turnAfter = async (before: Promise<unknown>): Promise<void> => {
    const come = before.then(() => true);
    for (;;) {
      const isOurs = await within(waitMs, come, () => false);
      if (isOurs || performance.now() - endedAt >= waitMs) return;
    }
  };
  return async (work) => {
    const before = last;
    const done = Promise.withResolvers<void>();
    last = done.promise;
    try {
      await turnAfter(before);
      return await work();
    } finally {
      endedAt = performance.now();
      done.resolve();
    }
  };
}

/** The head returned by the script; undefined for an empty chain. */
function headOf(sequence: string | undefined, hash: string): Head {
  const number = Number(sequence);
  if (!Number.isSafeInteger(number))
    throw new Error('the audit stream cannot be continued: its last id is not a sequence number');
  return number === 0 ? undefined : { sequence: number, hash };
}

function follow(events: readonly AuditEvent[], head: Head): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const event of events) records.push(chained(event, records.at(-1) ?? head));
  return records;
}

function argsOf(keys: Keys, head: Head, records: readonly AuditRecord[], keepMs: number): readonly (string | number)[] {
  return [
    head?.sequence ?? 0,
    head?.hash ?? '',
    keepMs,
    records.length,
    ...records.flatMap((record) => [auditRecords.encode(record), record.hash, historiesOf(keys, record).length]),
  ];
}

/** The indexes of a record: of its workspace, of a cluster there, of a workload there or in any cluster. */
function historiesOf(keys: Keys, { event }: AuditRecord): readonly string[] {
  const { team, cluster } = event;
  const about = [...new Set(namesIn(event))].flatMap((name) => [
    keys.auditHistory(team, cluster, name),
    keys.auditHistory(team, '', name),
  ]);
  return [keys.auditHistory(team, '', ''), keys.auditHistory(team, cluster, ''), ...about];
}

/** What the first record of a chain follows, as it is stored: `SEQUENCE HASH`. */
export function anchorOf(text: string | null | undefined): { readonly sequence: number; readonly hash: string } {
  const found = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(text ?? '');
  return found === null ? { sequence: 0, hash: auditRoot } : { sequence: Number(found[1]), hash: found[2] ?? '' };
}
