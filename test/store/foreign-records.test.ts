import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { statusOf } from '../../src/checks/index.ts';
import { finalMessages } from '../../src/flows/ask/ask-messages.ts';
import { undoTargets } from '../../src/flows/change/plan/undo.ts';
import { headline } from '../../src/flows/change/show/result-headline.ts';
import { Approval, type SignedGrant } from '../../src/model/approval/approval.ts';
import { mayVote, subjectOfPlan } from '../../src/model/approval/approval-policy.ts';
import { granted, reviewed, started, undone, verified } from '../../src/model/approval/approval-step.ts';
import { AskAnswer } from '../../src/model/ask/ask.ts';
import type { Plan } from '../../src/model/change/plan.ts';
import { Report, storedReport } from '../../src/model/finding/report.ts';
import type { LaterMember } from '../../src/model/values/open-enum.ts';
import { strangeInIntent } from '../../src/operations/index.ts';
import { jobTable, readPayload } from '../../src/queue/table.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { recordFormat } from '../../src/store/redis/record.ts';
import { exitCode, exitCodeOf } from '../../src/terminal/exit-code.ts';
import { renderReport } from '../../src/terminal/report.ts';
import { ben, now, policy, rule } from '../model/approval/approval-parts.ts';
import { sampleApproval, sampleEvent } from '../support/approval-samples.ts';
import { sampleAsk, sampleMessage } from '../support/asks.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { sampleFinding, sampleReport } from '../support/slack-samples.ts';
import { openStore, type TestStore } from '../support/store.ts';

/** A member of an enum that only a newer release knows. */
const later = (name: string) => name as LaterMember;

/** What a newer release wrote, as this one meets it. */
let redis: TestRedis;
let store: TestStore;
const prefix = 'foreign';
const web = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;

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
  await store.client.hset(key, 'record', JSON.stringify({ ...JSON.parse(text), v: 3 }));
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
  expect(new Set(await store.client.zrange(`{${prefix}}:approvals-due`, 0, '-1'))).toEqual(
    new Set([`T1/${working.id}`, `T1/${pending.id}`]),
  );
  expect(await store.client.zrange(`{${prefix}}:approvals-expiring`, 0, '-1')).toEqual([`T1/${pending.id}`]);
  expect(await store.client.zcard(`{${prefix}}:T1:approvals:all`)).toBe(2);
});

test('an approval in a state that is not known here stays in every index, is shown by name, and nobody acts on it', async () => {
  const own = await openStore(redis.url, 'producer', { prefix: 'later-state' });
  const expiresAt = new Date(Date.now() - 1000).toISOString();
  const states = { working: sampleApproval(), pending: sampleApproval({ state: 'pending', expiresAt }) };
  for (const one of Object.values(states)) {
    await own.approvals.create(one, { audit: [] });
    const key = `{later-state}:T1:approval:${one.id}`;
    const stored = { v: 1, d: z.encode(Approval, { ...one, state: later('scheduled') }) };
    await own.client.hset(key, 'record', JSON.stringify(stored), 'state', 'scheduled');
  }
  for (let look = 0; look < 3; look += 1) {
    expect(await own.approvals.due(0)).toEqual([]);
    expect(await own.approvals.expired(0)).toEqual([]);
  }
  expect(new Set(await own.client.zrange('{later-state}:approvals-due', 0, '-1'))).toEqual(
    new Set([`T1/${states.working.id}`, `T1/${states.pending.id}`]),
  );
  expect(await own.client.zrange('{later-state}:approvals-expiring', 0, '-1')).toEqual([`T1/${states.pending.id}`]);
  expect(await own.approvals.hold('T1', states.working.id, 'w1', 1000)).toBe(false);
  const listed = await own.approvals.list('T1', { limit: 10 });
  expect(listed.map(({ state }) => state)).toEqual(['scheduled', 'scheduled']);
  expect(own.troubles).toEqual([]);
  await own.end();

  const [approval = states.working] = listed;
  const by = { actor: 'U2', at: new Date().toISOString() };
  const results = [{ subject: web, outcome: 'fixed' as const }];
  for (const step of [
    granted(approval, { user: 'U2', groups: [], at: by.at }, { grant: {} } as SignedGrant, by),
    started(approval, by),
    verified(approval, { results, outcome: 'fixed' }, by),
    undone({ ...approval, results }, 'BBBBBBBB', [web], by),
    reviewed({ ...approval, grant: { grant: { breakGlass: 'fire' } } as SignedGrant }, by),
  ]) {
    expect(step).toMatchObject({
      ok: false,
      why: expect.stringContaining('a state this version does not know: scheduled'),
    });
  }
  const drawn = JSON.stringify(draw({ id: 'm', body: { view: 'plan', approval } }));
  expect(drawn).toContain('a state this version does not know: scheduled');
  expect(drawn).not.toContain('approve');
});

test('only a record that claims to be of this version and is damaged leaves an index, and that is logged', async () => {
  const own = await openStore(redis.url, 'producer', { prefix: 'damaged' });
  const [damaged, newer] = [sampleApproval(), sampleApproval()];
  for (const [one, text] of [
    [damaged, '{"v":1,"d":{"id":7}}'],
    [newer, '{"v":3,"d":{"id":7}}'],
  ] as const) {
    await own.approvals.create(one, { audit: [] });
    await own.client.hset(`{damaged}:T1:approval:${one.id}`, 'record', text);
  }
  expect(await own.approvals.due(0)).toEqual([]);
  expect(await own.client.zrange('{damaged}:approvals-due', 0, '-1')).toEqual([`T1/${newer.id}`]);
  expect(own.troubles).toMatchObject([
    { message: 'removed an unreadable approval from an index', detail: { member: `T1/${damaged.id}` } },
  ]);
  await own.end();
});

test('outcomes, risks, tools and dry runs that are not known here are kept, and shown by name', async () => {
  const planned = {
    changes: ['web:1 → web:2'],
    dryRuns: [
      { outcome: later('deferred'), diff: '' },
      { outcome: 'accepted' as const, diff: '' },
    ],
    git: { tool: later('carvel'), change: 'edit it' },
    provenance: [],
  };
  const plan: Plan = {
    version: 1,
    intent: {
      version: 1,
      remedy: 'set-image',
      remedyVersion: 1,
      cluster: 'dev-eu',
      risk: later('dire'),
      targets: [{ subject: { ...web, uid: 'u1' }, params: {}, operations: [], expects: [] }],
    },
    targets: [planned],
    effects: [],
    warnings: [],
    kubectl: [],
    undo: { cannot: [], targets: [] },
    leftOut: [],
    madeAt: new Date().toISOString(),
  };
  const pending = sampleApproval({ state: 'pending', plan });
  const done = sampleApproval({ state: 'done', plan, results: [{ subject: web, outcome: later('paused') }] });
  for (const one of [pending, done]) {
    await store.approvals.create(one, { audit: [] });
    expect(await store.approvals.get('T1', one.id)).toEqual(one);
  }
  const shown = (approval: Approval) => JSON.stringify(draw({ id: 'm', body: { view: 'plan', approval } }));
  for (const words of ['an outcome this version does not know: deferred', 'a risk this version does not know: dire']) {
    expect(shown(pending)).toContain(words);
  }
  expect(shown(pending)).toContain('a tool this version does not know: carvel');
  expect(shown(done)).toContain('an outcome this version does not know: paused');
  expect(shown(done)).toContain('INCONCLUSIVE');
  expect(headline(done.results, 1000)).toContain('an outcome this version does not know: paused');
  expect(strangeInIntent(plan.intent)).toBe('this version of imagecheck does not know its risk "dire"');
  const rules = policy([rule({ namespaces: ['*'], risks: ['low', 'medium', 'high'] })]);
  expect(mayVote(rules, subjectOfPlan(plan, { requester: 'U0ANA', team: 'T1' }), ben, { votes: [], now }).allowed).toBe(
    false,
  );
  const request = { cluster: 'dev-eu', undoes: done.id, at: now.toISOString() };
  expect(undoTargets(request, done, 'BBBBBBBB')).toMatchObject({
    kind: 'refused',
    why: expect.stringContaining('an outcome this version does not know: paused'),
  });
});

test('an answer that is not known here is kept whole, and the asker hears that', () => {
  const stored = { kind: 'queued-elsewhere', region: 'eu' };
  const answer = AskAnswer.parse(stored);
  expect(z.encode(AskAnswer, answer)).toEqual(stored);
  expect(AskAnswer.safeParse({ kind: 'report' }).success).toBe(false);
  const [, reply] = finalMessages(sampleAsk(), { answer, landedAt: now.toISOString() }, undefined);
  expect(JSON.stringify(reply.body)).toContain('an answer this version does not know: queued-elsewhere');
});

test('a status that is not known here is neither healthy nor a problem', () => {
  const finding = sampleFinding({ status: later('stalled'), confidence: later('proven') });
  const report = sampleReport({ status: later('degraded'), findings: [finding] });
  expect(Report.parse(JSON.parse(JSON.stringify(storedReport(report))))).toEqual(report);
  expect(exitCodeOf(report, true)).toBe(exitCode.unknown);
  expect(statusOf([finding])).toBe('unknown');
  const texts = [
    renderReport(report, (_, words) => words, 120),
    JSON.stringify(draw({ id: 'm', body: { view: 'report', reportId: 'r', report, showAll: true } })),
  ];
  for (const text of texts) expect(text.toLowerCase()).toContain('a status this version does not know: stalled');
  expect(texts[0]).toContain('a status this version does not know: degraded');
  expect(texts[1]).toContain('a confidence this version does not know: proven');
});

test('what is about more than workloads is written as version 2, which the release before leaves alone', async () => {
  const versionOf = async (key: string) =>
    (JSON.parse((await store.client.hget(`{${prefix}}:T1:${key}`, 'record')) ?? '{}') as { v?: number }).v;
  const registry = { kind: 'Registry', host: 'ghcr.io' } as const;
  const before = recordFormat({ version: 1, schema: Approval });
  const cases = [
    [sampleApproval(), 1],
    [sampleApproval({ results: [{ subject: web, outcome: 'fixed' }] }), 1],
    [sampleApproval({ request: { ...sampleApproval().request, targets: [{ subject: registry, params: {} }] } }), 2],
    [sampleApproval({ results: [{ subject: registry, outcome: 'fixed' }] }), 2],
  ] as const;
  for (const [approval, version] of cases) {
    await store.approvals.create(approval, { audit: [] });
    const message = sampleMessage({ channel: 'C8', body: { view: 'plan', approval } });
    await store.outbox.put(message);
    expect(await versionOf(`approval:${approval.id}`)).toBe(version);
    expect(await versionOf(`message:${message.id}`)).toBe(version);
    expect(await store.approvals.get('T1', approval.id)).toEqual(approval);
    const stored = await store.client.hget(`{${prefix}}:T1:approval:${approval.id}`, 'record');
    expect(before.decode(stored).kind).toBe(version === 1 ? 'value' : 'foreign');
  }
  const pending = await store.outbox.pending({ team: 'T1', channel: 'C8' });
  expect(pending.map(({ message: { body } }) => body)).toEqual(cases.map(([approval]) => ({ view: 'plan', approval })));
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

test('messages that wait for a newer bot hold up no others of their channel', async () => {
  for (let count = 0; count < 101; count += 1) {
    const newer = sampleMessage({ channel: 'C10' });
    await store.outbox.put(newer);
    await makeNewer(`{${prefix}}:T1:message:${newer.id}`);
  }
  expect(await store.outbox.pending({ team: 'T1', channel: 'C10' })).toEqual([]);
  const own = sampleMessage({ channel: 'C10' });
  await store.outbox.put(own);
  const pending = await store.outbox.pending({ team: 'T1', channel: 'C10' });
  expect(pending.map(({ message }) => message.id)).toEqual([own.id]);
});

test('a report with causes, sources and fixes that are not known here is read and shown', async () => {
  const finding = sampleFinding({
    cause: later('stream_stalled'),
    evidence: [{ source: later('cloud'), subject: 'acr', observed: 'conversion failed' }],
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
  await store.audit.append([sampleEvent({ action: later('postponed') })]);
  expect(await store.audit.read({ limit: 10 })).toMatchObject([{ event: { action: 'postponed' } }]);
});

test.each([
  ['another job', 'remind', { version: 1 }],
  ['another version of a job', 'prepare', { version: 2, cluster: 'dev-eu', team: 'T1', approval: 'AAAAAAAA' }],
])('%s is refused with its reason', (_, name, data) => {
  expect(readPayload(jobTable, name, data)).toMatchObject({ kind: 'refused' });
});
