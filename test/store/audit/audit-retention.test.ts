import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyChain } from '../../../src/model/audit/audit-chain.ts';
import { sampleEvent } from '../../support/approval-samples.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { openStore, type TestStore } from '../../support/store.ts';

let redis: TestRedis;
let store: TestStore;
let later: TestStore;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  store = await openStore(redis.url, 'producer');
  const prefix = store.queuePrefix.replace(':queue', '');
  // The same records under a retention that everything has passed already.
  later = await openStore(redis.url, 'producer', { prefix, keep: { auditMs: 1 } });
  return async () => {
    await Promise.all([store.end(), later.end()]);
  };
});

const append = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) await store.audit.append([sampleEvent({ detail: String(index) })]);
};
const places = () => store.audit.stored({ after: 0, limit: 5000 });
const trimmed = (): Promise<number> => later.audit.trim();

describe('the retention', () => {
  test('takes nothing that is young', async () => {
    await append(3);
    expect(await store.audit.trim()).toBe(0);
    expect(await places()).toHaveLength(3);
  });

  test('takes what is old but the last, and the chain is still whole from its anchor', async () => {
    await append(5);
    await expect.poll(trimmed).toBe(4);
    expect((await places()).map(({ sequence }) => sequence)).toEqual([5]);
    await append(2);
    expect(verifyChain(await places())).toMatchObject({ ok: false, sequence: 5 });
    const anchor = await store.audit.anchor();
    expect(anchor.sequence).toBe(4);
    expect(verifyChain(await places(), anchor)).toMatchObject({ ok: true, last: { sequence: 7 } });
    const history = await store.audit.history('T1', { limit: 9 });
    expect(history.map(({ sequence }) => sequence)).toEqual([7, 6, 5]);
  });

  test('takes many in one go', async () => {
    await store.audit.append(Array.from({ length: 1234 }, () => sampleEvent()));
    await expect.poll(trimmed).toBe(1233);
    expect(verifyChain(await places(), await store.audit.anchor())).toMatchObject({ ok: true });
  });

  test('takes nothing that a sink in use has not got', async () => {
    await append(5);
    expect(await store.audit.take('webhook x', 'a', 5000)).toBe(0);
    const [, second] = await store.audit.read({ limit: 2 });
    if (second === undefined) throw new Error('nothing was recorded');
    expect(await store.audit.advance('webhook x', 'a', second)).toBe(true);
    await expect.poll(trimmed).toBe(2);
    expect((await places()).map(({ sequence }) => sequence)).toEqual([3, 4, 5]);
    expect(await store.audit.take('webhook x', 'a', 5000)).toBe(2);
  });
});

describe('the cursor of a sink', () => {
  test('has one holder, and goes to another when the lease ends or it is given back', async () => {
    await append(2);
    const [first] = await store.audit.read({ limit: 1 });
    if (first === undefined) throw new Error('nothing was recorded');
    expect(await store.audit.take('s', 'a', 60_000)).toBe(0);
    expect(await later.audit.take('s', 'b', 60_000)).toBeUndefined();
    expect(await later.audit.advance('s', 'b', first)).toBe(false);
    expect(await store.audit.advance('s', 'a', first)).toBe(true);
    await later.audit.release('s', 'b');
    expect(await later.audit.take('s', 'b', 60_000)).toBeUndefined();
    await store.audit.release('s', 'a');
    expect(await later.audit.take('s', 'b', 1)).toBe(1);
    await expect.poll(() => store.audit.take('s', 'a', 60_000)).toBe(1);
    expect(await store.audit.take('other', 'b', 1000)).toBe(0);
  });

  test('begins again where its record is not in the chain: a wiped or restored Redis', async () => {
    await append(3);
    const [, , third] = await store.audit.read({ limit: 3 });
    if (third === undefined) throw new Error('nothing was recorded');
    await store.audit.take('s', 'a', 60_000);
    await store.audit.advance('s', 'a', { ...third, hash: 'f'.repeat(64) });
    expect(await store.audit.take('s', 'a', 60_000)).toBe(0);
    await store.audit.advance('s', 'a', { ...third, sequence: 99 });
    expect(await store.audit.take('s', 'a', 60_000)).toBe(0);
    await store.audit.advance('s', 'a', third);
    expect(await store.audit.take('s', 'a', 60_000)).toBe(3);
  });
});
