import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Approval } from '../../src/model/approval/approval.ts';
import { verifyChain } from '../../src/model/audit/audit-chain.ts';
import { sampleApproval, sampleEvent } from '../support/approval-samples.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore, type TestStore } from '../support/store.ts';

const garbage = ['', 'garbage', '{}', '[]', 'null', '{"v":99,"d":{}}', '{"v":1,"d":{"id":7}}', '\u0000\uffff'];
const none = { audit: [] };

let redis: TestRedis;
let store: TestStore;
let root: string;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  store = await openStore(redis.url, 'producer', { keep: { approvalsMs: 60_000 } });
  root = store.queuePrefix.replace(':queue', '');
  return () => store.end();
});

async function created(over: Partial<Approval> = {}): Promise<Approval> {
  const approval = sampleApproval(over);
  await store.approvals.create(approval, { audit: [sampleEvent({ approval: approval.id })] });
  return approval;
}
const keyOf = ({ team, id }: Approval) => `${root}:${team}:approval:${id}`;

describe('what lies in Redis', () => {
  test.each(garbage)('%j as a record is no approval, and makes nothing throw', async (text) => {
    const [approval, sound] = [await created(), await created()];
    await store.client.hset(keyOf(approval), 'record', text);
    const { team, id } = approval;
    expect(await store.approvals.get(team, id)).toBeUndefined();
    expect((await store.approvals.list(team, { limit: 9 })).map((one) => one.id)).toEqual([sound.id]);
    expect((await store.approvals.due(0)).map((one) => one.id)).toEqual([sound.id]);
    expect(await store.approvals.expired(0)).toEqual([]);
  });

  test('a record of a newer release stays in the index for that release; garbage leaves it', async () => {
    const [newer, broken] = [await created(), await created()];
    await store.client.hset(keyOf(newer), 'record', '{"v":3,"d":{}}');
    await store.client.hset(keyOf(broken), 'record', 'garbage');
    expect(await store.approvals.due(0)).toEqual([]);
    expect(await store.client.zrange(`${root}:approvals-due`, 0, '-1')).toEqual([`T1/${newer.id}`]);
  });

  test('a record copied to another id, workspace or revision is none', async () => {
    const approval = await created();
    const record = await store.client.hget(keyOf(approval), 'record');
    const copy = async (key: string, revision: string) =>
      store.client.hset(key, { record: record ?? '', revision, state: 'preparing' });
    await copy(`${root}:T1:approval:ZZZZZZZZ`, '0');
    await copy(`${root}:T2:approval:${approval.id}`, '0');
    expect(await store.approvals.get('T1', 'ZZZZZZZZ')).toBeUndefined();
    expect(await store.approvals.get('T2', approval.id)).toBeUndefined();
    await copy(keyOf(approval), '7');
    expect(await store.approvals.get('T1', approval.id)).toBeUndefined();
  });

  test.each(['string', 'list'] as const)('keys that hold a %s stop no reader', async (type) => {
    const approval = await created({ state: 'pending', expiresAt: '2020-01-01T00:00:00Z' });
    const keys = [
      keyOf(approval),
      ...['approvals-due', 'approvals-expiring', 'audit', 'audit-anchor'].map((name) => `${root}:${name}`),
    ];
    keys.push(`${root}:T1:approvals:all`, `${root}:T1:approvals:open`, `${root}:audit-cursor:s`, `${root}:audit-sinks`);
    keys.push(`${root}:T1:audit-history::`);
    for (const key of keys) {
      await store.client.del(key);
      await (type === 'string' ? store.client.set(key, 'x') : store.client.rpush(key, 'x'));
    }
    const { team, id } = approval;
    expect(await store.approvals.get(team, id)).toBeUndefined();
    expect(await store.approvals.list(team, { limit: 9 })).toEqual([]);
    expect(await store.approvals.list(team, { limit: 9, states: ['pending'] })).toEqual([]);
    expect(await store.approvals.hold(team, id, 'a', 1000)).toBe(false);
    expect(await store.approvals.renew(team, id, 'a', 1000)).toBe(false);
    await store.approvals.release(team, id, 'a');
    expect(await store.approvals.due(0)).toEqual([]);
    expect(await store.approvals.expired(0)).toEqual([]);
    expect(await store.approvals.change(approval, none)).toBeUndefined();
    expect(await store.approvals.create(approval, none)).toBe('exists');
    expect(await store.audit.read({ limit: 9, sinceMs: 1 })).toEqual([]);
    expect(await store.audit.history(team, { limit: 9 })).toEqual([]);
    expect(await store.audit.trim()).toBe(0);
    expect(await store.audit.anchor()).toMatchObject({ sequence: 0 });
    expect(await store.audit.take('s', 'a', 1000)).toBe(0);
    await expect(store.audit.append([sampleEvent()])).rejects.toThrow('audit stream cannot be written');
  });

  test('indices that name strangers give nothing', async () => {
    for (const member of ['', '/', 'garbage', 'T1/ZZZZZZZZ', 'T1/../x', 'a/b/c']) {
      await store.client.zadd(`${root}:approvals-due`, 0, member);
      await store.client.zadd(`${root}:approvals-expiring`, 0, member);
      await store.client.zadd(`${root}:T1:approvals:all`, 0, member);
      await store.client.zadd(`${root}:T1:audit-history::`, 0, member);
    }
    expect(await store.approvals.due(0)).toEqual([]);
    expect(await store.approvals.expired(0)).toEqual([]);
    expect(await store.approvals.list('T1', { limit: 9 })).toEqual([]);
    expect(await store.audit.history('T1', { limit: 9 })).toEqual([]);
    expect(await store.client.zcard(`${root}:approvals-due`)).toBe(0);
  });
});

describe('the chain', () => {
  test('shows a record that was altered, forged or taken out, and goes on', async () => {
    for (let index = 0; index < 5; index += 1) await created();
    const key = `${root}:audit`;
    const places = () => store.audit.stored({ after: 0, limit: 99 });
    expect(verifyChain(await places())).toMatchObject({ ok: true, last: { sequence: 5 } });
    await store.client.xadd(key, '6-0', 'record', 'garbage');
    await created();
    expect(verifyChain(await places())).toMatchObject({ ok: false, sequence: 6, why: 'it cannot be read' });
    expect((await store.audit.read({ limit: 99 })).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 7]);
    await store.client.xdel(key, '3-0');
    expect(verifyChain(await places())).toMatchObject({ ok: false, sequence: 4 });
  });

  test('cannot be continued behind an id that is no sequence, and says so', async () => {
    await store.client.xadd(`${root}:audit`, '18446744073709551615-0', 'record', 'x');
    await expect(store.audit.append([sampleEvent()])).rejects.toThrow('cannot be continued');
    await expect(store.approvals.create(sampleApproval(), { audit: [sampleEvent()] })).rejects.toThrow();
    expect(await store.approvals.list('T1', { limit: 9 })).toEqual([]);
  });
});

describe('a change', () => {
  test('leaves nothing behind when its audit events cannot be written', async () => {
    const approval = await created({ state: 'pending' });
    await store.client.del(`${root}:audit`);
    await store.client.set(`${root}:audit`, 'x');
    await expect(
      store.approvals.change({ ...approval, state: 'approved' }, { audit: [sampleEvent()] }),
    ).rejects.toThrow();
    expect(await store.approvals.get(approval.team, approval.id)).toEqual(approval);
    expect(await store.approvals.due(0)).toEqual([]);
  });

  test('to a final state ends with the retention, and the lists forget it; open ones stay', async () => {
    const [ended, open, back] = [await created(), await created({ state: 'pending' }), await created()];
    await store.approvals.change({ ...ended, state: 'done' }, none);
    const ttl = await store.client.pttl(keyOf(ended));
    expect(ttl).toBeGreaterThan(50_000);
    expect(ttl).toBeLessThanOrEqual(60_000);
    expect(await store.client.pttl(keyOf(open))).toBe(-1);
    expect(await store.client.pttl(keyOf(back))).toBe(-1);
    await store.client.pexpire(keyOf(ended), 1);
    await expect.poll(() => store.approvals.get(ended.team, ended.id)).toBeUndefined();
    const listed = await store.approvals.list('T1', { limit: 9 });
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set([open.id, back.id]));
    expect(await store.client.zcard(`${root}:T1:approvals:all`)).toBe(2);
  });
});
