import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { reasonOf, UserError } from '../errors.ts';
import { openPlanFor } from '../flows/change/request/request-once.ts';
import { show } from '../flows/change/show/approval-messages.ts';
import { Approval } from '../model/approval/approval.ts';
import { type AuditEvent, terminalTeam } from '../model/audit/audit.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../store/redis/connection.ts';
import { createStore, type Store } from '../store/store.ts';
import type { ChangeRecords } from '../terminal/fix-record.ts';
import { printableJson } from '../terminal/paint.ts';

/** A person waits: a Redis that is there answers faster. */
const redisWithinMs = 1_500;
/** How far back a change is looked for by its id alone; nothing can be undone for longer. */
const findWithinMs = 14 * 24 * 60 * 60_000;
const pageSize = 500;

/** Records of a terminal's changes, with the end of them. */
export interface OpenChangeRecords extends ChangeRecords {
  close(): Promise<void>;
}

/**
 * Redis when it answers at once. Otherwise audit events go to a file or to standard error, a line of JSON each, and what
 * is needed to undo lies below the home directory. Audit events that Redis refuses half-way go there, too.
 */
export async function openChangeRecords(
  config: Config,
  sink: { readonly file: string | undefined; readonly err: (text: string) => void },
): Promise<OpenChangeRecords> {
  const redis = await openRedis(config);
  const other = sink.file === undefined ? 'the lines of JSON on standard error' : sink.file;
  const elsewhere = async (events: readonly unknown[]): Promise<void> => {
    const lines = events.map((event) => `${printableJson(event)}\n`).join('');
    if (sink.file === undefined) return sink.err(lines);
    const { file } = sink;
    await appendFile(file, lines, { mode: 0o600 }).catch((error: unknown) => {
      throw new UserError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
    });
  };
  if (redis === undefined) {
    // Found out before anything is changed.
    await elsewhere([]);
    return withoutRedis(`${other} (Redis is unavailable)`, elsewhere);
  }
  const state = { where: 'Redis' };
  const { store } = redis;
  const audit: ChangeRecords['audit'] = async (events, key) => {
    await store.audit.append(events, key).catch(async () => {
      state.where = `Redis, and what it did not take: ${other}`;
      await elsewhere(events);
    });
  };
  const keep = (approval: Approval) => keepInRedis(approval, store).catch(() => keepInFile(approval));
  return {
    get where() {
      return state.where;
    },
    audit,
    keep,
    change: async (next, events, key) => {
      const changed = await changeInRedis(next, events, store).catch(() => 'absent' as const);
      if (changed !== 'absent') return changed;
      await audit(events, key);
      await keep(next);
      return true;
    },
    waiting: async (original) => await waitingFor(original, store).catch(() => undefined),
    find: async (id) => (await findInRedis(id, store).catch(() => undefined)) ?? (await findInFile(id)),
    close: () => redis.close(),
  };
}

/** Nobody else changes what lies below one person's home directory. */
function withoutRedis(where: string, elsewhere: (events: readonly unknown[]) => Promise<void>): OpenChangeRecords {
  return {
    where,
    audit: elsewhere,
    keep: keepInFile,
    find: findInFile,
    change: async (next, events) => {
      await elsewhere(events);
      await keepInFile(next);
      return true;
    },
    waiting: async () => undefined,
    close: async () => {},
  };
}

async function openRedis(config: Config): Promise<{ readonly store: Store; close(): Promise<void> } | undefined> {
  const url = config.redis.url.reveal();
  const shared = { ...(config.redis.ca === undefined ? {} : { ca: config.redis.ca }), onError: () => {} };
  const clients: RedisClient[] = [];
  const connect = (role: 'producer' | 'subscriber') => {
    const client = connectRedis(url, { ...shared, role, name: 'imagecheck-fix' });
    clients.push(client);
    return client;
  };
  const client = connect('producer');
  try {
    await waitForRedis(client, redisWithinMs);
  } catch {
    client.disconnect();
    return undefined;
  }
  const subscriber = connect('subscriber');
  const { keyPrefix: prefix } = config.redis;
  const keep = { approvalsMs: config.approvals.keepMs, auditMs: config.audit.keepMs };
  const store = createStore({ client, subscriber, prefix, keep, onTrouble: () => {} });
  return {
    store,
    close: async () => {
      store.close();
      await Promise.all(clients.map((one) => closeRedis(one)));
    },
  };
}

async function keepInRedis(approval: Approval, { approvals }: Pick<Store, 'approvals'>): Promise<void> {
  if ((await approvals.create(approval, { audit: [] })) === 'created') return;
  const stored = await approvals.get(approval.team, approval.id);
  if (stored !== undefined) await approvals.change({ ...approval, revision: stored.revision }, { audit: [] });
}

/**
 * A change of a workspace has messages there. They are left to the bot, as a worker leaves them: it takes them from the
 * outbox, and nobody needs Slack's tokens here.
 */
async function changeInRedis(
  next: Approval,
  audit: readonly AuditEvent[],
  { approvals, outbox }: Pick<Store, 'approvals' | 'outbox'>,
): Promise<boolean | 'absent'> {
  if ((await approvals.get(next.team, next.id)) === undefined) return 'absent';
  const stored = await approvals.change(next, { audit });
  if (stored === undefined) return false;
  if (stored.team !== terminalTeam) await show(stored, { approvals, outbox }).catch(() => {});
  return true;
}

/** Where a bot would find it that is asked for the same in a channel. */
async function waitingFor(
  { team, channel, cluster, id }: Approval,
  { approvals }: Pick<Store, 'approvals'>,
): Promise<Approval | undefined> {
  if (team === terminalTeam) return undefined;
  const asked = { team, channel, request: { cluster, remedy: 'undo' as const, undoes: id } };
  return await openPlanFor(asked, { approvals, now: () => new Date() });
}

/** A change of a terminal, or of any workspace: the audit records know which. */
async function findInRedis(id: string, { approvals, audit }: Pick<Store, 'approvals' | 'audit'>) {
  const own = await approvals.get(terminalTeam, id);
  if (own !== undefined) return own;
  let after: number | undefined;
  for (;;) {
    const page = await audit.read({
      sinceMs: Date.now() - findWithinMs,
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    const found = page.find(({ event }) => event.approval === id);
    if (found !== undefined) return approvals.get(found.event.team, id);
    after = page.at(-1)?.sequence;
    if (after === undefined) return undefined;
  }
}

function fileOf(id: string): string {
  return join(homedir(), '.local', 'state', 'imagecheck', 'changes', `${id}.json`);
}

async function keepInFile(approval: Approval): Promise<void> {
  const file = fileOf(approval.id);
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify(z.encode(Approval, approval)), { mode: 0o600 });
}

async function findInFile(id: string): Promise<Approval | undefined> {
  const text = await readFile(fileOf(id), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return Approval.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
