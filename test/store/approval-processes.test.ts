import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyChain } from '../../src/model/audit/audit-chain.ts';
import { sampleApproval, sampleEvent } from '../support/approval-samples.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore, type TestStore } from '../support/store.ts';

const prefix = 'processes';
const children: ChildProcess[] = [];
let redis: TestRedis;
let store: TestStore;

beforeEach(async () => {
  redis = await startRedis({ settings: { appendfsync: 'always' } });
  store = await openStore(redis.url, 'worker', { prefix });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await store.end();
  await redis.close();
});

/** Another process on the same records, and the lines that it prints. */
function start(...args: readonly string[]) {
  const script = join(import.meta.dirname, '../support/record-process.ts');
  const child = spawn(process.execPath, [script, redis.url, prefix, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { child, lines };
}
const chain = () => store.audit.stored({ after: 0, limit: 100_000 });

describe('processes on the same records', () => {
  test('a holder that is killed loses its hold when the lease ends, and the work is due again', async () => {
    const { team, id, cluster } = sampleApproval({ state: 'running' });
    await store.approvals.create(sampleApproval({ team, id, state: 'running' }), { audit: [] });
    const leaseMs = 1500;
    const { child, lines } = start('hold', team, id, String(leaseMs));
    await expect.poll(() => lines, { timeout: 10_000 }).toEqual(['held']);
    expect(await store.approvals.hold(team, id, 'me', 5000)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const killedAt = performance.now();
    await expect
      .poll(() => store.approvals.due(0), { timeout: 10_000, interval: 20 })
      .toEqual([{ team, id, cluster, state: 'running' }]);
    expect(performance.now() - killedAt).toBeLessThanOrEqual(leaseMs + 500);
    expect(await store.approvals.hold(team, id, 'me', 5000)).toBe(true);
  });

  test('two that append with the same keys append each once', async () => {
    const both = [start('append', 'click', '50'), start('append', 'click', '50')];
    for (const { lines } of both) await expect.poll(() => lines, { timeout: 10_000 }).toEqual(['done']);
    const records = await store.audit.read({ limit: 1000 });
    const details = records.map(({ event }) => Number(event.detail)).toSorted((left, right) => left - right);
    expect(details).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(verifyChain(await chain())).toMatchObject({ ok: true });
  });

  test('one that is killed at any moment leaves whole approvals with their events, or none', async () => {
    const { child, lines } = start('create');
    await expect.poll(() => lines.length, { timeout: 10_000 }).toBeGreaterThan(50);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const approvals = await store.approvals.list('T1', { limit: 100_000 });
    const audited = (await store.audit.read({ limit: 100_000 })).map(({ event }) => event.approval);
    expect(audited.toSorted()).toEqual(approvals.map(({ id }) => id).toSorted());
    expect(audited).toEqual(expect.arrayContaining(lines));
    expect(verifyChain(await chain())).toMatchObject({ ok: true });
  });
});

describe('Redis with an append-only file', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('that ends by %s and starts again has lost nothing', async (signal) => {
    const working = start('create');
    await expect.poll(() => working.lines.length, { timeout: 10_000 }).toBeGreaterThan(50);
    await redis.stop(signal);
    const told = [...working.lines];
    await redis.start();
    await expect.poll(() => working.lines.length, { timeout: 10_000 }).toBeGreaterThan(told.length + 20);
    working.child.kill('SIGKILL');
    await once(working.child, 'exit');
    const approvals = (await store.approvals.list('T1', { limit: 100_000 })).map(({ id }) => id);
    expect(approvals).toEqual(expect.arrayContaining(working.lines));
    expect(new Set(approvals).size).toBe(approvals.length);
    const audited = (await store.audit.read({ limit: 100_000 })).map(({ event }) => event.approval);
    expect(audited.toSorted()).toEqual(approvals.toSorted());
    expect(verifyChain(await chain())).toMatchObject({ ok: true });
    expect((await store.approvals.due(0)).length).toBeGreaterThan(0);
  });

  test('that is away makes a producer fail within a second, and a change is whole afterwards', async () => {
    const producer = await openStore(redis.url, 'producer', { prefix });
    const approval = sampleApproval({ state: 'pending' });
    await producer.approvals.create(approval, { audit: [sampleEvent()] });
    await redis.stop('SIGKILL');
    const begun = performance.now();
    const changing = producer.approvals.change({ ...approval, state: 'approved' }, { audit: [sampleEvent()] });
    await expect(changing).rejects.toThrow();
    expect(performance.now() - begun).toBeLessThan(1500);
    await redis.start();
    await expect
      .poll(() => producer.approvals.get(approval.team, approval.id).catch(() => undefined), { timeout: 10_000 })
      .toEqual(approval);
    const changed = await producer.approvals.change({ ...approval, state: 'approved' }, { audit: [sampleEvent()] });
    expect(changed?.revision).toBe(1);
    expect(verifyChain(await chain())).toMatchObject({ ok: true, last: { sequence: 2 } });
    await producer.end();
  });
});
