import { describe, expect, test } from 'vitest';
import type { Approval } from '../../../src/model/approval/approval.ts';
import type { WorkloadRef } from '../../../src/model/workload/workload.ts';
import { drawResult } from '../../../src/slack/views/result.ts';
import { sampleApproval } from '../../support/plan-samples.ts';
import { type Acknowledged, buttonsOf, useSlackApp } from '../../support/slack-app.ts';

const t = useSlackApp();

describe('undo', () => {
  const done = sampleApproval({ state: 'done', undoUntil: '2026-11-20T18:12:00.000Z' });
  const value = JSON.stringify({ approval: done.id });
  const at = (now: string) => ({ now: () => new Date(now) });

  test('is a request of its own', async () => {
    t.changes.approvals.set(done.id, done);
    await t.start(at('2026-11-20T15:00:00Z'));
    await t.click('change_undo', value);
    expect(t.changes.requested).toMatchObject([
      { request: { remedy: 'undo', undoes: done.id }, thread: { ts: '5.0' } },
    ]);
  });

  test.each([
    ['after its time', done, '2026-11-20T19:00:00Z', /could be undone until/],
    ['twice', { ...done, undoneBy: 'ABCD1234' }, '2026-11-20T15:00:00Z', /was undone already, by plan ABCD1234/],
    ['of what was not executed', { ...done, state: 'rejected' as const }, '2026-11-20T15:00:00Z', /was not executed/],
  ])('%s is refused', async (_, approval, now, words) => {
    t.changes.approvals.set(approval.id, approval);
    await t.start(at(now));
    await t.click('change_undo', value);
    expect(t.changes.requested).toEqual([]);
    expect(t.changes.refused).toMatchObject([
      {
        remedy: 'undo',
        cluster: 'dev-eu',
        user: 'U0ANA',
        channel: 'C1',
        rule: 'undo 7F3K2QXD',
        why: expect.stringMatching(words),
        subjects: [{ name: 'dask-workers' }, {}],
      },
    ]);
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(words);
  });

  test.each<[string, Partial<Approval>, RegExp]>([
    [
      'waits',
      { state: 'pending' },
      /\*ABCD1234\* to undo this, requested by <@U0BEN>, in <#C9>, is already waiting for approval.*can reject it; then ask again/,
    ],
    [
      'is made',
      { state: 'preparing', channel: 'C1' },
      /to undo this, requested by <@U0BEN>, is already being prepared\. No second plan was created\./,
    ],
    [
      'is already in progress',
      { state: 'running', channel: 'C1' },
      /to undo this, requested by <@U0BEN>, already exists: .*running/,
    ],
  ])('while a plan for it %s names that plan, and is recorded', async (_, over, words) => {
    t.changes.approvals.set(done.id, done);
    t.changes.state.waits = sampleApproval({
      id: 'ABCD1234',
      requester: 'U0BEN',
      channel: 'C9',
      ...over,
      request: { ...done.request, remedy: 'undo', undoes: done.id },
    });
    await t.start(at('2026-11-20T15:00:00Z'));
    await t.click('change_undo', value);
    expect(t.changes.requested).toEqual([]);
    expect(t.changes.refused).toMatchObject([{ remedy: 'undo', rule: 'plan ABCD1234', subjects: [{}, {}] }]);
    await expect.poll(() => JSON.stringify(t.slack.responses)).toMatch(words);
  });

  test('shows nothing of the change to a person who may not ask', async () => {
    t.changes.approvals.set(done.id, { ...done, undoneBy: 'ABCD1234' });
    await t.start({ ...at('2026-11-20T15:00:00Z'), rules: [] });
    await t.click('change_undo', value);
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(/may ask/);
    expect(JSON.stringify(t.slack.responses)).not.toContain('ABCD1234');
  });

  test('of a change that is no longer stored offers to check again', async () => {
    await t.start();
    const drawn = drawResult({
      ...done,
      results: [{ subject: done.plan?.intent.targets[0]?.subject as WorkloadRef, outcome: 'fixed' }],
    });
    const undo = buttonsOf(drawn as Acknowledged).find(({ action_id: id }) => id === 'change_undo');
    await t.click(undo?.action_id, undo?.value);
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(/^Plan 7F3K2QXD has been deleted/);
    const answer = t.slack.responses[0] as Acknowledged;
    const again = buttonsOf(answer).find(({ action_id: id }) => id === 'ask.0');
    expect(JSON.parse(again?.value ?? '{}')).toMatchObject({ cluster: done.cluster, target: { name: 'dask-workers' } });
  });

  test('of a change of a terminal says where it is undone', async () => {
    t.changes.state.terminal = ['TERM1NA0'];
    await t.start();
    expect((await t.slash('undo TERM1NA0')).text).toMatch(/made in a terminal.*imagecheck fix undo TERM1NA0/);
    expect((await t.slash('undo 7F3K2QXD')).text).toMatch(/There is no plan 7F3K2QXD/);
  });
});
