import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleApproval } from '../../support/approval-samples.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { openStore } from '../../support/store.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

it.each(['pending', 'done', 'superseded'] as const)(
  'gives what came to be %s once more, some seconds later',
  async (state) => {
    const prefix = `look-again-${state}`;
    const store = await openStore(redis.url, 'producer', { prefix });
    try {
      const { team, id, cluster, ...rest } = sampleApproval({ state });
      await store.approvals.create({ team, id, cluster, ...rest }, { audit: [] });
      expect(await store.approvals.due(0)).toEqual([]);
      // The time has come.
      await store.client.zadd(`{${prefix}}:approvals-due`, 1, `${team}/${id}`);
      expect(await store.approvals.due(0)).toEqual([{ team, id, cluster, state }]);
      expect(await store.approvals.due(0)).toEqual([]);
      expect(await store.approvals.hold(team, id, 'a', 5000)).toBe(false);
    } finally {
      await store.end();
    }
  },
);
