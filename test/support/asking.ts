import type { Diagnose } from '../../src/flows/ask/answer.ts';
import type { ResumeOptions } from '../../src/flows/ask/resume.ts';
import type { OutboxMessage, View } from '../../src/model/message.ts';
import type { ClusterReader } from '../../src/ports/cluster.ts';
import type { BotDeps } from '../../src/ports/processes.ts';
import { defaultSlots, startConsumer } from '../../src/queue/consumer.ts';
import { createProducer } from '../../src/queue/producer.ts';
import { type Running, startBotLoops, startWorker, type WorkerOptions } from '../../src/roles.ts';
import { closeRedis, connectRedis, waitForRedis } from '../../src/store/redis/connection.ts';
import { writerThat } from './any-operation.ts';
import { memoryKeychain } from './in-memory.ts';
import { openStore, type TestStore } from './store.ts';

/** A bot as `wire` would build it, without Slack. */
export interface TestBot extends BotDeps {
  readonly store: TestStore;
  readonly log: readonly LogLine[];
  end(): Promise<void>;
}

export interface LogLine {
  readonly message: string;
  readonly fields: object;
}

/** A log to inspect. */
function testLog(): { readonly lines: LogLine[]; readonly log: WorkerOptions['log'] } {
  const lines: LogLine[] = [];
  const write = (fields: object, message: string): void => void lines.push({ message, fields });
  return { lines, log: { warn: write, error: write } as unknown as WorkerOptions['log'] };
}

export async function openBot(
  url: string,
  prefix: string,
  over: { readonly resume?: Partial<ResumeOptions>; readonly everyMs?: number; readonly loops?: boolean } = {},
): Promise<TestBot> {
  const store = await openStore(url, 'producer', { prefix });
  const { lines, log } = testLog();
  const queue = createProducer({ connection: store.client, prefix: store.queuePrefix, onError: () => {} });
  const deps = { ...store, queue, now: () => new Date() };
  const loops =
    over.loops === false
      ? undefined
      : startBotLoops({ deps, everyMs: over.everyMs ?? 50, resume: { lostAfterMs: 500, ...over.resume }, log });
  return {
    ...deps,
    store,
    log: lines,
    end: async () => {
      await loops?.stop(0);
      await queue.close();
      await store.end();
    },
  };
}

export interface TestWorker extends Running {
  readonly log: readonly LogLine[];
  readonly store: TestStore;
  end(): Promise<void>;
}

export async function openWorker(
  url: string,
  prefix: string,
  diagnose: Diagnose,
  over: Partial<WorkerOptions> & {
    readonly times?: NonNullable<WorkerOptions['deps']['times']>;
    readonly reader?: Partial<ClusterReader>;
    readonly deadlineMs?: number;
    /** Number of concurrent jobs. */
    readonly slots?: number;
    readonly spoil?: (store: TestStore) => Partial<WorkerOptions['deps']>;
  } = {},
): Promise<TestWorker> {
  const store = await openStore(url, 'worker', { prefix });
  const connection = connectRedis(url, { role: 'worker' });
  await waitForRedis(connection, 5000);
  const { lines, log } = testLog();
  const cluster = over.cluster ?? 'dev-eu';
  const queue = createProducer({ connection: store.client, prefix: store.queuePrefix, onError: () => {} });
  const running = await startWorker({
    cluster,
    id: `worker-${process.pid}-${Math.random()}`,
    version: '1.2.3',
    missingRights: [],
    workers: store.workers,
    deps: {
      ...store,
      diagnose,
      change: idleChanges(store, cluster, queue),
      cluster: { id: cluster, ...over.reader } as ClusterReader,
      ...(over.times === undefined ? {} : { times: over.times }),
      ...over.spoil?.(store),
    },
    consume: (handlers, onRefused) =>
      startConsumer({
        connection,
        prefix: store.queuePrefix,
        cluster,
        handlers,
        onRefused,
        onError: () => {},
        ...(over.deadlineMs === undefined ? {} : { deadlineMs: over.deadlineMs }),
        slots: { ...defaultSlots, ...(over.slots === undefined ? {} : { person: over.slots }) },
      }),
    log,
    ...over,
  });
  let ended = false;
  return {
    log: lines,
    store,
    stop: (deadlineMs) => running.stop(deadlineMs),
    end: async () => {
      if (ended) return;
      ended = true;
      await running.stop(0);
      await queue.close();
      await closeRedis(connection);
      await store.end();
    },
  };
}

/** The part of a worker that changes things, for tests of questions: it has no plan for anything and no key. */
function idleChanges(
  store: TestStore,
  clusterId: string,
  queue: WorkerOptions['deps']['change']['queue'],
): WorkerOptions['deps']['change'] {
  const nothing = async () => ({ kind: 'absent' as const });
  return {
    clusterId,
    actor: { actor: 'worker:idle' },
    approvals: store.approvals,
    audit: store.audit,
    queue,
    changes: {
      ...writerThat(async () => ({ kind: 'absent', what: 'nothing is here' })),
      event: nothing,
      rollout: nothing,
      identity: nothing,
      eventExists: async () => ({ known: true, value: false }),
    },
    plan: async () => ({ kind: 'refused', why: 'Nothing can be changed here.', kubectl: [] }),
    policy: { rules: [], breakGlass: [], freeze: [] },
    remediation: { remedies: [], namespaces: [], images: [] },
    publicKeys: [],
    keychain: memoryKeychain(),
    times: { planMs: 1, undoMs: 1, keepMs: 1 },
    now: () => new Date(),
  };
}

/** Replaces Slack: posts the outbox's messages and keeps every state that was shown. */
export interface TestSlack {
  /** Latest state of each message, by its id. */
  readonly shown: ReadonlyMap<string, OutboxMessage>;
  /** Every post and update, in order. */
  readonly history: readonly OutboxMessage[];
  parent(askId: string): Extract<View, { view: 'ask' }> | undefined;
  reply(askId: string): View | undefined;
  end(): Promise<void>;
}

export function openSlack(store: TestStore, team = 'T1'): TestSlack {
  const shown = new Map<string, OutboxMessage>();
  const history: OutboxMessage[] = [];
  const ending = new AbortController();
  let ts = 0;
  const post = async (): Promise<void> => {
    for (const channel of await store.outbox.claim(team, 'slack', 5000, 100)) {
      for (const row of await store.outbox.pending(channel)) {
        const { message } = row;
        const waits = message.thread !== undefined && 'messageId' in message.thread && row.threadTs === undefined;
        if (waits) continue;
        shown.set(message.id, message);
        history.push(message);
        ts += 1;
        await store.outbox.posted(message, row.wantedRevision, row.ts ?? String(ts));
      }
      await store.outbox.release(channel, 'slack');
    }
  };
  const loop = (async () => {
    while (!ending.signal.aborted) {
      await post().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    shown,
    history,
    parent: (askId) => {
      const body = shown.get(`ask:${askId}:parent`)?.body;
      return body?.view === 'ask' ? body : undefined;
    },
    reply: (askId) => shown.get(`ask:${askId}:report`)?.body,
    end: async () => {
      ending.abort();
      await loop;
    },
  };
}
