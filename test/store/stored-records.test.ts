import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Approval } from '../../src/model/approval/approval.ts';
import { isAskedSignedBy, isSignedBy, isVoteSignedBy, readPublicKey } from '../../src/model/approval/signatures.ts';
import { verifyChain } from '../../src/model/audit/audit-chain.ts';
import { digestOfIntent } from '../../src/model/change/plan.ts';
import { Report } from '../../src/model/finding/report.ts';
import { OutboxMessage } from '../../src/model/message.ts';
import { jobTable, readPayload } from '../../src/queue/table.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore, type TestStore } from '../support/store.ts';
import { recordsOf, restore, storedJobs, storedRecords } from '../support/stored-records.ts';

/** Records of version 1 as they lay in Redis: after the sandbox's stories, and from flows whose clock is simulated. */
describe.each(['sandbox', 'simulated'] as const)('records of version 1 (%s)', (name) => {
  const records = storedRecords(name);
  const keys = [readPublicKey(records.publicKey)];
  const prefix = `stored-${name}`;
  let redis: TestRedis;
  let store: TestStore;

  beforeAll(async () => {
    redis = await startRedis();
    store = await openStore(redis.url, 'producer', { prefix });
    await restore(store.client, prefix, records);
  });
  afterAll(async () => {
    await store.end();
    await redis.close();
  });

  const approvals = recordsOf(records, 'approval');

  describe.each(approvals)('approval $id of $team', ({ team, id, text }) => {
    const read = async (): Promise<Approval> => {
      const approval = await store.approvals.get(team, id);
      if (approval === undefined) throw new Error(`${id} cannot be read`);
      return approval;
    };

    test('is read, is listed, and has the digest that was approved', async () => {
      const { plan, digest, state } = await read();
      expect(state).toBe(JSON.parse(text).d.state);
      if (plan !== undefined && digest !== undefined) expect(digestOfIntent(plan.intent)).toBe(digest);
      const listed = await store.approvals.list(team, { limit: 100 });
      expect(listed.map((one) => one.id)).toContain(id);
    });

    test('has signatures that verify', async () => {
      const approval = await read();
      const { grant, digest, votes, asked } = approval;
      if (grant !== undefined) expect(isSignedBy(grant, keys)).toBe(true);
      if (asked !== undefined) expect(isAskedSignedBy(approval, keys)).toBe(true);
      if (digest === undefined || grant?.grant.approval !== id) return;
      for (const vote of votes) expect(isVoteSignedBy(vote, { ...approval, digest }, keys)).toBe(true);
    });

    test('is written as it was, so that the release before can read it', async () => {
      const approval = await read();
      const { team: _, ...rest } = approval;
      await store.approvals.create({ ...rest, team: 'COPY' }, { audit: [] });
      const [copy = ''] = await store.client.hmget(`{${prefix}}:COPY:approval:${id}`, 'record');
      expect({ ...JSON.parse(copy ?? '').d, team, revision: approval.revision }).toEqual(JSON.parse(text).d);
    });
  });

  test.each(recordsOf(records, 'ask'))('ask $id is read', async ({ id, text }) => {
    expect(await store.asks.get(id)).toEqual(JSON.parse(text).d);
  });

  test.each(recordsOf(records, 'report'))('report $id is read, and written as it was', async ({ team, id, text }) => {
    const { encoding, report } = JSON.parse(text).d as { encoding: string; report: unknown };
    const read = await store.reports.get(team, id);
    if (read === undefined) throw new Error('no report');
    if (encoding !== 'plain') return expect(read.notes).toHaveLength(3000);
    expect(z.encode(Report, read)).toEqual(report);
    const copy = await store.reports.save('COPY', read);
    const written = await store.client.get(`{${prefix}}:COPY:report:${copy}`);
    expect(JSON.parse(written ?? '')).toEqual(JSON.parse(text));
  });

  test.each(recordsOf(records, 'message'))('message $id is read, and posted once it changes', async (message) => {
    const body = JSON.parse(message.text).d as { channel: string };
    const row = { team: message.team, channel: body.channel };
    const key = `{${prefix}}:${message.team}:message:${message.id.replaceAll(':', '%3A')}`;
    await store.client.hset(key, { posted: '0', since: String(Date.now()) });
    await store.client.zadd(`{${prefix}}:${row.team}:pending:${row.channel}`, Date.now(), message.id);
    const pending = await store.outbox.pending(row);
    const found = pending.find((one) => one.message.id === message.id);
    if (found === undefined) throw new Error(`${message.id} cannot be read`);
    expect(JSON.parse(JSON.stringify(z.encode(OutboxMessage, found.message)))).toEqual(body);
  });

  test('the audit trail is whole, and is found by workspace and workload', async () => {
    const trail = await store.audit.read({ limit: 1000 });
    expect(trail.length).toBeGreaterThan(0);
    expect(verifyChain(trail)).toMatchObject({ ok: true });
    for (const { event } of trail) {
      const [workload] = event.workloads;
      if (workload === undefined) continue;
      const history = await store.audit.history(event.team, { cluster: event.cluster, workload, limit: 100 });
      expect(history.map(({ event: found }) => found)).toContainEqual(event);
    }
  });

  test('workers that beat are alive', async () => {
    for (const [key, stored] of Object.entries(records.keys)) {
      const [, cluster = ''] = key.split(':');
      if (!key.startsWith('workers:') || stored.type !== 'zset') continue;
      await store.client.zadd(`{${prefix}}:${key}`, Date.now(), stored.value[0] ?? '');
      expect(await store.workers.alive(cluster)).toMatchObject([{ cluster }]);
    }
  });
});

describe('what waits in Redis', () => {
  test('a question that was not answered, and an answer that nobody was told, are found', async () => {
    const redis = await startRedis();
    const store = await openStore(redis.url, 'producer', { prefix: 'waiting' });
    await restore(store.client, 'waiting', storedRecords('simulated'));
    expect(await store.asks.lost(0)).toMatchObject([{ asks: [{ id: 'T1/ask-1' }] }]);
    expect(await store.asks.unsettled(0)).toMatchObject([{ asks: [{ id: 'T1/ask-2' }], answer: { kind: 'absent' } }]);
    expect(await store.channels.defaults('T1', 'C1')).toEqual({ cluster: 'dev-eu', namespace: 'prod' });
    await store.end();
    await redis.close();
  });

  test.each(storedJobs())('a job that version 1 queued is read: $name', ({ name, data }) => {
    expect(readPayload(jobTable, name, data)).toEqual({ kind: 'payload', data });
  });
});
