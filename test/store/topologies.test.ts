import { afterEach, describe, expect, test } from 'vitest';
import { ask } from '../../src/flows/ask/ask.ts';
import { verifyChain } from '../../src/model/audit/audit-chain.ts';
import { closeRedis, connectRedis, waitForRedis } from '../../src/store/redis/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { sampleApproval, sampleEvent } from '../support/approval-samples.ts';
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
  await changesOver(bot.store);
  expect(bot.log).toEqual([]);
}

/** The whole way of a record that changes, and of the chain behind it. */
async function changesOver({ approvals, audit }: Store): Promise<void> {
  const approval = sampleApproval({ state: 'approved' });
  const { team, id } = approval;
  expect(await approvals.create(approval, { audit: [sampleEvent()] })).toBe('created');
  expect(await approvals.hold(team, id, 'a', 1000)).toBe(true);
  expect(await approvals.renew(team, id, 'a', 1000)).toBe(true);
  await approvals.release(team, id, 'a');
  expect(await approvals.due(0)).toHaveLength(1);
  const change = { audit: [sampleEvent(), sampleEvent()] };
  expect(await approvals.change({ ...approval, state: 'done' }, change)).toMatchObject({ revision: 1 });
  expect(await approvals.expired(0)).toEqual([]);
  expect(await approvals.list(team, { limit: 9 })).toHaveLength(1);
  await audit.append([sampleEvent()], 'once');
  expect(verifyChain(await audit.stored({ after: 0, limit: 9 }))).toMatchObject({ ok: true, last: { sequence: 4 } });
  expect(await audit.history(team, { limit: 9, workload: 'prod/deployment/web' })).toHaveLength(4);
  const [first] = await audit.read({ limit: 1 });
  expect(await audit.take('sink', 'a', 1000)).toBe(0);
  if (first !== undefined) expect(await audit.advance('sink', 'a', first)).toBe(true);
  await audit.release('sink', 'a');
  expect(await audit.trim()).toBe(0);
}

describe('a question is answered, and a change recorded, over', () => {
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
