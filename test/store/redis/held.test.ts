import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RedisClient } from '../../../src/store/redis/connection.ts';
import { heldLua } from '../../../src/store/redis/held.ts';
import { run, script } from '../../../src/store/redis/script.ts';
import { type Holdable, holding } from '../../../src/timing/holding.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { openStore, type TestStore } from '../../support/store.ts';

let redis: TestRedis;
let store: TestStore;

beforeAll(async () => {
  redis = await startRedis();
  store = await openStore(redis.url, 'producer', { prefix: 'held' });
});
afterAll(async () => {
  await store.end();
  await redis.close();
});

/** A record that is nothing but held, as one process of a cluster might hold it. */
function recordAt(client: RedisClient, key: string): Holdable {
  const call = (what: string, usesLease: boolean) => {
    const one = script(`${heldLua} return ${what}(KEYS[1], ARGV[1]${usesLease ? ', ARGV[2]' : ''}) and 1 or 0`);
    return async (holder: string, leaseMs = 0) => (await run(client, one, [key], [holder, leaseMs])) === 1;
  };
  const giveBack = call('give_back', false);
  return {
    hold: call('hold', true),
    renew: call('renew', true),
    release: async (holder) => void (await giveBack(holder)),
  };
}

test('one holder at a time, and whoever lost a record neither renews it nor gives it back', async () => {
  const record = recordAt(store.client, '{held}:one');
  expect(await record.hold('a', 100)).toBe(true);
  expect(await record.hold('b', 10_000)).toBe(false);
  expect(await record.hold('a', 100)).toBe(true);
  expect(await record.renew('b', 100)).toBe(false);
  await expect.poll(() => record.hold('b', 10_000)).toBe(true);
  expect(await record.renew('a', 100)).toBe(false);
  await record.release('a');
  expect(await record.hold('a', 100)).toBe(false);
  await record.release('b');
  expect(await record.hold('a', 100)).toBe(true);
});

test('a lease that ended is still its holder’s while nobody took it', async () => {
  const record = recordAt(store.client, '{held}:late');
  await record.hold('a', 1);
  await expect.poll(async () => Number(await store.client.hget('{held}:late', 'until')) < Date.now()).toBe(true);
  expect(await record.renew('a', 100)).toBe(true);
});

test('what a dead process held is taken over within its lease', async () => {
  const record = recordAt(store.client, '{held}:watcher');
  await record.hold('dead', 200);
  const begunMs = performance.now();
  const taken = async () =>
    (await holding(record, { leaseMs: 200, unrenewed: 'lost' }, async ({ holder }) => holder)) !== undefined;
  await expect.poll(taken).toBe(true);
  expect(performance.now() - begunMs).toBeLessThan(1500);
});

test('a channel that a bot of the release before holds is left alone, and the other way round', async () => {
  const { outbox } = store;
  const channel = { team: 'T9', channel: 'C9' };
  const lease = '{held}:T9:channel-lease:C9';
  const body = { view: 'notice', tone: 'info', text: 'hello' } as const;
  await outbox.put({ version: 1, id: 'm1', ...channel, urgency: 'answer', body });
  await store.client.set(lease, 'old bot', 'PX', 10_000, 'NX');
  expect(await outbox.claim('T9', 'new bot', 1000, 10)).toEqual([]);
  expect(await outbox.renew(channel, 'new bot', 1000)).toBe(false);
  await store.client.del(lease);
  expect(await outbox.claim('T9', 'new bot', 10_000, 10)).toEqual([channel]);
  expect(await store.client.set(lease, 'old bot', 'PX', 1000, 'NX')).toBeNull();
  expect(await store.client.pttl(lease)).toBeGreaterThan(0);
  await outbox.release(channel, 'new bot');
  expect(await store.client.exists(lease)).toBe(0);
});
