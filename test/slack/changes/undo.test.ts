import { describe, expect, test } from 'vitest';
import { sampleApproval } from '../../support/plan-samples.ts';
import { useSlackApp } from '../../support/slack-app.ts';

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
    ['after its time', done, '2026-11-20T19:00:00Z', /that is over/],
    ['twice', { ...done, undoneBy: 'ABCD1234' }, '2026-11-20T15:00:00Z', /was undone already, by plan ABCD1234/],
    ['of what was not executed', { ...done, state: 'rejected' as const }, '2026-11-20T15:00:00Z', /was not executed/],
  ])('%s is refused', async (_, approval, now, words) => {
    t.changes.approvals.set(approval.id, approval);
    await t.start(at(now));
    await t.click('change_undo', value);
    expect(t.changes.requested).toEqual([]);
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(words);
  });
});
