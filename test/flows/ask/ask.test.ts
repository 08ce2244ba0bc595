import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UnavailableError, UserError } from '../../../src/errors.ts';
import { ask } from '../../../src/flows/ask/ask.ts';
import { flightOf } from '../../../src/model/ask/ask.ts';
import { openBot, type TestBot } from '../../support/asking.ts';
import { sampleAsk } from '../../support/asks.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

const worker = { cluster: 'dev-eu', id: 'w1', version: '1.0.0', seenAt: '', missingRights: [], jobs: [] };

let redis: TestRedis;
let bot: TestBot;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  bot = await openBot(redis.url, `ask-${randomUUID()}`, { loops: false });
});
afterEach(() => bot.end());

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error('it was not refused', { cause: error });
  return error;
}

describe('ask', () => {
  test('records the question, queues its job and shows that it waits', async () => {
    await bot.workers.beat(worker);
    const question = sampleAsk({ id: 'Q1' });
    expect(await ask(question, bot)).toBe('first');
    const record = { ...question, id: 'T1/Q1' };
    expect(await bot.asks.get('T1/Q1')).toEqual(record);
    expect(await bot.queue.waiting('dev-eu', 'diagnose')).toBe(1);
    const [row] = await bot.store.outbox.pending({ team: 'T1', channel: 'C1' });
    expect(row?.message).toMatchObject({
      id: 'ask:T1/Q1:parent',
      urgency: 'answer',
      body: { view: 'ask', state: 'queued', user: 'U1', askId: 'T1/Q1' },
    });
  });

  test('joins the flight of the same target, and queues nothing more', async () => {
    await bot.workers.beat(worker);
    const questions = Array.from({ length: 50 }, () => sampleAsk());
    const joined = await Promise.all(questions.map((question) => ask(question, bot)));
    expect(joined.filter((how) => how === 'first')).toHaveLength(1);
    expect(await bot.queue.waiting('dev-eu', 'diagnose')).toBe(1);
    expect(await bot.asks.waiting(flightOf(sampleAsk()))).toHaveLength(50);
    expect(await bot.store.outbox.pending({ team: 'T1', channel: 'C1' })).toHaveLength(50);
  });

  test('is answered in its thread when it was asked there', async () => {
    await bot.workers.beat(worker);
    await ask(sampleAsk({ threadTs: '5.5' }), bot);
    const [row] = await bot.store.outbox.pending({ team: 'T1', channel: 'C1' });
    expect(row).toMatchObject({ threadTs: '5.5', message: { thread: { ts: '5.5' } } });
  });

  test('delivered twice is one question', async () => {
    await bot.workers.beat(worker);
    const question = sampleAsk();
    expect([await ask(question, bot), await ask(question, bot)]).toEqual(['first', 'joined']);
    expect(await bot.asks.waiting(flightOf(question))).toHaveLength(1);
  });

  test('is refused at once when no worker of the cluster was ever seen, and leaves nothing', async () => {
    const error = await refusal(ask(sampleAsk(), bot));
    expect(error.message).toBe('No worker for cluster dev-eu has ever been seen.');
    expect(error.remedy).toContain('dev-eu');
    expect(await bot.asks.lost(0)).toEqual([]);
    expect(await bot.store.outbox.pending({ team: 'T1', channel: 'C1' })).toEqual([]);
  });

  test('is refused at once when the last worker signed off, and says since when', async () => {
    await bot.workers.beat(worker);
    await bot.workers.gone('dev-eu', 'w1');
    const error = await refusal(ask(sampleAsk(), bot));
    expect(error.message).toMatch(/^No worker for cluster dev-eu has been seen since 20\d\d-.*Z\.$/);
  });

  test('is dropped when its job cannot be queued', async () => {
    await bot.workers.beat(worker);
    const queue = { ...bot.queue, enqueue: () => Promise.reject(new UnavailableError('no queue')) };
    const error = await refusal(ask(sampleAsk(), { ...bot, queue }));
    expect(error.message).toContain('can’t take questions right now');
    expect(await bot.asks.lost(0)).toEqual([]);
    expect(await bot.store.outbox.pending({ team: 'T1', channel: 'C1' })).toEqual([]);
  });

  test('is refused within a second, and not answered later, when recording hangs', async () => {
    await bot.workers.beat(worker);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const asks: TestBot['asks'] = {
      ...bot.asks,
      open: async (record) => {
        await released;
        return bot.asks.open(record);
      },
    };
    const question = sampleAsk();
    const started = performance.now();
    await refusal(ask(question, { ...bot, asks }));
    expect(performance.now() - started).toBeLessThan(1600);
    release();
    await expect.poll(() => bot.asks.waiting(flightOf(question))).toEqual([]);
    await expect.poll(() => bot.asks.lost(0)).toEqual([]);
    expect(await bot.queue.waiting('dev-eu', 'diagnose')).toBe(0);
  });
});

test('with Redis stopped or silent the person hears it within a second', async () => {
  const own = await startRedis();
  const ownBot = await openBot(own.url, 'down', { loops: false });
  await ownBot.workers.beat(worker);
  await ask(sampleAsk(), ownBot);
  for (const away of [async () => own.pause(), () => own.stop()]) {
    await away();
    const started = performance.now();
    const error = await refusal(ask(sampleAsk(), ownBot));
    expect(performance.now() - started).toBeLessThan(1500);
    expect(error.message).toBe('imagecheck can’t take questions right now: its queue isn’t responding.');
    own.resume();
  }
  await ownBot.end();
  await own.close();
});
