import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobTable, readPayload } from '../../src/queue/table.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { renderReport } from '../../src/terminal/report.ts';
import { sampleApproval, sampleEvent } from '../support/approval-samples.ts';
import { sampleMessage } from '../support/asks.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { sampleFinding, sampleReport } from '../support/slack-samples.ts';
import { openStore, type TestStore } from '../support/store.ts';

/** What a newer release wrote, as this one meets it. */
let redis: TestRedis;
let store: TestStore;
const prefix = 'foreign';

beforeAll(async () => {
  redis = await startRedis();
  store = await openStore(redis.url, 'producer', { prefix });
});
afterAll(async () => {
  await store.end();
  await redis.close();
});

async function makeNewer(key: string): Promise<void> {
  const text = (await store.client.hget(key, 'record')) ?? '';
  await store.client.hset(key, 'record', JSON.stringify({ ...JSON.parse(text), v: 2 }));
}

test('an approval stays in every index, and nobody acts on it', async () => {
  const working = sampleApproval();
  const pending = sampleApproval({ state: 'pending', expiresAt: new Date(Date.now() - 1000).toISOString() });
  for (const one of [working, pending]) {
    await store.approvals.create(one, { audit: [] });
    await makeNewer(`{${prefix}}:T1:approval:${one.id}`);
  }
  for (let look = 0; look < 3; look += 1) {
    expect(await store.approvals.due(0)).toEqual([]);
    expect(await store.approvals.expired(0)).toEqual([]);
    expect(await store.approvals.list('T1', { limit: 10 })).toEqual([]);
  }
  expect(await store.approvals.get('T1', working.id)).toBeUndefined();
  expect(await store.client.zrange(`{${prefix}}:approvals-due`, 0, '-1')).toEqual([`T1/${working.id}`]);
  expect(await store.client.zrange(`{${prefix}}:approvals-expiring`, 0, '-1')).toEqual([`T1/${pending.id}`]);
  expect(await store.client.zcard(`{${prefix}}:T1:approvals:all`)).toBe(2);
});

test('a message waits for a newer bot, however long', async () => {
  const message = sampleMessage({ channel: 'C9' });
  await store.outbox.put(message);
  const key = `{${prefix}}:T1:message:${message.id}`;
  await makeNewer(key);
  await store.client.hset(key, 'since', '1000');
  expect(await store.outbox.pending({ team: 'T1', channel: 'C9' })).toEqual([]);
  expect(await store.client.zrange(`{${prefix}}:T1:pending:C9`, 0, '-1')).toEqual([message.id]);
  expect(store.troubles).toEqual([]);
});

test('a report with causes, sources and fixes that are not known here is read and shown', async () => {
  const finding = sampleFinding({
    cause: 'stream_stalled',
    evidence: [{ source: 'cloud', subject: 'acr', observed: 'conversion failed' }],
    proposals: [{ remedy: 'start-streaming', params: {}, summary: 'convert it again' }],
  });
  const report = sampleReport({ findings: [finding] });
  const id = await store.reports.save('T1', report);
  expect(await store.reports.get('T1', id)).toEqual(report);
  const text = renderReport(report, (_, words) => words, 120);
  expect(text).toContain('A CAUSE THIS VERSION DOES NOT KNOW: STREAM STALLED');
  expect(text).toContain('[cloud] acr: conversion failed');
  const drawn = JSON.stringify(draw({ id: 'm', body: { view: 'report', reportId: id, report, showAll: true } }));
  expect(drawn).toContain('conversion failed');
  expect(drawn).not.toContain('Review fix');
});

test('an audit event of an action that is not known here stays in the chain', async () => {
  await store.audit.append([sampleEvent({ action: 'postponed' })]);
  expect(await store.audit.read({ limit: 10 })).toMatchObject([{ event: { action: 'postponed' } }]);
});

test.each([
  ['another job', 'remind', { version: 1 }],
  ['another version of a job', 'prepare', { version: 2, cluster: 'dev-eu', team: 'T1', approval: 'AAAAAAAA' }],
])('%s is refused with its reason', (_, name, data) => {
  expect(readPayload(jobTable, name, data)).toMatchObject({ kind: 'refused' });
});
