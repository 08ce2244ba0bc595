import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobData, JobHandlers } from '../../src/jobs.ts';
import { type QueueBench, queueBench } from '../support/queue.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
let bench: QueueBench;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(() => {
  bench = queueBench(redis.url);
});
afterEach(() => bench.end());

const cluster = 'dev-eu';
const nothing = () => Promise.resolve();
const handlers = (over: Partial<JobHandlers>): JobHandlers => ({
  diagnose: nothing,
  diagnoseFurther: nothing,
  lookup: nothing,
  prepare: nothing,
  execute: nothing,
  verify: nothing,
  ...over,
});
const change = (approval: string): JobData<'execute'> => ({ version: 1, cluster, team: 'T1', approval });
const question = (flight: string): JobData<'diagnose'> => ({
  version: 1,
  flight,
  cluster,
  target: { type: 'workload', kind: 'Deployment', namespace: 'prod', name: 'web' },
});

describe('jobs of changes', () => {
  test('are not delayed by a flood of questions', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const [asked, done]: [string[], string[]] = [[], []];
    await bench.consumer({
      handlers: handlers({
        diagnose: async ({ flight }) => {
          asked.push(flight);
          await released;
        },
        execute: async ({ approval }) => void done.push(approval),
        verify: async ({ approval }) => void done.push(`verify ${approval}`),
      }),
    });
    const queue = await bench.producer();
    const flood = Array.from({ length: 300 }, (_, index) => queue.enqueue(cluster, 'diagnose', question(`f${index}`)));
    await Promise.all(flood);
    await expect.poll(() => asked.length).toBe(8);
    const begun = performance.now();
    await queue.enqueue(cluster, 'execute', change('AAAAAAAA'));
    await queue.enqueue(cluster, 'verify', change('AAAAAAAA'));
    await expect.poll(() => done.toSorted(), { interval: 5 }).toEqual(['AAAAAAAA', 'verify AAAAAAAA']);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(await queue.waiting(cluster, 'diagnose')).toBe(292);
    release();
  });

  test('of preparing run in the slots of questions, so that executing never waits for planning', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const done: string[] = [];
    await bench.consumer({
      handlers: handlers({ prepare: () => released, execute: async ({ approval }) => void done.push(approval) }),
    });
    const queue = await bench.producer();
    for (let index = 0; index < 20; index += 1) await queue.enqueue(cluster, 'prepare', change(`P${index}`));
    await queue.enqueue(cluster, 'execute', change('AAAAAAAA'));
    await expect.poll(() => done).toEqual(['AAAAAAAA']);
    release();
  });

  test('look again later as often as they say, by ids that may come back', async () => {
    const queue = await bench.producer();
    const looks: number[] = [];
    let ended = 0;
    await bench.consumer({
      handlers: handlers({
        verify: async ({ approval }) => {
          looks.push(performance.now());
          // The job of this very id still runs: the next look takes the other one.
          const id = `verify-${approval}-${looks.length % 2}`;
          if (looks.length < 6) {
            await queue.enqueue(cluster, 'verify', change(approval), { id, again: true, delayMs: 50 });
            await queue.enqueue(cluster, 'verify', change(approval), { id, again: true, delayMs: 50 });
          } else ended += 1;
        },
      }),
    });
    await queue.enqueue(cluster, 'verify', change('AAAAAAAA'), { id: 'verify-AAAAAAAA-0', again: true });
    await expect.poll(() => ended, { timeout: 10_000 }).toBe(1);
    expect(looks).toHaveLength(6);
    const gaps = looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(45);
  });
});
