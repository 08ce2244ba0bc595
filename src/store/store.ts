import type { Approvals, SignedApprovals } from '../ports/approvals.ts';
import type { Outbox, OutboxTable } from '../ports/outbox.ts';
import type { Answers, Asks, Channels, Reports, Told, Workers } from '../ports/records.ts';
import type { ContentCache } from '../ports/registry.ts';
import { createClock } from '../timing/clock.ts';
import { createAnswers } from './answers.ts';
import { createApprovals } from './approvals/approvals.ts';
import { createAsks } from './asks/asks.ts';
import { type AuditLog, createAuditLog } from './audit/audit.ts';
import { createAuditChain } from './audit/audit-chain.ts';
import { createChannels } from './channels.ts';
import { createContentCache } from './content-cache.ts';
import { createOutbox } from './outbox/outbox.ts';
import type { RedisClient } from './redis/connection.ts';
import { keysOf } from './redis/keys.ts';
import { readServerTime } from './redis/server-time.ts';
import { tellingUnavailable } from './redis/unavailable.ts';
import { createWakeups } from './redis/wakeups.ts';
import { createReports } from './reports.ts';
import { createTold } from './told.ts';
import { createWorkers } from './workers.ts';

/** All records of the product, each kind behind its port. */
export interface Store {
  readonly asks: Asks;
  readonly reports: Reports;
  readonly outbox: Outbox & OutboxTable;
  readonly workers: Workers;
  readonly channels: Channels;
  readonly answers: Answers;
  readonly told: Told;
  readonly contents: ContentCache;
  readonly approvals: Approvals & SignedApprovals;
  readonly audit: AuditLog;
  /** The clock of the server that holds the records; the process's own until it is read. */
  readonly clock: ReturnType<typeof createClock>;
  /** The prefix that the queue's keys must have, so that a Redis Cluster keeps them in the same slot. */
  readonly queuePrefix: string;
  /** Stops listening; the connections belong to whoever opened them. */
  close(): void;
}

export interface StoreOptions {
  /** A connection for commands: role `producer` in a bot, `worker` in a worker. */
  readonly client: RedisClient;
  /** A separate connection for wake-ups, role `subscriber`. */
  readonly subscriber: RedisClient;
  /** `imagecheck` when left out. Made a hash tag when it has none. */
  readonly prefix?: string;
  /** 15 s when left out: three heartbeats. */
  readonly workerTtlMs?: number;
  /** 64 MiB in all, 1 MiB each, when left out. */
  readonly contentBytes?: { readonly maxTotal: number; readonly maxEntry: number };
  /**
   * How long approvals are kept after they ended (30 days when left out), audit records (400 days), and how long a plan
   * can be approved (an hour).
   */
  readonly keep?: { readonly approvalsMs?: number; readonly auditMs?: number; readonly planMs?: number };
  /** Told what went wrong in the background: a lost subscription, a forged record, a cache that fails. */
  readonly onTrouble: (message: string, detail: unknown) => void;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Opens the records; nothing is read until it is asked for. */
export function createStore(options: StoreOptions): Store {
  const { client, onTrouble } = options;
  const keys = keysOf(options.prefix ?? 'imagecheck');
  const wakeups = createWakeups(options.subscriber, (error) => onTrouble('cannot subscribe to wake-ups', error));
  const { maxTotal, maxEntry } = options.contentBytes ?? { maxTotal: 64 * 1024 * 1024, maxEntry: 1024 * 1024 };
  const { approvalsMs = 30 * dayMs, auditMs = 400 * dayMs, planMs = dayMs / 24 } = options.keep ?? {};
  const chain = createAuditChain(client, keys, auditMs);
  const clock = createClock({ readMs: () => readServerTime(client, keys) });
  return {
    asks: tellingUnavailable(
      createAsks(client, keys, {
        retentionMs: 7 * dayMs,
        onForgotten: (member) => onTrouble('removed an unreadable flight', member),
      }),
    ),
    reports: tellingUnavailable(createReports(client, keys, { ttlMs: 7 * dayMs, compressAboveBytes: 16 * 1024 })),
    outbox: tellingUnavailable(
      createOutbox(client, keys, wakeups, {
        retentionMs: 7 * dayMs,
        placeMs: 90 * dayMs,
        staleMs: dayMs,
        now: clock.now,
        onGivenUp: (id) => onTrouble('gave up on a message that could not be posted for a day', id),
      }),
    ),
    workers: tellingUnavailable(createWorkers(client, keys, options.workerTtlMs ?? 15_000)),
    channels: tellingUnavailable(createChannels(client, keys)),
    answers: tellingUnavailable(createAnswers(client, keys, wakeups)),
    told: tellingUnavailable(createTold(client, keys)),
    contents: createContentCache(
      client,
      keys,
      { ttlMs: 7 * dayMs, maxEntryBytes: maxEntry, maxTotalBytes: maxTotal },
      (error) => onTrouble('content cache error', error),
    ),
    approvals: tellingUnavailable(
      createApprovals(client, keys, chain, {
        keepMs: approvalsMs,
        planMs,
        onForgotten: (member, why) => onTrouble('removed an unreadable approval from an index', { member, why }),
      }),
    ),
    audit: tellingUnavailable(createAuditLog(client, keys, chain, { keepMs: auditMs, now: clock.now })),
    clock,
    queuePrefix: `${keys.root}:queue`,
    close: () => wakeups.close(),
  };
}
