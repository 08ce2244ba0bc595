import { Queue, Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queueName } from '../../src/queue/names.ts';
import { connectRedis, type RedisClient } from '../../src/store/redis/connection.ts';
import { expectDoneOnce, isPatchOf, patchesOf } from './afterwards.ts';
import { approve, approveOnce, type Change, eventually, plan, reaches, recordOf } from './change.ts';
import { type Actor, clusterId, type FaultStage, openStage, type WorkerActor } from './stage.ts';

const recoveryMs = 20_000;

let stage: FaultStage;
let bot: Actor | undefined;
let workers: readonly WorkerActor[] = [];
let queue: Queue;
let client: RedisClient;

beforeAll(async () => {
  stage = await openStage({ paced: false });
  client = connectRedis(stage.redis.url, { role: 'worker' });
  queue = new Queue(queueName(clusterId, 'change'), { connection: client, prefix: stage.store.queuePrefix });
}, 60_000);
beforeEach(async () => {
  if (bot === undefined || !bot.alive()) bot = await stage.startBot();
  const living = workers.filter((worker) => worker.alive());
  const missing = Array.from({ length: Math.max(0, 2 - living.length) }, () => stage.startWorker());
  workers = [...living, ...(await Promise.all(missing))];
}, 60_000);
afterEach(() => {
  for (const worker of workers) {
    worker.wire.watch = () => undefined;
    worker.api.spoil = () => undefined;
  }
});
afterAll(async () => {
  await queue.close();
  client.disconnect();
  await stage.stop();
});

function livingBot(): Actor {
  if (bot === undefined) throw new Error('no bot was started');
  return bot;
}

/** Puts the job of a change into the queue once more, and waits until workers have done with all of its copies. */
async function redeliver({ team, id }: Change, copies: number): Promise<void> {
  const data = { version: 1, cluster: clusterId, team, approval: id };
  const jobs = await queue.addBulk(Array.from({ length: copies }, () => ({ name: 'execute', data })));
  await eventually(async () => {
    expect(await Promise.all(jobs.map((job) => job.isCompleted()))).toEqual(jobs.map(() => true));
  });
}

/** Waits until a worker has changed the object, and tells how long after the fault that was. */
async function untilPatched(change: Change, what: string, sinceMs: number): Promise<void> {
  await eventually(() => expect(patchesOf(change)).toBe(1), recoveryMs);
  const tookMs = performance.now() - sinceMs;
  console.log(`${what}: changed after ${(tookMs / 1000).toFixed(1)} s`);
  expect(tookMs).toBeLessThan(recoveryMs);
}

describe('a job that is lost', { timeout: 120_000 }, () => {
  it('in a crash of the bot between the approval and its job', async () => {
    const change = await plan(stage, 'web-unqueued');
    const mortal = livingBot();
    let diedMs = 0;
    mortal.wire.watch = (text) => {
      if (!/change-[0-9a-f]{32}-execute/.test(text)) return undefined;
      diedMs = performance.now();
      void mortal.kill();
      return 'swallow';
    };
    const pressed = approveOnce(change);
    await eventually(() => expect(mortal.alive()).toBe(false));
    expect((await recordOf(change)).grant).toBeDefined();
    await untilPatched(change, 'the bot died before the job', diedMs);
    await pressed;
    bot = await stage.startBot();
    await expectDoneOnce(change, { posts: 2 });
  });

  it('with the whole queue, while no worker is there', async () => {
    const change = await plan(stage, 'web-obliterated');
    await Promise.all(workers.map((worker) => worker.kill()));
    await approve(change);
    await reaches(change, ['approved']);
    await eventually(async () => expect(await queue.count()).toBeGreaterThan(0));
    await queue.obliterate({ force: true });
    const worker = await stage.startWorker();
    workers = [worker];
    await untilPatched(change, 'the queue was obliterated', performance.now());
    await expectDoneOnce(change);
  });

  it('because BullMQ gave it up after two workers died with it', async () => {
    const change = await plan(stage, 'web-stalled');
    await Promise.all(workers.map((worker) => worker.kill()));
    await approve(change);
    await reaches(change, ['approved']);
    // Nobody is left who could queue another one.
    await livingBot().kill();
    await dieTwice();
    [workers, bot] = await Promise.all([stage.startWorker().then((worker) => [worker]), stage.startBot()]);
    await untilPatched(change, 'BullMQ gave the job up', performance.now());
    await expectDoneOnce(change, { posts: 2 });
    await eventually(async () => {
      const failed = await queue.getFailed();
      expect(failed.map(({ failedReason }) => failedReason)).toContain('job stalled more than allowable limit');
    });
  });
});

/** Takes every job that waits, twice, as a worker that dies each time. */
async function dieTwice(): Promise<void> {
  const connection = connectRedis(stage.redis.url, { role: 'worker' });
  const mortal = new Worker(queue.name, null, {
    connection,
    prefix: stage.store.queuePrefix,
    lockDuration: 300,
    stalledInterval: 300,
    maxStalledCount: 1,
  });
  const stalls: string[] = [];
  mortal.on('stalled', (id) => stalls.push(id));
  await mortal.waitUntilReady();
  await mortal.startStalledCheckTimer();
  await eventually(async () => {
    await mortal.getNextJob(`death-${stalls.length}`, { block: false });
    expect(stalls.length).toBeGreaterThanOrEqual(2);
  });
  await mortal.close(true);
  connection.disconnect();
}

describe('a job that comes too often', { timeout: 90_000 }, () => {
  it('after everything was done', async () => {
    const change = await plan(stage, 'web-redelivered');
    await approve(change);
    await expectDoneOnce(change);
    await redeliver(change, 5);
    await expectDoneOnce(change);
  });

  it('while both workers are at it', async () => {
    const change = await plan(stage, 'web-copies');
    const gate = Promise.withResolvers<undefined>();
    for (const worker of workers) {
      worker.api.spoil = (_, path) => (path.includes(`/deployments/${change.name}`) ? gate.promise : undefined);
    }
    await approve(change);
    await redeliver(change, 6);
    expect((await recordOf(change)).state).toBe('approved');
    gate.resolve(undefined);
    await expectDoneOnce(change);
  });

  it('because a worker froze with its patch on the way, and another one took over', async () => {
    const change = await plan(stage, 'web-frozen');
    const isReal = (method: string, path: string) => isPatchOf(change.name)(method, path) && !path.includes('dryRun');
    let frozen: WorkerActor | undefined;
    let frozenMs = 0;
    for (const worker of workers) {
      worker.api.spoil = async (method, path) => {
        if (!isReal(method, path) || frozen !== undefined) return undefined;
        frozen = worker;
        frozenMs = performance.now();
        process.kill(worker.pid, 'SIGSTOP');
        // Its patch arrives after the other one's.
        await reaches(change, ['verifying', 'done'], 60_000);
        return undefined;
      };
    }
    await approve(change);
    await eventually(() => expect(frozen).toBeDefined());
    await untilPatched(change, 'a worker froze', frozenMs);
    const late = frozen as unknown as WorkerActor;
    await eventually(() => {
      const codes = late.api.answered.filter(({ method, path }) => isReal(method, path)).map(({ code }) => code);
      expect(codes, 'the guard in the late patch does not hold').toEqual([422]);
    });
    process.kill(late.pid, 'SIGCONT');
    await expectDoneOnce(change);
  });
});
