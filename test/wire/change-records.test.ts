import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitingUndo } from '../../src/flows/change/own/own-change.ts';
import { requestOnce } from '../../src/flows/change/request/request-once.ts';
import { show } from '../../src/flows/change/show/approval-messages.ts';
import type { Approval } from '../../src/model/approval/approval.ts';
import { undone } from '../../src/model/approval/approval-step.ts';
import { unguarded } from '../../src/model/subject/subject.ts';
import { drawResult } from '../../src/slack/views/result.ts';
import { type OpenChangeRecords, openChangeRecords } from '../../src/wire/change-records.ts';
import { readConfig } from '../../src/wire/configuration.ts';
import { sampleApproval as fresh } from '../support/approval-samples.ts';
import { changeWorld } from '../support/change-world.ts';
import { granted, sampleApproval } from '../support/plan-samples.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore, type TestStore } from '../support/store.ts';

let redis: TestRedis;
let store: TestStore;
let records: OpenChangeRecords;
const said: string[] = [];

beforeAll(async () => {
  redis = await startRedis();
  store = await openStore(redis.url, 'producer', { prefix: 'imagecheck' });
  const config = readConfig({ env: { REDIS_URL: redis.url } });
  records = await openChangeRecords(config, { file: undefined, err: (text) => said.push(text) });
});
afterAll(async () => {
  await records?.close();
  await store?.end();
  await redis?.close();
});

const by = { actor: 'ana', at: '2026-11-20T15:00:00.000Z', channel: 'terminal' };

/** A change that was approved in Slack and executed, with its messages posted. */
async function doneInSlack(id: string): Promise<Approval> {
  const sample = sampleApproval({
    ...granted,
    id,
    state: 'done',
    startedAt: '2026-11-20T14:11:01.000Z',
    endedAt: '2026-11-20T14:11:49.000Z',
    undoUntil: '2126-11-20T18:12:00.000Z',
  });
  const targets = sample.plan?.intent.targets ?? [];
  const results = targets.map(({ subject }) => ({
    subject: unguarded(subject),
    outcome: 'fixed' as const,
  }));
  const done = { ...sample, results };
  const at = { ...by, actor: done.requester };
  const audit = [
    {
      version: 1 as const,
      action: 'executed' as const,
      at: at.at,
      team: done.team,
      cluster: done.cluster,
      approval: id,
      actor: at.actor,
      workloads: [],
    },
  ];
  await store.approvals.create(done, { audit });
  await show(done, store);
  for (const { message, wantedRevision } of await store.outbox.pending(done)) {
    await store.outbox.posted(message, wantedRevision, `1.${wantedRevision}`);
  }
  return done;
}

describe('records of a terminal', () => {
  test('an undo of a change of Slack leaves its messages to the bot', async () => {
    const done = await doneInSlack('7F3K2QXD');
    expect(await store.outbox.pending(done)).toEqual([]);
    const found = await records.approvals.get('terminal', done.id);
    if (found === undefined) throw new Error('it was not found');
    const step = undone(
      found,
      'VND0AAAA',
      found.results.map(({ subject: workload }) => workload),
      by,
    );
    if (!step.ok) throw new Error(step.why);
    const stored = await records.approvals.change(step.next, { audit: step.audit });
    if (stored === undefined) throw new Error('it was not recorded');
    await show(stored, records);

    const rows = await store.outbox.pending(done);
    expect(rows.map(({ message }) => message.id).toSorted()).toEqual([
      'approval:7F3K2QXD:plan',
      'approval:7F3K2QXD:result',
    ]);
    for (const { message } of rows) expect(message.body).toMatchObject({ approval: { undoneBy: 'VND0AAAA' } });
    const result = rows.find(({ message }) => message.body.view === 'result')?.message.body;
    const drawn = JSON.stringify(result?.view === 'result' ? drawResult(result.approval).blocks : []);
    expect(drawn).toContain('Undone by plan *VND0AAAA*');
    expect(drawn).not.toContain('Undo…');
    const history = await store.audit.history(done.team, { limit: 10 });
    expect(history.filter(({ event }) => event.action === 'undone')).toMatchObject([{ event: { actor: 'ana' } }]);
  });

  test('a step of what someone else changed meanwhile is not recorded', async () => {
    const done = await doneInSlack('SEC0ND11');
    const found = await records.approvals.get('terminal', done.id);
    if (found === undefined) throw new Error('it was not found');
    await store.approvals.change({ ...found, outcome: 'another' }, { audit: [] });
    expect(await records.approvals.change({ ...found, undoneBy: 'VND0AAAA' }, { audit: [] })).toBeUndefined();
    expect(await store.approvals.get(done.team, done.id)).toMatchObject({ outcome: 'another' });
    expect((await store.approvals.get(done.team, done.id))?.undoneBy).toBeUndefined();
  });

  const own = (id: string, state: Approval['state']) => fresh({ id, team: 'terminal', channel: 'terminal', state });
  const change = async (next: Approval): Promise<Approval> => {
    const stored = await records.approvals.change(next, { audit: [] });
    if (stored === undefined) throw new Error('it was not recorded');
    return stored;
  };

  test('a change of a terminal has no message', async () => {
    await records.approvals.create(own('0WN00001', 'approved'), { audit: [] });
    const done = await change({ ...own('0WN00001', 'done') });
    expect(await change({ ...done, undoneBy: 'VND0AAAA' })).toMatchObject({ undoneBy: 'VND0AAAA' });
    expect(await store.outbox.pending(done)).toEqual([]);
    expect(await records.approvals.get('terminal', done.id)).toMatchObject({ undoneBy: 'VND0AAAA' });
  });

  test('a change of a terminal is nothing for a worker, and can be undone while it is watched', async () => {
    const { id, team } = own('0WN00002', 'approved');
    await records.approvals.create(own(id, 'approved'), { audit: [] });
    const running = await change({ ...own(id, 'running') });
    expect(await store.approvals.get(team, id)).toBeUndefined();
    const watched = await change({ ...running, state: 'verifying' });
    const seen = await store.approvals.get(team, id);
    expect(seen).toMatchObject({ state: 'done', endedAt: expect.any(String) });
    expect(await store.approvals.due(0)).toEqual([]);
    if (seen === undefined) throw new Error('nobody could see it');
    await store.approvals.change({ ...seen, undoneBy: 'VND0AAAA' }, { audit: [] });
    expect(await records.approvals.change({ ...watched, state: 'done' }, { audit: [] })).toBeUndefined();
    const again = await records.approvals.get(team, id);
    expect(again).toMatchObject({ state: 'verifying', undoneBy: 'VND0AAAA' });
    if (again === undefined) throw new Error('it was not found');
    await change({ ...again, state: 'done', outcome: 'fixed' });
    expect(await store.approvals.get(team, id)).toMatchObject({ outcome: 'fixed', undoneBy: 'VND0AAAA' });
  });

  test('a plan that waits in Slack to undo the same is found', async () => {
    const done = await doneInSlack('TH1RD222');
    expect(await waitingUndo(done.id, { ...records, now: () => new Date() })).toBeUndefined();
    const wanted = fresh({ team: done.team, cluster: done.cluster, channel: done.channel });
    const request = { ...wanted.request, cluster: done.cluster, remedy: 'undo' as const, undoes: done.id };
    const bot = { ...changeWorld().bot(), approvals: store.approvals, audit: store.audit };
    expect(await requestOnce({ ...wanted, request }, bot)).toBe('created');
    expect(await waitingUndo(done.id, { ...records, now: () => new Date() })).toMatchObject({
      state: 'preparing',
      request: { undoes: done.id },
    });
    expect(said).toEqual([]);
  });
});
