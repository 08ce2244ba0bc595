import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { flightOf } from '../../../src/model/ask/ask.ts';
import { sampleAsk } from '../../support/asks.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { openStore, type TestStore } from '../../support/store.ts';

const failed = { kind: 'failed', message: 'no' } as const;
const flight = flightOf(sampleAsk());

let redis: TestRedis;
let store: TestStore;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  store = await openStore(redis.url, 'producer');
  return () => store.end();
});

describe('a flight', () => {
  test('is opened by the first ask and joined by the next ones', async () => {
    const [first, second] = [sampleAsk(), sampleAsk()];
    expect(await store.asks.open(first)).toBe('first');
    expect(await store.asks.open(second)).toBe('joined');
    expect(await store.asks.open(sampleAsk({ cluster: 'other' }))).toBe('first');
    expect(await store.asks.open(sampleAsk({ team: 'T2' }))).toBe('first');
    expect(await store.asks.waiting(flight)).toEqual([first, second]);
    expect(await store.asks.get(first.id)).toEqual(first);
  });

  test('takes the same ask once, also after it was answered', async () => {
    const ask = sampleAsk();
    await store.asks.open(ask);
    expect(await store.asks.open(ask)).toBe('joined');
    expect(await store.asks.waiting(flight)).toEqual([ask]);
    await store.asks.hold(flight, 'a', 5000);
    await store.asks.land(flight, 'a', failed);
    expect(await store.asks.open(ask)).toBe('joined');
    expect(await store.asks.waiting(flight)).toEqual([]);
    expect(await store.asks.hold(flight, 'a', 5000)).toBe(false);
  });

  test('has one holder until its lease ends', async () => {
    await store.asks.open(sampleAsk());
    expect(await store.asks.hold(flight, 'a', 5000)).toBe(true);
    expect(await store.asks.hold(flight, 'b', 5000)).toBe(false);
    expect(await store.asks.renew(flight, 'b', 5000)).toBe(false);
    expect(await store.asks.renew(flight, 'a', 1)).toBe(true);
    await expect.poll(() => store.asks.hold(flight, 'b', 5000)).toBe(true);
    expect(await store.asks.renew(flight, 'a', 5000)).toBe(false);
    expect(await store.asks.land(flight, 'a', failed)).toBeUndefined();
    expect((await store.asks.land(flight, 'b', failed))?.asks).toHaveLength(1);
  });

  test('knows how many holders died, and is left to those who may take it after that many', async () => {
    await store.asks.open(sampleAsk());
    const hold = (holder: string, mostDeaths?: number, leaseMs = 1) =>
      store.asks.hold(flight, holder, leaseMs, mostDeaths);
    expect(await hold('a', 0)).toBe(true);
    await expect.poll(() => store.asks.deaths(flight)).toBe(1);
    expect(await store.asks.lost(0)).toMatchObject([{ takes: 1, deaths: 1 }]);
    // Its lease ended, but it lives.
    expect(await store.asks.renew(flight, 'a', 1)).toBe(true);
    await expect.poll(() => store.asks.deaths(flight)).toBe(1);
    expect(await hold('b', 0)).toBe(false);
    expect(await hold('b', 1)).toBe(true);
    await expect.poll(() => store.asks.deaths(flight)).toBe(2);
    expect(await hold('c', 1)).toBe(false);
    expect(await hold('c', undefined, 5000)).toBe(true);
    expect(await store.asks.deaths(flight)).toBe(0);
    await store.asks.release(flight, 'c');
    expect(await store.asks.deaths(flight)).toBe(2);
    expect(await store.asks.lost(0)).toMatchObject([{ takes: 3, deaths: 2 }]);
  });

  test('counts no death when a holder gives it back', async () => {
    await store.asks.open(sampleAsk());
    for (const holder of ['a', 'b', 'c', 'd']) {
      expect(await store.asks.hold(flight, holder, 5000, 0)).toBe(true);
      await store.asks.release(flight, holder);
    }
    expect(await store.asks.deaths(flight)).toBe(0);
    expect(await store.asks.lost(0)).toMatchObject([{ takes: 4, deaths: 0 }]);
  });

  test('that nobody waits for cannot be held', async () => {
    expect(await store.asks.hold(flight, 'a', 5000)).toBe(false);
    const ask = sampleAsk();
    await store.asks.open(ask);
    await store.asks.drop(ask);
    expect(await store.asks.hold(flight, 'a', 5000)).toBe(false);
    expect(await store.asks.lost(0)).toEqual([]);
    expect(await store.asks.get(ask.id)).toBeUndefined();
  });

  test('goes on for others when the ask that opened it is dropped', async () => {
    const [first, second] = [sampleAsk(), sampleAsk()];
    await store.asks.open(first);
    await store.asks.open(second);
    await store.asks.drop(first);
    expect(await store.asks.lost(0)).toMatchObject([{ flight, instance: first.id, asks: [second] }]);
  });

  test('lands with everyone who waits; whoever asks afterwards opens another', async () => {
    const [first, second, late] = [sampleAsk(), sampleAsk(), sampleAsk()];
    await store.asks.open(first);
    await store.asks.open(second);
    await store.asks.hold(flight, 'a', 5000);
    const landing = await store.asks.land(flight, 'a', failed);
    expect(landing).toMatchObject({
      flight,
      instance: first.id,
      asks: [first, second],
      answer: failed,
      complete: true,
    });
    expect(await store.asks.open(late)).toBe('first');
    expect(await store.asks.waiting(flight)).toEqual([late]);
    expect(await store.asks.renew(flight, 'a', 5000)).toBe(false);
  });

  test('no ask is lost or answered twice while many land and open at the same time', async () => {
    const other = await openStore(redis.url, 'producer', { prefix: store.queuePrefix.replace(':queue', '') });
    const lanes = Array.from({ length: 6 }, () => Array.from({ length: 50 }, () => sampleAsk()));
    const everyone = lanes.flat();
    const told: string[] = [];
    const opened: string[] = [];
    const asking = Promise.all(
      lanes.map(async (lane, index) => {
        const { asks } = index % 2 === 0 ? store : other;
        for (const ask of lane) if ((await asks.open(ask)) === 'first') opened.push(ask.id);
      }),
    );
    const landing = async ({ asks }: TestStore, holder: string): Promise<void> => {
      while (told.length < everyone.length) {
        if (!(await asks.hold(flight, holder, 5000))) continue;
        const landed = await asks.land(flight, holder, failed);
        told.push(...(landed?.asks ?? []).map(({ id }) => id));
        if (landed !== undefined) await asks.settle(landed);
      }
    };
    await Promise.all([asking, landing(store, 'a'), landing(other, 'b')]);
    expect(told.toSorted()).toEqual(everyone.map(({ id }) => id).toSorted());
    expect(opened.length).toBeGreaterThan(1);
    expect(await store.asks.lost(0)).toEqual([]);
    expect(await store.asks.unsettled(0)).toEqual([]);
    await other.end();
  });
});

describe('what a dead process left', () => {
  test('is an unheld flight, given to one caller at a time, with how many wait before it', async () => {
    const [first, second] = [sampleAsk(), sampleAsk({ target: { type: 'workload', name: 'api' } })];
    await store.asks.open(first);
    await store.asks.open(second);
    const [one, two] = await Promise.all([store.asks.lost(0), store.asks.lost(60_000)]);
    expect(two).toEqual([]);
    expect(one.map(({ instance }) => instance).toSorted()).toEqual([first.id, second.id].toSorted());
    expect(new Set(one.map(({ before }) => before))).toEqual(new Set([0, 1]));
    expect(one.map(({ takes }) => takes)).toEqual([0, 0]);
    expect(await store.asks.lost(60_000)).toEqual([]);
  });

  test('is a flight whose lease ended, and one that was given back at once', async () => {
    await store.asks.open(sampleAsk());
    await store.asks.hold(flight, 'a', 1);
    await expect.poll(() => store.asks.lost(0)).toMatchObject([{ flight, takes: 1 }]);
    await store.asks.hold(flight, 'b', 60_000);
    expect(await store.asks.lost(0)).toEqual([]);
    await store.asks.release(flight, 'a');
    expect(await store.asks.lost(0)).toEqual([]);
    await store.asks.release(flight, 'b');
    expect(await store.asks.lost(60_000)).toMatchObject([{ flight, takes: 2 }]);
  });

  test('is a landing that was not settled', async () => {
    await store.asks.open(sampleAsk());
    await store.asks.hold(flight, 'a', 5000);
    const landing = await store.asks.land(flight, 'a', failed);
    if (landing === undefined) throw new Error('it did not land');
    expect(await store.asks.unsettled(60_000)).toEqual([]);
    expect(await store.asks.unsettled(0)).toEqual([landing]);
    await store.asks.settle(landing);
    expect(await store.asks.unsettled(0)).toEqual([]);
  });
});

describe('records that this release cannot read', () => {
  test('an ask of a newer release stays for that release', async () => {
    const ask = sampleAsk();
    await store.asks.open(ask);
    await forge(ask.id, JSON.stringify({ v: 9, d: { anything: 1 } }));
    expect(await store.asks.get(ask.id)).toBeUndefined();
    expect(await store.asks.lost(0)).toEqual([]);
    await store.asks.hold(flight, 'a', 5000);
    expect(await store.asks.land(flight, 'a', failed)).toMatchObject({ asks: [], complete: false });
    expect(await store.asks.unsettled(0)).toMatchObject([{ complete: false }]);
  });

  test('garbage in every key stops no reader, and leaves the index', async () => {
    const prefix = store.queuePrefix.replace(':queue', '');
    const good = sampleAsk({ target: { type: 'image', reference: 'nginx' } });
    await store.asks.open(sampleAsk());
    await store.asks.open(good);
    for (const key of await store.client.keys(`${prefix}:T1:flight:*`)) {
      if ((await store.client.hget(key, 'instance')) === good.id) continue;
      await store.client.set(key, 'garbage');
    }
    await store.client.zadd(`${prefix}:flights`, 0, 'no flight', 1, '%', 2, '/'.repeat(50));
    await store.client.zadd(`${prefix}:landings`, 0, 'no landing', 1, 'T1/x');
    await store.client.set(`${prefix}:T1:landing:T1/x`, 'garbage');
    expect(await store.asks.lost(0)).toMatchObject([{ instance: good.id }]);
    expect(await store.asks.unsettled(0)).toEqual([]);
    expect(store.troubles.length).toBeGreaterThan(3);
    expect(await store.client.zcard(`${prefix}:flights`)).toBe(1);
    expect(await store.client.zcard(`${prefix}:landings`)).toBe(0);
    expect(await store.asks.open(sampleAsk())).toBe('first');
  });

  async function forge(id: string, text: string): Promise<void> {
    await store.client.set(`${store.queuePrefix.replace(':queue', '')}:T1:ask:${id}`, text);
  }
});
