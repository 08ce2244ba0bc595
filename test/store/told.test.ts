import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore } from '../support/store.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

test('of all who were delivered the same, one may answer; what was told stays told', async () => {
  const prefix = randomUUID();
  const bots = await Promise.all([1, 2, 3].map(() => openStore(redis.url, 'producer', { prefix })));
  const claims = await Promise.all(bots.map(({ told }) => told.claim('T1', 'Ev1')));
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await bots[0]?.told.claim('T2', 'Ev1')).toBe(true);
  await bots[1]?.told.keep('T1', 'Ev1');
  expect(await bots[2]?.told.claim('T1', 'Ev1')).toBe(false);
  await Promise.all(bots.map((bot) => bot.end()));
});
