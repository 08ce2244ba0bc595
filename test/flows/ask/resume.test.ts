import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask } from '../../../src/flows/ask/ask.ts';
import { resume, usualResumeOptions } from '../../../src/flows/ask/resume.ts';
import { type Ask, flightOf } from '../../../src/model/ask/ask.ts';
import { usualResumeEveryMs } from '../../../src/roles.ts';
import { openBot, openSlack, openWorker, type TestBot, type TestSlack } from '../../support/asking.ts';
import { sampleAsk, sampleReport } from '../../support/asks.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

const workerFile = fileURLToPath(new URL('../../support/worker-process.ts', import.meta.url));
/** What the product promises after a SIGKILL (docs/architecture.md#processes). */
const takeoverMs = 15_000;
const state = { cluster: 'dev-eu', id: 'x', version: '1', seenAt: '', missingRights: [], jobs: [] };

let redis: TestRedis;
let prefix: string;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(() => {
  prefix = `resume-${randomUUID()}`;
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** The product's own times. */
const usual = { resume: usualResumeOptions, everyMs: usualResumeEveryMs };

/** Two bots, with shorter times than the product's unless told, and their Slack. */
async function twoBots(own = redis, times = {}): Promise<{ readonly bot: TestBot; readonly slack: TestSlack }> {
  const [bot, other] = [await openBot(own.url, prefix, times), await openBot(own.url, prefix, times)];
  const slack = openSlack(bot.store);
  ends.push(
    () => other.end(),
    () => bot.end(),
    () => slack.end(),
  );
  return { bot, slack };
}

interface WorkerProcess {
  readonly process: ChildProcess;
  /** Resolves once the process has printed this line. */
  says(line: string): Promise<void>;
  readonly exited: Promise<unknown>;
}

async function workerProcess(behaviour: string, ...leaseMs: readonly string[]): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [workerFile, redis.url, prefix, behaviour, ...leaseMs], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  ends.push(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const says = (line: string) =>
    expect
      .poll(() => output.split('\n').includes(line) || child.exitCode !== null || child.signalCode !== null, {
        timeout: 15_000,
      })
      .toBe(true);
  await says('ready');
  return { process: child, says, exited };
}

async function answeredOnce(slack: TestSlack, questions: readonly Ask[]): Promise<void> {
  await expect
    .poll(() => questions.map(({ id }) => slack.reply(id)?.view), { timeout: takeoverMs })
    .toEqual(questions.map(() => 'report'));
  for (const { id } of questions) {
    expect(slack.history.filter((message) => message.id === `ask:${id}:report`)).toHaveLength(1);
    await expect.poll(() => slack.parent(id)?.state).toBe('done');
  }
}

describe('a worker that is killed', { timeout: 60_000 }, () => {
  test('in the middle of a diagnosis: another takes over within 15 s, one report for each question', async () => {
    const { bot, slack } = await twoBots(redis, usual);
    const doomed = await workerProcess('hang');
    const questions = [sampleAsk(), sampleAsk(), sampleAsk()];
    for (const question of questions) await ask(question, bot);
    await doomed.says('diagnosing');
    await workerProcess('answer');
    const killedAt = performance.now();
    doomed.process.kill('SIGKILL');
    await answeredOnce(slack, questions);
    expect(performance.now() - killedAt).toBeLessThan(takeoverMs);
    expect(await bot.asks.waiting(flightOf(sampleAsk()))).toEqual([]);
  });

  test.each(['die-landed', 'die-telling'])('%s: the bots tell the rest, without a worker', async (behaviour) => {
    const { bot, slack } = await twoBots();
    await bot.workers.beat(state);
    const questions = [sampleAsk(), sampleAsk(), sampleAsk()];
    for (const question of questions) await ask(question, bot);
    const doomed = await workerProcess(behaviour);
    await doomed.exited;
    await answeredOnce(slack, questions);
    await expect.poll(() => bot.asks.unsettled(500), { timeout: takeoverMs }).toEqual([]);
  });

  test('twice by the same question: it is given up with an honest notice', async () => {
    const { bot, slack } = await twoBots();
    const question = sampleAsk();
    const first = await workerProcess('die-diagnosing', '300');
    await ask(question, bot);
    await first.exited;
    const second = await workerProcess('die-diagnosing', '300');
    await second.exited;
    await expect
      .poll(() => slack.reply(question.id), { timeout: takeoverMs })
      .toMatchObject({
        view: 'notice',
        tone: 'error',
        text: expect.stringContaining('stopped two workers of cluster dev-eu'),
      });
    expect(slack.parent(question.id)?.state).toBe('failed');
  });
});

test('workers that are stopped give their question back, however often', { timeout: 60_000 }, async () => {
  const { bot, slack } = await twoBots();
  const question = sampleAsk();
  await bot.workers.beat(state);
  await ask(question, bot);
  for (let drained = 0; drained < 4; drained += 1) {
    const begun = Promise.withResolvers<void>();
    const worker = await openWorker(redis.url, prefix, () => {
      begun.resolve();
      return new Promise(() => {});
    });
    ends.push(() => worker.end());
    await begun.promise;
    await worker.end();
    expect(await bot.asks.deaths(flightOf(question))).toBe(0);
  }
  const last = await openWorker(redis.url, prefix, async () => ({ kind: 'report', report: sampleReport() }));
  ends.push(() => last.end());
  await answeredOnce(slack, [question]);
});

test('Redis stopped and started again: nothing that was acknowledged is lost', { timeout: 60_000 }, async () => {
  const own = await startRedis();
  ends.push(() => own.close());
  const { bot, slack } = await twoBots(own);
  await bot.workers.beat(state);
  const names = ['a', 'b', 'c', 'd'];
  const questions = names.map((name) => sampleAsk({ target: { type: 'workload', name } }));
  for (const question of questions) await ask(question, bot);
  await own.stop('SIGKILL');
  await expect(ask(sampleAsk(), bot)).rejects.toThrow('can’t take questions');
  await own.start();
  const report = () => Promise.resolve({ kind: 'report', report: sampleReport() } as const);
  const worker = await openWorker(own.url, prefix, report);
  ends.push(() => worker.end());
  await answeredOnce(slack, questions);
});

test('Redis away in the middle of a diagnosis: the answer comes when it is back', { timeout: 60_000 }, async () => {
  const own = await startRedis();
  ends.push(() => own.close());
  const { bot, slack } = await twoBots(own);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let runs = 0;
  const worker = await openWorker(own.url, prefix, async () => {
    runs += 1;
    await released;
    return { kind: 'report', report: sampleReport() };
  });
  ends.push(() => worker.end());
  const question = sampleAsk();
  await ask(question, bot);
  await expect.poll(() => runs).toBe(1);
  await own.stop();
  release();
  await own.start();
  await answeredOnce(slack, [question]);
});

describe('resume', () => {
  const options = (troubles: string[], over = {}) => ({
    ...usualResumeOptions,
    lostAfterMs: 0,
    ...over,
    onTrouble: (what: string) => void troubles.push(what),
  });

  test('queues a flight whose job was lost, once, by any number of bots', async () => {
    const bot = await openBot(redis.url, prefix, { loops: false });
    ends.push(() => bot.end());
    await bot.workers.beat(state);
    const question = sampleAsk();
    await bot.asks.open(question);
    expect(await bot.queue.waiting('dev-eu', 'diagnose')).toBe(0);
    await Promise.all(Array.from({ length: 5 }, () => resume(bot, options([]))));
    expect(await bot.queue.waiting('dev-eu', 'diagnose')).toBe(1);
    await resume(bot, options([]));
    expect(await bot.queue.waiting('dev-eu', 'diagnose')).toBe(1);
  });

  test('gives up what waits too long without any worker, and says when the last one was seen', async () => {
    const bot = await openBot(redis.url, prefix, { loops: false });
    ends.push(() => bot.end());
    await bot.workers.beat(state);
    await bot.workers.gone('dev-eu', state.id);
    const question = sampleAsk();
    await bot.asks.open(question);
    await resume(bot, options([]));
    expect(await bot.asks.waiting(flightOf(question))).toHaveLength(1);
    await expect
      .poll(async () => {
        await resume(bot, options([], { patienceMs: 1 }));
        return bot.asks.waiting(flightOf(question));
      })
      .toEqual([]);
    const rows = await bot.store.outbox.pending({ team: 'T1', channel: 'C1' });
    expect(rows.map(({ message }) => message.body)).toMatchObject([
      { view: 'ask', state: 'failed' },
      { view: 'notice', text: expect.stringMatching(/^No worker for cluster dev-eu has been seen since 20/) },
    ]);
  });

  test('one record that cannot be resumed does not stop the others', async () => {
    const bot = await openBot(redis.url, prefix, { loops: false });
    ends.push(() => bot.end());
    await bot.workers.beat(state);
    const [bad, good] = [sampleAsk({ cluster: 'broken' }), sampleAsk()];
    await bot.asks.open(bad);
    await bot.asks.open(good);
    const queue: TestBot['queue'] = {
      ...bot.queue,
      enqueue: (cluster, ...rest) =>
        cluster === 'broken' ? Promise.reject(new Error('no such queue')) : bot.queue.enqueue(cluster, ...rest),
    };
    const troubles: string[] = [];
    await resume({ ...bot, queue }, options(troubles));
    expect(troubles).toEqual([flightOf(bad)]);
    expect(await bot.queue.waiting('dev-eu', 'diagnose')).toBe(1);
  });

  test('a loop over forged records goes on', async () => {
    const bot = await openBot(redis.url, prefix, { resume: { lostAfterMs: 0 }, everyMs: 10 });
    ends.push(() => bot.end());
    const root = bot.store.queuePrefix.replace(':queue', '');
    await bot.workers.beat(state);
    await bot.store.client.set(`${root}:flights`, 'garbage');
    await bot.store.client.hset(`${root}:landings`, 'garbage', '1');
    await expect.poll(() => bot.log.length).toBeGreaterThan(2);
    await bot.store.client.del(`${root}:flights`, `${root}:landings`);
    await bot.store.client.zadd(`${root}:landings`, 0, 'T1/x');
    const forged = {
      flight: '%zz/y',
      answer: JSON.stringify({ v: 1, d: { kind: 'report', reportId: 'r' } }),
      asks: '[]',
    };
    await bot.store.client.hset(`${root}:T1:landing:T1/x`, { ...forged, landedAt: 'soon' });
    await bot.asks.open(sampleAsk());
    await expect.poll(() => bot.queue.waiting('dev-eu', 'diagnose')).toBe(1);
  });
});
