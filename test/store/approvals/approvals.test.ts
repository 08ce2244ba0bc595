import { afterAll, beforeAll } from 'vitest';
import { approvalsContract } from '../../support/approvals-contract.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { openStore } from '../../support/store.ts';

let redis: TestRedis;
let count = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

approvalsContract('Redis', async () => {
  count += 1;
  const prefix = `approvals-${count}`;
  const [store, other] = await Promise.all([
    openStore(redis.url, 'producer', { prefix }),
    openStore(redis.url, 'worker', { prefix }),
  ]);
  return {
    approvals: store.approvals,
    audit: store.audit,
    other,
    end: async () => {
      await Promise.all([store.end(), other.end()]);
    },
  };
});
