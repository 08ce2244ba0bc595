import { createHash } from 'node:crypto';
import { subjectsOf } from '../../model/approval/approval.ts';
import { OutboxMessage } from '../../model/message.ts';
import { isWorkload } from '../../model/subject/subject.ts';
import type { MessagePlace, Outbox, OutboxChannel, OutboxRow, OutboxTable } from '../../ports/outbox.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { recordFormat, valueOf } from '../redis/record.ts';
import { run, texts } from '../redis/script.ts';
import { unlessWrongType } from '../redis/stored.ts';
import type { Wakeups } from '../redis/wakeups.ts';
import {
  claimScript,
  postedScript,
  pruneScript,
  putScript,
  refusedScript,
  releaseLeaseScript,
  renewLeaseScript,
} from './outbox-scripts.ts';

/** Version 1 knows approvals of workloads only. */
const messages = recordFormat({
  version: 1,
  schema: OutboxMessage,
  isWider: ({ body }) => 'approval' in body && !subjectsOf(body.approval).every(isWorkload),
});

/** Rows that a poster sees at once; the others follow when these are posted. */
const pendingLimit = 100;
/** Dirty channels looked at for one claim. */
const claimWindow = 1000;
const topicName = 'outbox';

export interface OutboxOptions {
  /** How long a posted message can still be updated or replied to. */
  readonly retentionMs: number;
  /** How long it is known after the last post or update where a message is. */
  readonly placeMs: number;
  /** A row that could not be posted for so long is given up: its parent never came, or nobody can read it. */
  readonly staleMs: number;
  /** The clock of the store, which says since when a row waits. */
  readonly now: () => Date;
  /** Told about rows that are given up. */
  readonly onGivenUp: (id: string) => void;
}

/** The table of wanted messages in Redis, for those who put and for the one who posts. */
export function createOutbox(
  client: RedisClient,
  keys: Keys,
  wakeups: Wakeups,
  options: OutboxOptions,
): Outbox & OutboxTable {
  const topic = keys.topic(topicName);
  const places = (team: string, channel: string) => [keys.pending(team, channel), keys.dirty(team)];

  return {
    put: async (message, phase) => {
      const { id, team, channel } = message;
      const parent = parentOf(message);
      const touched = [keys.message(team, id), ...places(team, channel)];
      if (parent !== '') touched.push(keys.message(team, parent));
      await run(client, putScript, touched, [id, channel, ...content(message), phase ?? '', ...tail(message)]);
    },
    ...createLeases(client, keys),
    pending: (channel) => readPending(client, keys, channel, options),
    posted: async (message, revision, ts) => {
      const { id, team, channel } = message;
      const touched = [keys.message(team, id), ...places(team, channel), keys.messagePlace(team, id)];
      const [retentionMs, ...wake] = tail(message);
      const args = [id, channel, revision, ts, retentionMs, ...content(message), ...wake, options.placeMs];
      return String(await run(client, postedScript, touched, args));
    },
    where: (team, id) => whereIs(client, keys, team, id),
    refused: async (message) => {
      const { id, team, channel } = message;
      const ids = [id, ...(await repliesTo(client, keys, { team, channel }, id))];
      const touched = [...places(team, channel), ...ids.map((one) => keys.message(team, one))];
      await run(client, refusedScript, touched, [channel, options.retentionMs, ...ids]);
    },
    onDirty: (listener) =>
      wakeups.on(topic, (payload) => {
        const [team, channel] = payload.split(' ');
        if (team !== undefined && channel !== undefined) listener({ team, channel });
      }),
  };

  function tail({ team, channel }: OutboxMessage): [number, string, string] {
    return [options.retentionMs, topic, `${team} ${channel}`];
  }
}

/** One holder per channel: who holds it posts, everyone else leaves it alone. */
function createLeases(client: RedisClient, keys: Keys): Pick<OutboxTable, 'claim' | 'renew' | 'release'> {
  return {
    claim: async (team, holder, leaseMs, limit) => {
      const channels = await client.zrange(keys.dirty(team), 0, String(claimWindow - 1));
      if (channels.length === 0) return [];
      const leases = channels.map((channel) => keys.channelLease(team, channel));
      const held = texts(await run(client, claimScript, leases, [holder, leaseMs, limit, ...channels]));
      return held.map((channel) => ({ team, channel }));
    },
    renew: async ({ team, channel }, holder, leaseMs) =>
      (await run(client, renewLeaseScript, [keys.channelLease(team, channel)], [holder, leaseMs])) === 1,
    release: async ({ team, channel }, holder) => {
      const touched = [keys.channelLease(team, channel), keys.pending(team, channel), keys.dirty(team)];
      await run(client, releaseLeaseScript, touched, [holder, channel]);
    },
  };
}

function content(message: OutboxMessage): [string, string, string, string] {
  const record = messages.encode(message);
  const digest = createHash('sha1').update(record).digest('base64');
  return [record, digest, message.urgency, parentOf(message)];
}

function parentOf({ thread }: OutboxMessage): string {
  return thread !== undefined && 'messageId' in thread ? thread.messageId : '';
}

async function readPending(
  client: RedisClient,
  keys: Keys,
  where: OutboxChannel,
  options: OutboxOptions,
): Promise<readonly OutboxRow[]> {
  // However many messages wait for a newer bot, they do not hold up those that this one posts.
  let offset: number | undefined = 0;
  while (offset !== undefined) {
    const { rows, next } = await readPage(client, keys, where, offset, options);
    if (rows.length > 0) return rows;
    offset = next;
  }
  return [];
}

/** Rows from this place on, and where the next ones are, if any; those that nobody can post are given up. */
async function readPage(
  client: RedisClient,
  keys: Keys,
  { team, channel }: OutboxChannel,
  offset: number,
  options: OutboxOptions,
): Promise<{ readonly rows: readonly OutboxRow[]; readonly next: number | undefined }> {
  const ids = await client.zrange(keys.pending(team, channel), offset, String(offset + pendingLimit - 1));
  const read = await Promise.all(ids.map((id) => readRow(client, keys, team, id)));
  const staleBefore = options.now().getTime() - options.staleMs;
  // What a newer release wrote is posted by a newer bot.
  const hopeless = ids.filter((_, index) => read[index]?.foreign !== true && (read[index]?.sinceMs ?? 0) < staleBefore);
  if (hopeless.length > 0) {
    await run(client, pruneScript, [keys.pending(team, channel), keys.dirty(team)], [channel, ...hopeless]);
    for (const id of hopeless) options.onGivenUp(id);
  }
  const rows = read.flatMap(({ row, sinceMs }) => (row === undefined || sinceMs < staleBefore ? [] : [row]));
  // Given up rows are in the list no longer.
  return { rows, next: ids.length < pendingLimit ? undefined : offset + ids.length - hopeless.length };
}

interface ReadRow {
  /** Undefined when nobody can read it, or not this release. */
  readonly row?: OutboxRow;
  /** A newer release wrote it. */
  readonly foreign?: true;
  /** 0 when the row is gone. */
  readonly sinceMs: number;
}

async function readRow(client: RedisClient, keys: Keys, team: string, id: string): Promise<ReadRow> {
  const stored = await fieldsOf(client, keys.message(team, id));
  const sinceMs = numberOf(stored['since']) ?? 0;
  const decoded = messages.decode(stored['record']);
  if (decoded.kind === 'foreign') return { sinceMs, foreign: true };
  const message = valueOf(decoded);
  const wantedRevision = numberOf(stored['wanted']);
  // The key decides which message it is: a record that claims another id would be posted again and again.
  if (message === undefined || message.id !== id || message.team !== team || wantedRevision === undefined) {
    return { sinceMs };
  }
  const { ts } = stored;
  const postedAtMs = numberOf(stored['postedAt']);
  const updatedAtMs = numberOf(stored['updatedAt']);
  const threadTs = await threadOf(client, keys, message);
  const row: OutboxRow = {
    message,
    wantedRevision,
    postedRevision: numberOf(stored['posted']) ?? 0,
    wantedSinceMs: sinceMs,
    ...(ts === undefined ? {} : { ts }),
    ...(postedAtMs === undefined ? {} : { postedAtMs }),
    ...(updatedAtMs === undefined ? {} : { updatedAtMs }),
    ...(threadTs === undefined ? {} : { threadTs }),
  };
  return { row, sinceMs };
}

/** A message posted by an earlier release has no separate record of its place; its row has it, as long as it exists. */
async function whereIs(client: RedisClient, keys: Keys, team: string, id: string): Promise<MessagePlace | undefined> {
  const place = await unlessWrongType(client.get(keys.messagePlace(team, id)));
  const [channel, ts] = place?.split(' ') ?? (await rowPlace(client, keys, team, id));
  return channel === undefined || ts === undefined || ts === '' ? undefined : { channel, ts };
}

async function rowPlace(client: RedisClient, keys: Keys, team: string, id: string): Promise<(string | undefined)[]> {
  const { channel, ts } = await fieldsOf(client, keys.message(team, id));
  return [channel, ts];
}

async function threadOf(client: RedisClient, keys: Keys, { team, thread }: OutboxMessage): Promise<string | undefined> {
  if (thread === undefined) return undefined;
  if ('ts' in thread) return thread.ts;
  return (await fieldsOf(client, keys.message(team, thread.messageId)))['ts'];
}

/** Ids of the rows that wait for this message, directly or through another reply. */
async function repliesTo(
  client: RedisClient,
  keys: Keys,
  { team, channel }: OutboxChannel,
  id: string,
): Promise<readonly string[]> {
  const ids = await client.zrange(keys.pending(team, channel), 0, '-1');
  const parents = await Promise.all(ids.map((one) => client.hget(keys.message(team, one), 'parent')));
  const found = new Set([id]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const [index, one] of ids.entries()) if (found.has(parents[index] ?? '')) found.add(one);
  }
  found.delete(id);
  return [...found];
}

async function fieldsOf(client: RedisClient, key: string): Promise<Readonly<Record<string, string>>> {
  return (await unlessWrongType(client.hgetall(key))) ?? {};
}

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
