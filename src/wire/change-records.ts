import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { reasonOf, UserError } from '../errors.ts';
import { Approval } from '../model/approval.ts';
import { terminalTeam } from '../model/audit.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../store/connection.ts';
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
    const where = `${other} (Redis does not answer)`;
    return { where, audit: elsewhere, keep: keepInFile, find: findInFile, close: async () => {} };
  }
  const state = { where: 'Redis' };
  const { store } = redis;
  return {
    get where() {
      return state.where;
    },
    audit: async (events, key) => {
      await store.audit.append(events, key).catch(async () => {
        state.where = `Redis, and what it did not take: ${other}`;
        await elsewhere(events);
      });
    },
    keep: (approval) => keepInRedis(approval, store).catch(() => keepInFile(approval)),
    find: async (id) => (await findInRedis(id, store).catch(() => undefined)) ?? (await findInFile(id)),
    close: () => redis.close(),
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
  await writeFile(file, JSON.stringify(approval), { mode: 0o600 });
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
