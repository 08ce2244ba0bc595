import { appendFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { reasonOf, UserError } from '../errors.ts';
import type { Approval } from '../model/approval/approval.ts';
import { terminalTeam } from '../model/audit/audit.ts';
import type { AuditTrail } from '../ports/audit.ts';
import { approvalFiles } from '../store/approvals/approval-files.ts';
import { type OwnApprovals, terminalApprovals } from '../store/approvals/terminal-approvals.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../store/redis/connection.ts';
import { createStore, type Store } from '../store/store.ts';
import type { FixRecords } from '../terminal/fix.ts';
import { printableJson } from '../terminal/paint.ts';
import { type Clock, ownClock } from '../timing/clock.ts';

/** A person is waiting: a Redis that is up answers faster than this. */
const redisWithinMs = 1_500;
/** How far back a change is looked up by its id alone; nothing can be undone for longer. */
const findWithinMs = 14 * 24 * 60 * 60_000;
const pageSize = 500;

/** Records of changes made in a terminal, with a way to close them. */
export interface OpenChangeRecords extends FixRecords {
  /** The clock that the records are compared by: that of Redis, or this machine's without it. */
  readonly clock: Clock;
  close(): Promise<void>;
}

/**
 * Redis when it answers at once. Otherwise audit events go to a file or to standard error, a line of JSON each, and what
 * is needed to undo lies below the home directory. What Redis refuses half-way also goes there.
 */
export async function openChangeRecords(
  config: Config,
  sink: { readonly file: string | undefined; readonly err: (text: string) => void },
): Promise<OpenChangeRecords> {
  const redis = await openRedis(config);
  const other = sink.file === undefined ? 'the lines of JSON on standard error' : sink.file;
  const state = { where: redis === undefined ? `${other} (Redis is unavailable)` : 'Redis' };
  const lines = linesOf(sink);
  const elsewhere: Pick<AuditTrail, 'append'> = {
    append: async (events) => {
      if (redis !== undefined && events.length > 0) state.where = `Redis, and what it did not take: ${other}`;
      await lines.append(events);
    },
  };
  const files = approvalFiles(join(homedir(), '.local', 'state', 'imagecheck', 'changes'), elsewhere);
  // Determined before anything is changed.
  if (redis === undefined) await lines.append([]);
  const audit: FixRecords['audit'] =
    redis === undefined
      ? elsewhere
      : { append: (events, key) => redis.store.audit.append(events, key).catch(() => elsewhere.append(events)) };
  const kept = redis === undefined ? files : redisElse(files, redis.store);
  return {
    get where() {
      return state.where;
    },
    clock: redis?.store.clock ?? ownClock,
    approvals: terminalApprovals(kept, audit),
    audit,
    // They are left to the bot, as a worker leaves them: it takes them from the outbox, and nobody needs Slack's tokens here.
    outbox: { put: async (message, phase) => await redis?.store.outbox.put(message, phase).catch(() => {}) },
    close: async () => await redis?.close(),
  };
}

function linesOf(sink: Parameters<typeof openChangeRecords>[1]): Pick<AuditTrail, 'append'> {
  return {
    append: async (events) => {
      const lines = events.map((event) => `${printableJson(event)}\n`).join('');
      if (sink.file === undefined) return sink.err(lines);
      const { file } = sink;
      await appendFile(file, lines, { mode: 0o600 }).catch((error: unknown) => {
        throw new UserError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
      });
    },
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
  const keep = { approvalsMs: config.approvals.keepMs, auditMs: config.audit.keepMs, planMs: config.approvals.planMs };
  const store = createStore({ client, subscriber, prefix, keep, onTrouble: () => {} });
  // A command is over before two clocks could drift apart.
  await store.clock.read().catch(() => {});
  return {
    store,
    close: async () => {
      store.close();
      await Promise.all(clients.map((one) => closeRedis(one)));
    },
  };
}

/** Redis as long as it answers, and files for what it does not take or does not have. */
function redisElse(files: OwnApprovals, store: Pick<Store, 'approvals' | 'audit' | 'clock'>): OwnApprovals {
  const { approvals } = store;
  return {
    create: (approval, change) => approvals.create(approval, change).catch(() => files.create(approval, change)),
    async get(team, id) {
      const found = team === terminalTeam ? findById(id, store) : approvals.get(team, id);
      return (await found.catch(() => undefined)) ?? (await files.get(team, id));
    },
    async change(next, change) {
      try {
        if ((await approvals.get(next.team, next.id)) !== undefined) return await approvals.change(next, change);
        await approvals.create(next, change);
        return { ...next, revision: 0 };
      } catch {
        return await files.change(next, change);
      }
    },
  };
}

/** A change made in a terminal, or in any workspace: the audit records know which. */
async function findById(
  id: string,
  { approvals, audit, clock }: Pick<Store, 'approvals' | 'audit' | 'clock'>,
): Promise<Approval | undefined> {
  const own = await approvals.get(terminalTeam, id);
  if (own !== undefined) return own;
  let after: number | undefined;
  for (;;) {
    const page = await audit.read({
      sinceMs: clock.now().getTime() - findWithinMs,
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    const found = page.find(({ event }) => event.approval === id);
    if (found !== undefined) return approvals.get(found.event.team, id);
    after = page.at(-1)?.sequence;
    if (after === undefined) return undefined;
  }
}
