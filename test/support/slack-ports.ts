import { UnavailableError } from '../../src/errors.ts';
import type { Ask } from '../../src/model/ask/ask.ts';
import type { Report } from '../../src/model/finding/report.ts';
import type { OutboxMessage } from '../../src/model/message.ts';
import type { OutboxChannel, OutboxRow, OutboxTable } from '../../src/ports/outbox.ts';
import type { SlackPorts } from '../../src/slack/app.ts';

interface Row {
  message: OutboxMessage;
  wanted: number;
  posted: number;
  wantedSinceMs: number;
  ts?: string;
  postedAtMs?: number;
  updatedAtMs?: number;
}

/** The outbox in memory, with leases; its contract is `OutboxTable`. */
export interface MemoryOutbox extends OutboxTable {
  put(message: OutboxMessage): Promise<void>;
  readonly rows: ReadonlyMap<string, Readonly<Row>>;
  readonly refusals: string[];
  readonly holders: ReadonlyMap<string, { holder: string; untilMs: number }>;
}

export function createMemoryOutbox(now: () => number = Date.now): MemoryOutbox {
  const rows = new Map<string, Row>();
  const holders = new Map<string, { holder: string; untilMs: number }>();
  const refusals: string[] = [];
  const gone = new Set<string>();
  const listeners = new Set<(channel: OutboxChannel) => void>();
  const dirty = (row: Row) => row.posted < row.wanted;
  const rowsOf = (channel: string) => [...rows.values()].filter((row) => row.message.channel === channel && dirty(row));
  const tsOf = ({ thread }: OutboxMessage) =>
    thread === undefined ? undefined : 'ts' in thread ? thread.ts : rows.get(thread.messageId)?.ts;
  return {
    rows,
    refusals,
    holders,
    put: async (message) => {
      if (gone.has(message.id)) return;
      const row = rows.get(message.id);
      if (row === undefined) rows.set(message.id, { message, wanted: 1, posted: 0, wantedSinceMs: now() });
      else {
        if (!dirty(row)) row.wantedSinceMs = now();
        row.message = message;
        row.wanted += 1;
      }
      for (const listener of listeners) listener(message);
    },
    claim: async (team, holder, leaseMs, limit) => {
      const channels = new Set([...rows.values()].filter(dirty).map((row) => row.message.channel));
      const free = [...channels].filter((channel) => (holders.get(channel)?.untilMs ?? 0) <= now()).slice(0, limit);
      for (const channel of free) holders.set(channel, { holder, untilMs: now() + leaseMs });
      return free.map((channel) => ({ team, channel }));
    },
    renew: async ({ channel }, holder, leaseMs) => {
      const held = holders.get(channel);
      if (held?.holder !== holder || held.untilMs <= now()) return false;
      held.untilMs = now() + leaseMs;
      return true;
    },
    release: async ({ channel }, holder) => {
      if (holders.get(channel)?.holder === holder) holders.delete(channel);
    },
    pending: async ({ channel }) =>
      rowsOf(channel).map((row): OutboxRow => {
        const threadTs = tsOf(row.message);
        return {
          message: row.message,
          wantedRevision: row.wanted,
          postedRevision: row.posted,
          wantedSinceMs: row.wantedSinceMs,
          ...(row.ts === undefined ? {} : { ts: row.ts }),
          ...(row.postedAtMs === undefined ? {} : { postedAtMs: row.postedAtMs }),
          ...(row.updatedAtMs === undefined ? {} : { updatedAtMs: row.updatedAtMs }),
          ...(threadTs === undefined ? {} : { threadTs }),
        };
      }),
    posted: async ({ id }, revision, ts) => {
      const row = rows.get(id);
      if (row === undefined) return ts;
      if (row.ts !== undefined && (row.ts !== ts || revision <= row.posted)) return row.ts;
      if (row.ts !== undefined) row.updatedAtMs = now();
      row.ts = ts;
      row.posted = revision;
      row.postedAtMs = now();
      return ts;
    },
    where: async (_team, id) => {
      const { ts, message } = rows.get(id) ?? {};
      return ts === undefined || message === undefined ? undefined : { channel: message.channel, ts };
    },
    refused: async ({ id }, reason) => {
      refusals.push(`${id} ${reason}`);
      const waits = [...rows.values()].filter(
        ({ message: { thread } }) => thread !== undefined && 'messageId' in thread && thread.messageId === id,
      );
      for (const lost of [id, ...waits.map((row) => row.message.id)]) {
        gone.add(lost);
        rows.delete(lost);
      }
    },
    onDirty: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Ports of a bot without a worker; the tests play it. */
export function createMemoryPorts() {
  const outbox = createMemoryOutbox();
  const asks = new Map<string, Ask>();
  const reports = new Map<string, Report>();
  const defaults = new Map<string, { cluster?: string; namespace?: string }>();
  const told = new Set<string>();
  const lookups: { cluster: string; data: Record<string, unknown> }[] = [];
  const state = {
    alive: true,
    /** Everything that needs Redis fails, or never answers. */
    redis: 'up' as 'up' | 'down' | 'hanging',
    answer: (() => []) as (wanted: Record<string, unknown>) => readonly string[] | undefined,
  };
  const reach = async (): Promise<void> => {
    if (state.redis === 'down') throw new UnavailableError('connect ECONNREFUSED');
    if (state.redis === 'hanging') await new Promise(() => {});
  };
  const ports: SlackPorts = {
    outbox,
    asks: { get: async (id) => asks.get(id) },
    reports: { get: async (_, id) => reports.get(id) },
    workers: {
      alive: async (cluster) => {
        await reach();
        const worker = { cluster, id: 'w1', version: '1', seenAt: '', missingRights: [], jobs: [] };
        return state.alive ? [worker] : [];
      },
      lastSeen: async () => undefined,
    },
    channels: {
      defaults: async (_, channel) => {
        await reach();
        return defaults.get(channel) ?? {};
      },
      setDefaults: async (_, channel, value) => void defaults.set(channel, value),
    },
    queue: { enqueue: async (cluster, _, data) => void lookups.push({ cluster, data }) },
    told: {
      claim: async (_, delivery) => {
        await reach();
        return !told.has(delivery) && told.add(delivery) !== undefined;
      },
      keep: async () => {},
    },
    answers: { wait: async (id) => state.answer(lookups.find(({ data }) => data['answerId'] === id)?.data ?? {}) },
  };
  return { ports, outbox, asks, reports, defaults, lookups, state, reach };
}
