import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeRedis, connectRedis, waitForRedis } from '../../src/store/redis/connection.ts';
import { type RedisPair, startRedisPair } from '../support/redis-pair.ts';
import { expectDoneOnce, isPatchOf } from './afterwards.ts';
import { approve, eventually, plan } from './change.ts';
import { type Actor, type FaultStage, openStage, type WorkerActor } from './stage.ts';

let stage: FaultStage;
let redis: RedisPair;
let worker: WorkerActor;
let bot: Actor;

beforeAll(async () => {
  redis = await startRedisPair();
  stage = await openStage({ paced: false, redis: async () => redis });
  [worker, bot] = await Promise.all([stage.startWorker(), stage.startBot()]);
}, 60_000);
afterAll(() => stage.stop());

/** Who is connected to a server, by the name that the product gives its connections. */
async function connectedTo(url: string): Promise<readonly string[]> {
  const client = connectRedis(url, { role: 'producer' });
  try {
    await waitForRedis(client, 5000);
    const list = String(await client.call('CLIENT', 'LIST'));
    return [...list.matchAll(/ name=(\S*imagecheck\S*)/g)].map(([, name]) => name ?? '').toSorted();
  } finally {
    await closeRedis(client);
  }
}

/** Each process says once that Redis is not available, and once that it is again, however many connections notice. */
async function expectTold(times: number): Promise<void> {
  await eventually(() => {
    for (const { log } of [worker, bot]) {
      const lines = log().split('\n');
      const told = (message: string) => lines.filter((line) => line.includes(`"msg":"${message}"`)).length;
      expect([told('redis unavailable'), told('redis available again')], log()).toEqual([times, times]);
      expect(lines.length).toBeLessThan(30);
    }
  });
}

describe('a failover behind one address', { timeout: 120_000 }, () => {
  it('is followed by every connection, and a change that was under way is made once', async () => {
    const former = redis.url;
    const names = await connectedTo(former);
    expect(names.length).toBeGreaterThan(5);
    const over = Promise.withResolvers<undefined>();
    const caught = Promise.withResolvers<undefined>();
    worker.api.spoil = async (method, path) => {
      if (!isPatchOf('web-under-way')(method, path) || path.includes('dryRun')) return undefined;
      caught.resolve(undefined);
      return { hold: () => over.promise };
    };
    const underWay = await plan(stage, 'web-under-way');
    await approve(underWay);
    await caught.promise;
    await redis.failover();
    over.resolve(undefined);
    await expectDoneOnce(underWay, { mayRefuse: true });
    await eventually(async () => {
      expect(await connectedTo(former)).toEqual([]);
      expect(await connectedTo(redis.url)).toEqual(names);
    });
    await expectTold(1);
  });

  it('works the other way round as well, with nothing under way', async () => {
    const former = redis.url;
    await redis.failover();
    const change = await plan(stage, 'web-back');
    await approve(change);
    await expectDoneOnce(change, { mayRefuse: true });
    await eventually(async () => expect(await connectedTo(former)).toEqual([]));
    await expectTold(2);
  });
});
