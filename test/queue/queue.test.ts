import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobContext } from '../../src/jobs.ts';
import type { EnqueueOptions, Queue } from '../../src/ports/queue.ts';
import { type QueueBench, queueBench, testJobs } from '../support/queue.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

interface Data {
  readonly text: string;
}

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

/** The port's types name the product's jobs; tests bring their own table. */
interface TestQueue {
  enqueue(cluster: string, name: string, data: unknown, options?: EnqueueOptions): Promise<void>;
  waiting(cluster: string, name: string): Promise<number>;
}

function untyped(queue: Queue): TestQueue {
  return queue;
}

function collecting() {
  const texts: string[] = [];
  return { texts, handler: async ({ text }: Data) => void texts.push(text) };
}

describe('a job', () => {
  test('reaches a worker of its cluster, and of no other', async () => {
    const queue = untyped(await bench.producer(testJobs));
    const [here, there] = [collecting(), collecting()];
    await bench.consumer({ table: testJobs, handlers: { quick: here.handler } });
    await bench.consumer({ table: testJobs, handlers: { quick: there.handler }, cluster: 'dev' });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'for dev-eu' });
    await queue.enqueue('dev', 'quick', { version: 1, text: 'for dev' });
    await expect.poll(() => [here.texts, there.texts]).toEqual([['for dev-eu'], ['for dev']]);
  });

  test('with the same id is queued once while it waits or runs', async () => {
    const queue = untyped(await bench.producer(testJobs));
    for (const text of ['a', 'b', 'c']) await queue.enqueue('dev-eu', 'quick', { version: 1, text }, { id: 'one' });
    expect(await queue.waiting('dev-eu', 'quick')).toBe(1);
    const done = collecting();
    await bench.consumer({ table: testJobs, handlers: { quick: done.handler } });
    await expect.poll(() => done.texts).toEqual(['a']);
  });

  test('that is finished swallows the next of its id, unless it is queued again', async () => {
    const queue = untyped(await bench.producer(testJobs));
    const done = collecting();
    await bench.consumer({ table: testJobs, handlers: { quick: done.handler } });
    const enqueue = (text: string, again: boolean) =>
      queue.enqueue('dev-eu', 'quick', { version: 1, text }, { id: 'one', again });
    await enqueue('first', false);
    await expect.poll(() => done.texts).toEqual(['first']);
    await expect
      .poll(async () => {
        await enqueue('again', true);
        return done.texts;
      })
      .toContain('again');
  });

  test('may be delayed', async () => {
    const queue = untyped(await bench.producer(testJobs));
    const done = collecting();
    await bench.consumer({ table: testJobs, handlers: { quick: done.handler } });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'later' }, { delayMs: 300 });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'now' });
    await expect.poll(() => done.texts).toEqual(['now', 'later']);
  });

  test('that the table does not know, or of another shape, is not queued', async () => {
    const queue = untyped(await bench.producer(testJobs));
    await expect(queue.enqueue('dev-eu', 'other', {})).rejects.toThrow('there is no job');
    await expect(queue.enqueue('dev-eu', 'quick', { version: 2, text: 'x' })).rejects.toThrow('another shape');
    await expect(queue.enqueue('dev:eu', 'quick', { version: 1, text: 'x' })).rejects.toThrow('cannot contain :');
  });
});

describe('classes', () => {
  test('a sweep that fills its slots makes no person wait', async () => {
    const queue = untyped(await bench.producer(testJobs));
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const running: string[] = [];
    const done = collecting();
    const slow = async ({ text }: Data): Promise<void> => {
      running.push(text);
      await released;
    };
    await bench.consumer({ table: testJobs, handlers: { quick: done.handler, slow } });
    for (let sweep = 0; sweep < 20; sweep += 1) {
      await queue.enqueue('dev-eu', 'slow', { version: 1, text: `sweep ${sweep}` });
    }
    await expect.poll(() => running).toEqual(['sweep 0']);
    const started = performance.now();
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'person' });
    await expect.poll(() => done.texts, { interval: 5 }).toEqual(['person']);
    expect(performance.now() - started).toBeLessThan(1500);
    expect(running).toEqual(['sweep 0']);
    expect(await queue.waiting('dev-eu', 'slow')).toBe(19);
    release();
    await expect.poll(() => running, { timeout: 5000 }).toHaveLength(20);
  });
});

describe('a job that a worker cannot read', () => {
  test('is refused with its reason after another worker had the chance, and the worker goes on', async () => {
    const future = { ...testJobs, unheard: testJobs['quick']! };
    const queue = untyped(await bench.producer(future));
    const refused: unknown[] = [];
    const done = collecting();
    await bench.consumer({
      table: testJobs,
      handlers: { quick: done.handler },
      onRefused: async (name, data, why) => void refused.push([name, data, why]),
    });
    await queue.enqueue('dev-eu', 'unheard', { version: 1, text: 'from the future' });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'known' });
    await expect.poll(() => done.texts).toEqual(['known']);
    await expect
      .poll(() => refused, { timeout: 10_000 })
      .toEqual([['unheard', { version: 1, text: 'from the future' }, 'there is no job "unheard" here']]);
  });

  test('may be taken by a newer worker of the same cluster', async () => {
    const future = { ...testJobs, unheard: testJobs['quick']! };
    const queue = untyped(await bench.producer(future));
    const done = collecting();
    const refused: string[] = [];
    const onRefused = async (name: string) => void refused.push(name);
    const old = await bench.consumer({ table: testJobs, handlers: {}, onRefused });
    await queue.enqueue('dev-eu', 'unheard', { version: 1, text: 'from the future' });
    await expect.poll(() => queue.waiting('dev-eu', 'unheard')).toBe(0);
    await old.stop(100);
    await bench.consumer({ table: future, handlers: { unheard: done.handler }, onRefused });
    await expect.poll(() => done.texts, { timeout: 10_000 }).toEqual(['from the future']);
    expect(refused).toEqual([]);
  });
});

describe('ending', () => {
  const forever =
    (seen: string[]) =>
    (_: Data, { signal, stopping }: JobContext) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          seen.push(stopping.aborted ? 'stopping' : 'deadline');
          resolve();
        });
        seen.push('started');
      });

  test('lets a running job finish', async () => {
    const queue = untyped(await bench.producer(testJobs));
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const quick = async (_: Data, { signal }: JobContext): Promise<void> => {
      seen.push('started');
      await released;
      seen.push(signal.aborted ? 'aborted' : 'finished');
    };
    const consumer = await bench.consumer({ table: testJobs, handlers: { quick } });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'x' });
    await expect.poll(() => seen).toEqual(['started']);
    const stopped = consumer.stop(5000);
    release();
    await stopped;
    expect(seen).toEqual(['started', 'finished']);
  });

  test('aborts a running job at the deadline of the stop', async () => {
    const queue = untyped(await bench.producer(testJobs));
    const seen: string[] = [];
    const consumer = await bench.consumer({ table: testJobs, handlers: { quick: forever(seen) } });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'x' });
    await expect.poll(() => seen).toEqual(['started']);
    await consumer.stop(50);
    expect(seen).toEqual(['started', 'stopping']);
  });

  test('is not held up by a job that does not listen', async () => {
    const queue = untyped(await bench.producer(testJobs));
    const seen: string[] = [];
    const quick = (): Promise<void> => {
      seen.push('started');
      return new Promise(() => {});
    };
    const consumer = await bench.consumer({ table: testJobs, handlers: { quick }, graceMs: 100 });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'x' });
    await expect.poll(() => seen).toEqual(['started']);
    const started = performance.now();
    await consumer.stop(50);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('a job that overruns its deadline is aborted, and loses its slot when it does not listen', async () => {
    const queue = untyped(await bench.producer(testJobs));
    const seen: string[] = [];
    const slots = { person: 1, further: 1, change: 1, alert: 1, sweep: 1 };
    let first = true;
    const quick = (data: Data, context: JobContext): Promise<void> => {
      if (!first) return forever(seen)(data, context);
      first = false;
      seen.push('deaf');
      return new Promise(() => {});
    };
    await bench.consumer({ table: testJobs, handlers: { quick }, slots, deadlineMs: 100, graceMs: 50 });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'x' }, { id: 'a' });
    await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'y' }, { id: 'b' });
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['deaf', 'started', 'deadline']);
  });
});

test('a producer fails within a second while Redis is down or silent, and works again afterwards', async () => {
  const own = await startRedis();
  const ownBench = queueBench(own.url);
  const queue = untyped(await ownBench.producer(testJobs));
  const done = collecting();
  await ownBench.consumer({ table: testJobs, handlers: { quick: done.handler } });
  const fails = async (text: string): Promise<void> => {
    const started = performance.now();
    await expect(queue.enqueue('dev-eu', 'quick', { version: 1, text })).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(1500);
  };
  await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'before' });
  own.pause();
  await fails('silent');
  own.resume();
  await own.stop();
  await fails('gone');
  await fails('still gone');
  await own.start();
  await expect
    .poll(
      async () => {
        await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'after' }, { id: 'after' }).catch(() => {});
        return done.texts;
      },
      { timeout: 15_000 },
    )
    .toContain('after');
  await ownBench.end();
  await own.close();
});

test('a producer that starts while Redis is down works once it is there', async () => {
  const own = await startRedis();
  const ownBench = queueBench(own.url);
  const queue = untyped(await ownBench.producer(testJobs));
  await own.stop();
  await expect(queue.enqueue('dev-eu', 'quick', { version: 1, text: 'x' })).rejects.toThrow();
  await own.start();
  await expect
    .poll(
      async () => {
        await queue.enqueue('dev-eu', 'quick', { version: 1, text: 'x' }).catch(() => {});
        return queue.waiting('dev-eu', 'quick').catch(() => 0);
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThan(0);
  await ownBench.end();
  await own.close();
});
