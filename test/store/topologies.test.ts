import { afterEach, describe, expect, test } from 'vitest';
import { ask } from '../../src/flows/ask.ts';
import { closeRedis, connectRedis, waitForRedis } from '../../src/store/connection.ts';
import { openBot, openSlack, openWorker } from '../support/asking.ts';
import { sampleAsk, sampleReport } from '../support/asks.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(options: Parameters<typeof startRedis>[0]): Promise<TestRedis> {
  const redis = await startRedis(options);
  ends.push(() => redis.close());
  return redis;
}

async function command(redis: TestRedis, name: string, ...args: readonly string[]): Promise<unknown> {
  const client = connectRedis(redis.url, { role: 'worker' });
  try {
    return await client.call(name, ...args);
  } finally {
    await closeRedis(client);
  }
}

/** The whole way of a question: every script, the queue, wake-ups. */
async function answersOver(url: string): Promise<void> {
  const bot = await openBot(url, 'topology');
  const slack = openSlack(bot.store);
  const diagnose = () => Promise.resolve({ kind: 'report', report: sampleReport() } as const);
  const worker = await openWorker(url, 'topology', diagnose);
  ends.push(
    () => bot.end(),
    () => slack.end(),
    () => worker.end(),
  );
  const questions = [sampleAsk(), sampleAsk({ target: { type: 'image', reference: 'nginx' } })];
  for (const question of questions) await ask(question, bot);
  for (const { id } of questions) await expect.poll(() => slack.reply(id)?.view, { timeout: 10_000 }).toBe('report');
  await bot.store.contents.put('sha256:a', 'content');
  expect(await bot.store.contents.get('sha256:a')).toBe('content');
  expect(bot.log).toEqual([]);
}

describe('a question is answered over', () => {
  test('Redis Cluster', async () => {
    const node = await start({ settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } });
    await command(node, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await expect.poll(() => command(node, 'CLUSTER', 'INFO'), { timeout: 10_000 }).toContain('cluster_state:ok');
    await answersOver(node.url.replace('redis://', 'redis+cluster://'));
  });

  test('Sentinel, and goes on with the new master after a failover', { timeout: 60_000 }, async () => {
    const master = await start({});
    const replica = await start({ settings: { replicaof: `127.0.0.1 ${master.port}` } });
    const sentinel = await start({
      sentinel: [
        `sentinel monitor main 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds main 500',
        'sentinel failover-timeout main 2000',
      ].join('\n'),
    });
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/main`;
    await answersOver(url);
    await expect.poll(() => command(master, 'INFO', 'replication'), { timeout: 15_000 }).toContain('state=online');
    await expect.poll(() => command(sentinel, 'INFO', 'sentinel'), { timeout: 15_000 }).toContain('slaves=1');
    const client = connectRedis(url, { role: 'worker' });
    ends.push(() => closeRedis(client));
    await waitForRedis(client, 5000);
    await client.set('kept', 'yes');
    await command(master, 'WAIT', '1', '1000');
    await expect.poll(() => command(replica, 'GET', 'kept'), { timeout: 5000 }).toBe('yes');
    await master.stop('SIGKILL');
    await expect.poll(() => client.get('kept'), { timeout: 30_000 }).toBe('yes');
    expect(await client.set('more', 'yes')).toBe('OK');
  });
});
