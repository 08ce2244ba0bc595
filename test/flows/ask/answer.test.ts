import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import type { Diagnose } from '../../../src/flows/ask/answer.ts';
import { ask } from '../../../src/flows/ask/ask.ts';
import type { Ask } from '../../../src/model/ask/ask.ts';
import { openBot, openSlack, openWorker, type TestBot, type TestSlack, type TestWorker } from '../../support/asking.ts';
import { sampleAsk, sampleReport } from '../../support/asks.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

const web = { kind: 'Deployment', namespace: 'prod', name: 'web' } as const;
const quickly: Diagnose = () => Promise.resolve({ kind: 'report', report: sampleReport() });

let redis: TestRedis;
let prefix: string;
let bots: readonly [TestBot, TestBot];
let slack: TestSlack;
const workers: TestWorker[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  prefix = `answer-${randomUUID()}`;
  bots = [await openBot(redis.url, prefix), await openBot(redis.url, prefix)];
  slack = openSlack(bots[0].store);
});
afterEach(async () => {
  await slack.end();
  await Promise.all(workers.splice(0).map((worker) => worker.end()));
  await Promise.all(bots.map((bot) => bot.end()));
});

async function work(diagnose: Diagnose, over: Parameters<typeof openWorker>[3] = {}): Promise<TestWorker> {
  const worker = await openWorker(redis.url, prefix, diagnose, over);
  workers.push(worker);
  return worker;
}

/** How often each message was first posted or changed to something new, by kind. */
function posted(kind: 'parent' | 'report', askId: string): number {
  return slack.history.filter(({ id }) => id === `ask:${askId}:${kind}`).length;
}

async function asked(question: Ask = sampleAsk()): Promise<Ask> {
  await ask(question, bots[0]);
  return question;
}

describe('every outcome', () => {
  test('a report: the parent is done and one reply shows it', async () => {
    await work(quickly);
    const { id } = await asked();
    await expect.poll(() => slack.reply(id)).toMatchObject({ view: 'report', report: sampleReport(), showAll: false });
    expect(slack.reply(id)).not.toHaveProperty('mention');
    expect(slack.parent(id)).toMatchObject({
      state: 'done',
      result: { status: 'healthy', problems: 0, subject: 'deployment/web', namespace: 'prod', durationMs: 2100 },
    });
    const [bot] = bots;
    const body = slack.reply(id);
    expect(await bot.reports.get('T1', body?.view === 'report' ? body.reportId : '')).toEqual(sampleReport());
    await expect.poll(() => bot.asks.unsettled(0)).toEqual([]);
  });

  test('a report that took longer than 10 s mentions the asker', async () => {
    await work(quickly);
    const { id } = await asked(sampleAsk({ askedAt: new Date(Date.now() - 11_000).toISOString() }));
    await expect.poll(() => slack.reply(id)).toMatchObject({ view: 'report', mention: 'U1' });
  });

  test('several candidates: a question', async () => {
    const candidates = [web, { ...web, namespace: 'test' }];
    await work(() => Promise.resolve({ kind: 'ambiguous', candidates }));
    const { id } = await asked();
    await expect.poll(() => slack.reply(id)).toMatchObject({ view: 'choice', candidates, cluster: 'dev-eu' });
    expect(slack.parent(id)).toMatchObject({ state: 'done', progress: 'which one?' });
  });

  test('nothing there: a notice with similar names', async () => {
    const message = 'There is no deployment/wep in prod.';
    await work(() => Promise.resolve({ kind: 'absent', certain: true, message, near: [web] }));
    const { id } = await asked();
    await expect
      .poll(() => slack.reply(id))
      .toEqual({
        view: 'notice',
        tone: 'warning',
        text: 'There is no deployment/wep in prod.',
        remedy: 'Did you mean deployment/web -n prod?',
      });
    expect(slack.parent(id)).toMatchObject({ state: 'failed', progress: 'not found' });
  });

  test('what could not be read is not said to be missing', async () => {
    const message = 'deployment/web could not be read: the API server answered 500.';
    await work(() => Promise.resolve({ kind: 'absent', certain: false, message, near: [] }));
    const { id } = await asked();
    await expect.poll(() => slack.reply(id)).toMatchObject({ view: 'notice', text: message });
    expect(slack.parent(id)).toMatchObject({ state: 'failed', progress: 'could not be read' });
  });

  test('a bug: a notice with the incident that the log has', async () => {
    const worker = await work(() => Promise.reject(new Error('a secret detail')));
    const { id } = await asked();
    await expect.poll(() => slack.reply(id)).toMatchObject({ view: 'notice', tone: 'error' });
    const [line = { message: '', fields: {} }] = worker.log;
    expect(line).toMatchObject({ message: 'job failed', fields: { error: { message: 'a secret detail' } } });
    const body = slack.reply(id);
    const text = body?.view === 'notice' ? body.text : '';
    const { incident } = line.fields as { readonly incident: string };
    expect(text).toContain(incident);
    expect(text).not.toContain('a secret detail');
  });

  test('a mistake of the person: shown as written', async () => {
    await work(() => Promise.reject(new UserError('Too broad.', { remedy: 'Name a namespace.' })));
    const { id } = await asked();
    await expect.poll(() => slack.reply(id)).toMatchObject({ view: 'notice', text: 'Too broad. Name a namespace.' });
  });

  test('a diagnosis that ignores its deadline: an honest notice', async () => {
    await work(() => new Promise(() => {}), { deadlineMs: 100, times: { graceMs: 50 } });
    const { id } = await asked();
    await expect
      .poll(() => slack.reply(id))
      .toMatchObject({ text: 'Checking web took too long and was ended. Ask again.' });
  });

  test('a job of a newer bot: the askers hear that the worker is older', async () => {
    const worker = await work(quickly);
    const question = sampleAsk();
    const [bot] = bots;
    const newer: TestBot['queue'] = {
      ...bot.queue,
      enqueue: async (cluster, name, data, options) => {
        await bot.queue.enqueue(cluster, name, data, options);
        const client = bot.store.client;
        for (const key of await client.keys(`${bot.store.queuePrefix}:work-dev-eu:flight-*`)) {
          await client.hset(key, 'data', JSON.stringify({ ...data, version: 2 }));
        }
      },
    };
    await worker.stop(0);
    await bot.workers.beat({ cluster: 'dev-eu', id: 'x', version: '1', seenAt: '', missingRights: [], jobs: [] });
    await ask(question, { ...bot, queue: newer });
    await work(quickly);
    await expect
      .poll(() => slack.reply(question.id), { timeout: 10_000 })
      .toMatchObject({
        view: 'notice',
        text: expect.stringContaining('Worker and bot are of different releases'),
      });
  });
});

describe('many at once', () => {
  test('200 questions for one workload are one diagnosis and 200 answers', async () => {
    let runs = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const once: Diagnose = async () => {
      runs += 1;
      await released;
      return { kind: 'report', report: sampleReport() };
    };
    await work(once);
    await work(once);
    const questions = Array.from({ length: 200 }, (_, index) =>
      sampleAsk({ channel: `C${index % 20}`, user: `U${index}` }),
    );
    await Promise.all(questions.map((question, index) => ask(question, index % 2 === 0 ? bots[0] : bots[1])));
    release();
    await expect
      .poll(() => questions.filter(({ id }) => slack.reply(id)?.view === 'report').length, { timeout: 15_000 })
      .toBe(200);
    expect(runs).toBe(1);
    for (const { id, user } of questions) {
      expect(posted('report', id)).toBe(1);
      expect(slack.parent(id)).toMatchObject({ state: 'done', user });
    }
  });

  test('questions that arrive while answers land are all answered once, by two workers and two bots', async () => {
    await work(quickly);
    await work(quickly);
    const lanes = Array.from({ length: 8 }, () => Array.from({ length: 25 }, () => sampleAsk()));
    await Promise.all(
      lanes.map(async (lane, index) => {
        for (const question of lane) await ask(question, index % 2 === 0 ? bots[0] : bots[1]);
      }),
    );
    const everyone = lanes.flat();
    await expect
      .poll(() => everyone.filter(({ id }) => slack.reply(id)?.view === 'report').length, { timeout: 15_000 })
      .toBe(200);
    for (const { id } of everyone) {
      expect(posted('report', id)).toBe(1);
      expect(slack.parent(id)?.state).toBe('done');
    }
  });
});

describe('while it takes long', () => {
  test('the parent says how far it is, with the time that passed, also to who joins later', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await work(
      async (_, { onProgress }) => {
        onProgress('reading pods');
        await released;
        return { kind: 'report', report: sampleReport() };
      },
      { times: { progressMs: 50 } },
    );
    const first = await asked();
    await expect.poll(() => slack.parent(first.id)).toMatchObject({ state: 'checking', progress: 'reading pods…' });
    const second = await asked();
    await expect
      .poll(() => [first, second].map(({ id }) => slack.parent(id)?.progress), { timeout: 5000 })
      .toEqual(['reading pods… 2 s', 'reading pods… 2 s']);
    release();
    await expect.poll(() => [first, second].map(({ id }) => slack.parent(id)?.state)).toEqual(['done', 'done']);
  });

  test('a queued question says what it waits for', async () => {
    const [bot] = bots;
    await bot.workers.beat({ cluster: 'dev-eu', id: 'x', version: '1', seenAt: '', missingRights: [], jobs: [] });
    const first = await asked();
    const second = await asked(sampleAsk({ target: { type: 'image', reference: 'nginx' } }));
    await expect
      .poll(() => slack.parent(first.id)?.progress, { timeout: 5000 })
      .toMatch(/^waiting for worker dev-eu, nobody before you, last seen \d+ s ago$/);
    await expect.poll(() => slack.parent(second.id)?.progress, { timeout: 5000 }).toMatch(/1 before you/);
    expect(await bot.queue.waiting('dev-eu', 'diagnose')).toBe(2);
  });
});

describe('a worker that stops', () => {
  test('gives its flight back, and another answers', async () => {
    const stuck: Diagnose = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const first = await work(stuck);
    const { id } = await asked();
    await expect.poll(() => slack.parent(id)?.state, { timeout: 5000 }).toBe('checking');
    await work(quickly);
    await first.stop(50);
    await expect.poll(() => slack.reply(id)?.view, { timeout: 5000 }).toBe('report');
    expect(posted('report', id)).toBe(1);
    expect((await bots[0].workers.alive('dev-eu')).length).toBe(1);
  });

  test('tells nobody anything once another has taken its flight', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let signalled = false;
    const paused: Diagnose = async (_, { signal }) => {
      signal.addEventListener('abort', () => {
        signalled = true;
      });
      await released;
      return { kind: 'report', report: sampleReport({ notes: ['late'] }) };
    };
    // It does not renew its hold until it wakes up, as a worker does whose machine was suspended; its slot is taken.
    let awake = false;
    await work(paused, {
      slots: 1,
      spoil: ({ asks }) => ({
        asks: {
          ...asks,
          hold: (flight, holder) => asks.hold(flight, holder, 100),
          renew: async (flight, holder, leaseMs) => !awake || asks.renew(flight, holder, leaseMs),
        },
      }),
      times: { leaseMs: 300, progressMs: 50 },
    });
    const { id } = await asked();
    const [bot] = bots;
    await expect.poll(() => slack.parent(id)?.state, { timeout: 5000 }).toBe('checking');
    await work(quickly);
    await expect.poll(() => slack.reply(id)?.view, { timeout: 5000 }).toBe('report');
    awake = true;
    await expect.poll(() => signalled, { timeout: 5000 }).toBe(true);
    release();
    expect(slack.reply(id)).toMatchObject({ report: { notes: [] } });
    await expect.poll(() => bot.asks.lost(0)).toEqual([]);
    expect(posted('report', id)).toBe(1);
  });
});
