import { describe, expect, test } from 'vitest';
import { planValue } from '../../../src/slack/blocks/change-ids.ts';
import { sampleApproval } from '../../support/plan-samples.ts';
import { useSlackApp } from '../../support/slack-app.ts';
import { team } from '../../support/slack-fake.ts';
import { faultsOfModal } from '../../support/slack-limits.ts';
import { sampleFinding, sampleReport } from '../../support/slack-samples.ts';

const t = useSlackApp();
const ben = { user: { id: 'U0BEN', team_id: team } };
const openedView = () => t.slack.callsOf('views.open').at(-1)?.args['view'] as Record<string, unknown>;
const submit = async (callback: string, values: object, metadata = openedView()['private_metadata'], user = 'U0BEN') =>
  (await t.slack.deliver('interactive', {
    type: 'view_submission',
    user: { id: user, team_id: team },
    team: { id: team },
    trigger_id: t.nextTrigger(),
    view: { id: 'V1', type: 'modal', callback_id: callback, private_metadata: metadata, state: { values } },
  })) as { response_action?: string; errors?: Record<string, string>; view?: object } | undefined;
const text = (id: string, value: string) => ({ [id]: { [id]: { type: 'plain_text_input', value } } });

describe('a proposal', () => {
  const value = (part: object = {}) =>
    JSON.stringify({
      messageId: 'ask:T/q:report',
      reportId: 'r1',
      finding: 0,
      proposals: [0],
      everywhere: true,
      ...part,
    });

  test('becomes a request in the same thread, in the name of who pressed', async () => {
    await t.start();
    const report = sampleReport();
    const [finding] = report.findings;
    t.memory.reports.set('r1', report);
    await t.click('fix.0', value(), ben);
    expect(t.changes.requested).toMatchObject([
      {
        state: 'preparing',
        requester: 'U0BEN',
        channel: 'C1',
        thread: { ts: '5.0' },
        cluster: 'dev-eu',
        request: {
          remedy: 'set-image',
          targets: [],
          from: {
            reportId: 'r1',
            finding: 0,
            proposals: [0],
            everywhere: true,
            // Signed with who asked: the report may be another one later.
            subject: report.subject,
            params: finding?.proposals[0]?.params,
            others: finding?.alsoAffects,
          },
        },
      },
    ]);
  });

  test.each([
    [
      'the remedy is not allowed here',
      { rules: [{ users: [], groups: [], channels: ['C1'], clusters: ['*'], namespaces: ['*'], commands: ['check'] }] },
      /can’t use .set-image. here/,
    ],
    ['the report is no longer kept', {}, /has been deleted/],
  ])('is refused when %s', async (name, options, why) => {
    await t.start(options);
    if (!name.startsWith('the report')) t.memory.reports.set('r1', sampleReport());
    await t.click('fix.0', value());
    expect(t.changes.requested).toEqual([]);
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(why);
  });

  test('says so when Redis is down, and starts nothing', async () => {
    await t.start();
    t.memory.reports.set('r1', sampleReport());
    t.memory.state.redis = 'down';
    await t.click('fix.0', value());
    expect(t.changes.requested).toEqual([]);
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(/Redis isn’t responding/);
  });

  test('is a button only where registry and owner stay, or are trusted', async () => {
    await t.start();
    const away = {
      remedy: 'set-image' as const,
      params: { container: 'worker', image: 'ghcr.io/evil/worker:1' },
      summary: 'go away',
    };
    const home = {
      remedy: 'set-image' as const,
      params: { container: 'worker', image: 'ghcr.io/acme/worker:2' },
      summary: 'stay',
    };
    const report = sampleReport({ findings: [sampleFinding({ proposals: [away, home], alsoAffects: [] })] });
    await t.memory.outbox.put({
      version: 1,
      id: 'ask:x:report',
      team,
      channel: 'C1',
      urgency: 'answer',
      body: { view: 'report', reportId: 'r1', report, showAll: false },
    });
    await expect.poll(() => t.slack.callsOf('chat.postMessage').length).toBe(1);
    const posted = JSON.stringify(t.slack.callsOf('chat.postMessage')[0]?.args['blocks']);
    expect(posted).toContain('Review fix: stay');
    expect(posted).not.toContain('Review fix: go away');
    expect(posted).toContain('*Possible fix:* go away');
  });
});

describe('deciding', () => {
  const approval = sampleApproval();
  const press = async (actionId: string, part: object = {}) =>
    await t.click(actionId, planValue(approval), { ...ben, ...part });
  const member = (users: readonly string[]) => {
    t.slack.on('usergroups.list', () => ({ body: { usergroups: [{ id: 'S0DASK1', handle: 'dask-owners' }] } }));
    t.slack.on('usergroups.users.list', () => ({ body: { users } }));
  };

  test('brings who, which plan and which groups to the decision, and takes the buttons away', async () => {
    member(['U0BEN']);
    t.changes.approvals.set(approval.id, approval);
    const running = { ...approval, state: 'approved' as const };
    t.changes.state.decide = () => ({ kind: 'granted', approval: running });
    await t.start();
    await press('plan_approve');
    expect(t.changes.clicks).toMatchObject([
      { team, id: approval.id, user: 'U0BEN', groups: ['dask-owners', 'S0DASK1'], what: 'approve', channel: 'C1' },
    ]);
    expect(t.changes.clicks[0]?.digest).toHaveLength(64);
    await expect.poll(() => t.slack.callsOf('chat.update').length).toBe(1);
    const { args } = t.slack.callsOf('chat.update')[0] ?? {};
    expect(args).toMatchObject({ channel: 'C1', ts: '5.5', metadata: { event_type: 'imagecheck_plan' } });
    expect(JSON.stringify(args?.['blocks'])).not.toContain('plan_approve');
    expect(t.slack.responses).toEqual([]);
  });

  test('takes the buttons away once for each state, however many press at once', async () => {
    member(['U0BEN']);
    const over = { ...approval, state: 'approved' as const };
    t.changes.state.decide = () => ({ kind: 'over', approval: over });
    await t.start();
    await Promise.all(Array.from({ length: 20 }, () => press('plan_approve')));
    expect(t.changes.clicks).toHaveLength(20);
    t.changes.state.decide = () => ({ kind: 'over', approval: { ...over, revision: over.revision + 1 } });
    await press('plan_approve');
    await expect.poll(() => t.slack.callsOf('chat.update').length).toBe(2);
  });

  test('membership that cannot be read is reported as such', async () => {
    t.slack.on('usergroups.list', () => ({ body: { ok: false, error: 'internal_error' } }));
    await t.start();
    await press('plan_approve');
    expect(t.changes.clicks).toMatchObject([{ groups: 'unreadable' }]);
  });

  test('a Slack that hangs counts as unreadable before Slack gives up on us', async () => {
    t.slack.on('usergroups.list', () => ({ hang: true }));
    await t.start();
    await press('plan_approve');
    expect(t.changes.clicks).toMatchObject([{ groups: 'unreadable' }]);
  });

  test('the same delivery twice is one click', async () => {
    member(['U0BEN']);
    await t.start();
    const twice = { trigger_id: 'same' };
    await Promise.all([press('plan_approve', twice), press('plan_approve', twice)]);
    expect(t.slack.responses.length, 'answers').toBeLessThan(2);
    expect(t.changes.clicks).toHaveLength(1);
  });

  test.each<[string, object, RegExp]>([
    [
      'refused',
      { kind: 'refused', why: 'You asked for it yourself (policy.approve).', remedy: 'Ask @ops.' },
      /You asked for it yourself/,
    ],
    [
      'too late',
      { kind: 'over', approval: sampleApproval({ state: 'expired' }) },
      /expired .*Your click changed nothing/,
    ],
    [
      'one of two',
      { kind: 'voted', approval: { ...approval, votes: [{ user: 'U0BEN', groups: [], at: '2026-11-20T14:11:00Z' }] } },
      /counts: 1/,
    ],
    ['a plan that is gone', { kind: 'unknown' }, /This plan of [^.]*> has been deleted\. Your click changed nothing/],
  ])('%s is said to the person alone, in the thread', async (_, decision, words) => {
    member([]);
    t.changes.state.decide = () => decision as never;
    await t.start();
    await press('plan_approve');
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(words);
    expect(t.slack.responses[0]).toMatchObject({
      response_type: 'ephemeral',
      replace_original: false,
      thread_ts: '5.0',
    });
  });

  test('a rejection needs its reason, and is refused inside the modal', async () => {
    member([]);
    await t.start();
    await press('plan_reject');
    expect(faultsOfModal(openedView())).toEqual([]);
    expect((await submit('plan_reject_modal', text('reason', '  ')))?.errors).toEqual({ reason: 'Fill this in.' });
    t.changes.state.decide = () => ({ kind: 'refused', why: 'Only approvers may reject.' });
    expect((await submit('plan_reject_modal', text('reason', 'no')))?.errors?.['reason']).toMatch(/Only approvers/);
    t.changes.state.decide = () => ({ kind: 'rejected', approval: { ...approval, state: 'rejected' } });
    expect((await submit('plan_reject_modal', text('reason', 'not now')))?.response_action).toBeUndefined();
    expect(t.changes.clicks.at(-1)).toMatchObject({ what: 'reject', reason: 'not now', user: 'U0BEN' });
  });

  test('a ticket and break glass carry the entered text', async () => {
    member([]);
    t.changes.approvals.set(approval.id, approval);
    await t.start();
    await press('plan_approve_ticket');
    await submit('plan_ticket_modal', text('ticket', 'OPS-7'));
    await press('plan_break_glass');
    expect(faultsOfModal(openedView())).toEqual([]);
    await submit('plan_break_glass_modal', text('reason', 'prod is down'));
    expect(t.changes.clicks).toMatchObject([
      { what: 'approve', ticket: 'OPS-7' },
      { what: 'break-glass', reason: 'prod is down' },
    ]);
  });

  test('a vote that is not the last one shows its answer in the modal', async () => {
    member([]);
    t.changes.state.decide = () => ({ kind: 'voted', approval });
    await t.start();
    await press('plan_approve_ticket');
    const answer = await submit('plan_ticket_modal', text('ticket', 'OPS-7'));
    expect(answer?.response_action).toBe('update');
    expect(faultsOfModal(answer?.view)).toEqual([]);
  });
});

describe('looking at a plan', () => {
  const approval = sampleApproval();
  test.each([
    ['plan_diff', /image: ghcr\.io\/acme\/worker:88a216e/],
    ['plan_kubectl', /kubectl -n modelops-dask-dev set image deployment\/dask-workers/],
  ])('%s opens at once from the record', async (actionId, words) => {
    t.changes.approvals.set(approval.id, approval);
    await t.start();
    await t.click(actionId, planValue(approval));
    expect(faultsOfModal(openedView())).toEqual([]);
    expect(JSON.stringify(openedView())).toMatch(words);
  });

  test('with a slow store a loading view opens and is filled later', async () => {
    t.changes.approvals.set(approval.id, approval);
    const slow = Promise.withResolvers<void>();
    t.changes.state.get = async () => await slow.promise;
    t.slack.on('views.open', () => ({ body: { view: { id: 'V9' } } }));
    await t.start();
    await t.click('plan_diff', planValue(approval));
    expect(JSON.stringify(openedView())).toContain('Reading the plan');
    slow.resolve();
    await expect.poll(() => t.slack.callsOf('views.update')[0]?.args).toMatchObject({ view_id: 'V9' });
  });

  test('a plan that is gone is reported as such', async () => {
    await t.start();
    await t.click('plan_diff', planValue(approval));
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(/has been deleted/);
  });
});
