import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sampleReport } from '../support/asks.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore, type TestStore } from '../support/store.ts';

let redis: TestRedis;
let store: TestStore;
let prefix: string;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  store = await openStore(redis.url, 'producer');
  prefix = store.queuePrefix.replace(':queue', '');
  return () => store.end();
});

describe('reports', () => {
  test.each([
    ['small', sampleReport()],
    ['large', sampleReport({ notes: Array.from({ length: 3000 }, (_, index) => `note ${index} is long enough`) })],
  ])('a %s report is kept for its team, for a week', async (_, report) => {
    const id = await store.reports.save('T1', report);
    expect(await store.reports.get('T1', id)).toEqual(report);
    expect(await store.reports.get('T2', id)).toBeUndefined();
    const left = await store.client.pttl(`${prefix}:T1:report:${id}`);
    expect(left).toBeGreaterThan(6.9 * 24 * 3600 * 1000);
    expect(await store.client.strlen(`${prefix}:T1:report:${id}`)).toBeLessThan(30_000);
  });

  test.each([
    ['no JSON', 'garbage'],
    ['a newer version', JSON.stringify({ v: 2, d: {} })],
    ['no gzip', JSON.stringify({ v: 1, d: { encoding: 'gzip', body: 'AAAA' } })],
    ['another shape', JSON.stringify({ v: 1, d: { encoding: 'plain', report: { schemaVersion: 1 } } })],
  ])('%s reads as no report', async (_, text) => {
    await store.client.set(`${prefix}:T1:report:x`, text);
    expect(await store.reports.get('T1', 'x')).toBeUndefined();
  });
});

describe('workers', () => {
  const worker = {
    cluster: 'dev-eu',
    id: 'w1',
    version: '1.0.0',
    seenAt: '2000-01-01T00:00:00.000Z',
    missingRights: ['get secrets'],
    jobs: ['diagnose' as const],
  };

  test('are alive from their first heartbeat until they sign off; the last sight stays', async () => {
    expect(await store.workers.lastSeen('dev-eu')).toBeUndefined();
    await store.workers.beat(worker);
    await store.workers.beat({ ...worker, id: 'w2' });
    const alive = await store.workers.alive('dev-eu');
    expect(alive).toMatchObject([{ id: 'w1', missingRights: ['get secrets'], jobs: ['diagnose'] }, { id: 'w2' }]);
    // The server's clock counts, not the worker's.
    expect(Math.abs(Date.now() - Date.parse(alive[0]?.seenAt ?? ''))).toBeLessThan(60_000);
    expect(await store.workers.alive('dev')).toEqual([]);
    await store.workers.gone('dev-eu', 'w1');
    await store.workers.gone('dev-eu', 'w2');
    expect(await store.workers.alive('dev-eu')).toEqual([]);
    expect(Date.parse((await store.workers.lastSeen('dev-eu')) ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  test('that fall silent are no longer alive', async () => {
    const impatient = await openStore(redis.url, 'producer', { prefix, workerTtlMs: 100 });
    await impatient.workers.beat(worker);
    await expect.poll(() => impatient.workers.alive('dev-eu')).toEqual([]);
    await impatient.end();
  });

  test('of a newer release are alive, with the jobs that we know', async () => {
    await store.workers.beat(worker);
    const [id = ''] = await store.client.zrange(`${prefix}:workers:dev-eu`, 0, '-1');
    const newer = { v: 1, d: { ...worker, version: '9.0.0', jobs: ['remediate', 'diagnose'], more: true } };
    await store.client.hset(`${prefix}:worker-states:dev-eu`, id, JSON.stringify(newer));
    expect(await store.workers.alive('dev-eu')).toMatchObject([{ version: '9.0.0', jobs: ['diagnose'] }]);
    await store.client.hset(`${prefix}:worker-states:dev-eu`, id, 'garbage', 'last', 'garbage');
    expect(await store.workers.alive('dev-eu')).toEqual([]);
    expect(await store.workers.lastSeen('dev-eu')).toBeUndefined();
  });
});

describe('channels', () => {
  test('remember what they chose, each team its own', async () => {
    expect(await store.channels.defaults('T1', 'C1')).toEqual({});
    await store.channels.setDefaults('T1', 'C1', { cluster: 'dev-eu' });
    expect(await store.channels.defaults('T1', 'C1')).toEqual({ cluster: 'dev-eu' });
    await store.channels.setDefaults('T1', 'C1', { namespace: 'prod' });
    expect(await store.channels.defaults('T1', 'C1')).toEqual({ namespace: 'prod' });
    expect(await store.channels.defaults('T2', 'C1')).toEqual({});
    await store.client.set(`${prefix}:T1:channel:C1`, JSON.stringify({ v: 1, d: { cluster: 'A:B' } }));
    expect(await store.channels.defaults('T1', 'C1')).toEqual({});
  });
});

describe('answers', () => {
  test('reach a bot that waits already, and one that comes later', async () => {
    const waiting = store.answers.wait('a', 5000);
    const other = await openStore(redis.url, 'worker', { prefix });
    await other.answers.give('a', ['one', 'two']);
    expect(await waiting).toEqual(['one', 'two']);
    expect(await store.answers.wait('a', 5000)).toEqual(['one', 'two']);
    await other.end();
  });

  test('that never come end the wait', async () => {
    expect(await store.answers.wait('b', 30)).toBeUndefined();
  });

  test('many can be waited for at the same time', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `many-${index}`);
    const waiting = Promise.all(ids.map((id) => store.answers.wait(id, 5000)));
    await Promise.all(ids.map((id) => store.answers.give(id, [id])));
    expect(await waiting).toEqual(ids.map((id) => [id]));
  });
});

describe('contents', () => {
  const options = { contentBytes: { maxTotal: 1000, maxEntry: 400 } };

  test('are kept by digest; what is too long is not', async () => {
    await store.contents.put('sha256:a', '{"schemaVersion":2}');
    expect(await store.contents.get('sha256:a')).toBe('{"schemaVersion":2}');
    expect(await store.contents.get('sha256:b')).toBeUndefined();
    const small = await openStore(redis.url, 'worker', { prefix, ...options });
    await small.contents.put('sha256:long', 'x'.repeat(401));
    expect(await small.contents.get('sha256:long')).toBeUndefined();
    await small.end();
  });

  test('never take more room than allowed; those unused for longest go first', async () => {
    const small = await openStore(redis.url, 'worker', options);
    const digests = Array.from({ length: 30 }, (_, index) => `sha256:${index}`);
    await small.contents.put('sha256:favourite', 'y'.repeat(300));
    for (const digest of digests) {
      await small.contents.put(digest, 'x'.repeat(300));
      await expect.poll(() => small.contents.get('sha256:favourite')).toBeDefined();
      const clock = (await small.client.time()).join();
      // The least recently used is told by the clock, so it must tick.
      await expect.poll(async () => (await small.client.time()).join() !== clock).toBe(true);
    }
    const root = small.queuePrefix.replace(':queue', '');
    expect((await small.client.keys(`${root}:content:*`)).length).toBe(3);
    expect(Number(await small.client.get(`${root}:contents:total`))).toBe(900);
    expect(await small.contents.get('sha256:29')).toBeDefined();
    expect(await small.contents.get('sha256:0')).toBeUndefined();
    await small.end();
  });

  test('that cannot be read are not here', async () => {
    await store.client.hset(`${prefix}:content:sha256%3Ax`, 'a', 'b');
    expect(await store.contents.get('sha256:x')).toBeUndefined();
    expect(store.troubles).toMatchObject([{ message: 'content cache error' }]);
  });
});
