import { describe, expect, test } from 'vitest';
import { sampleApproval } from '../../support/plan-samples.ts';
import { buttonsOf, useSlackApp } from '../../support/slack-app.ts';
import { team } from '../../support/slack-fake.ts';
import { faultsOfHome, faultsOfModal } from '../../support/slack-limits.ts';

const t = useSlackApp();
const web = { kind: 'Deployment', namespace: 'prod', name: 'web' };

/** The form, opened at once or in place of a view that said what it waits for. */
async function formOpened(): Promise<{ readonly private_metadata: string }> {
  const views = () =>
    [...t.slack.callsOf('views.open'), ...t.slack.callsOf('views.update')]
      .map(({ args }) => args['view'] as { private_metadata: string; callback_id: string })
      .filter(({ callback_id: id }) => id === 'change_form');
  await expect.poll(() => views().length).toBe(1);
  return views()[0] ?? { private_metadata: '' };
}

describe('remedies by name', () => {
  test.each([
    ['repull deployment/web -n prod', { remedy: 'force-repull', targets: [{ subject: web, params: {} }] }],
    [
      'set-image deployment/web app=ghcr.io/acme/web:2 -n prod',
      {
        remedy: 'set-image',
        targets: [{ subject: web, params: { images: [{ container: 'app', image: 'ghcr.io/acme/web:2' }] } }],
      },
    ],
    ['roll-back web', { remedy: 'roll-back', targets: [], typed: { target: { name: 'web' } } }],
  ])('%s', async (typed, request) => {
    await t.start();
    await t.slash(typed);
    expect(t.changes.requested).toMatchObject([{ request, text: `/imagecheck ${typed}`, requester: 'U0ANA' }]);
  });

  test.each([
    ['*', undefined],
    ['prod', true],
  ])('with rules for namespace %s other names are told or not', async (namespace, confined) => {
    await t.start({
      rules: [{ users: [], groups: [], channels: ['C1'], clusters: ['*'], namespaces: [namespace], commands: ['*'] }],
    });
    await t.slash('repull deployment/wbe -n prod');
    expect(t.changes.requested[0]?.request.typed?.target).toEqual({
      type: 'workload',
      ...web,
      name: 'wbe',
      ...(confined === undefined ? {} : { confined }),
    });
  });

  test('in a thread the plan is posted there', async () => {
    await t.start();
    await t.mention('repull deployment/web -n prod', { thread_ts: '7.0' });
    await expect.poll(() => t.changes.requested).toMatchObject([{ thread: { ts: '7.0' } }]);
  });

  test.each([
    [
      'set-image deployment/web -n prod',
      'image.0',
      'ghcr.io/acme/web:2',
      { images: [{ image: 'ghcr.io/acme/web:2' }] },
    ],
    ['add-pull-secret deployment/web -n prod', 'registry', 'ghcr.io', { registry: 'ghcr.io' }],
  ])('%s opens a form that asks for the rest', async (typed, block, value, params) => {
    t.slack.on('views.open', () => ({ body: { view: { id: 'V9' } } }));
    await t.start();
    await t.slash(typed);
    const view = await formOpened();
    expect(faultsOfModal(view)).toEqual([]);
    await t.slack.deliver('interactive', {
      type: 'view_submission',
      user: { id: 'U0ANA', team_id: team },
      team: { id: team },
      trigger_id: t.nextTrigger(),
      view: {
        id: 'V1',
        type: 'modal',
        callback_id: 'change_form',
        private_metadata: view.private_metadata,
        state: { values: { [block]: { [block]: { type: 'plain_text_input', value } } } },
      },
    });
    expect(t.changes.requested).toMatchObject([{ request: { targets: [{ subject: web, params }] } }]);
  });

  test.each<[string, object]>([
    ['repull deployment/web -n prod', { remedy: 'force-repull', cluster: 'prod-eu', targets: [{ subject: web }] }],
    [
      'set-image deployment/web app=ghcr.io/acme/web:2 -n prod',
      { remedy: 'set-image', targets: [{ params: { images: [{ container: 'app', image: 'ghcr.io/acme/web:2' }] } }] },
    ],
    ['roll-back web --dm', { remedy: 'roll-back', typed: { target: { name: 'web' } } }],
  ])('%s in several clusters: a button of each goes on with it', async (typed, request) => {
    await t.start({ clusters: ['dev-eu', 'prod-eu'] });
    const reply = await t.slash(typed);
    expect(reply.text).toMatch(/Which cluster/);
    expect(t.changes.requested).toEqual([]);
    const second = buttonsOf(reply)[1];
    await t.click(second?.action_id, second?.value);
    expect(t.changes.requested).toMatchObject([
      {
        cluster: 'prod-eu',
        text: `/imagecheck ${typed.replace(' --dm', '')} -c prod-eu${typed.endsWith('--dm') ? ' --dm' : ''}`,
        request,
      },
    ]);
  });

  test('what needs a form opens it once the cluster is known', async () => {
    t.slack.on('views.open', () => ({ body: { view: { id: 'V9' } } }));
    await t.start({ clusters: ['dev-eu', 'prod-eu'] });
    const text = 'set-image deployment/web -n prod -c dev-eu';
    await t.click('change_in.0', JSON.stringify({ text }));
    expect(JSON.parse((await formOpened()).private_metadata)).toMatchObject({ cluster: 'dev-eu', workloads: [web] });
  });

  test('a person who may not ask in the chosen cluster is refused there', async () => {
    const rule = { users: [], groups: [], channels: ['C1'], clusters: ['dev-eu'], namespaces: ['*'], commands: ['*'] };
    await t.start({ clusters: ['dev-eu', 'prod-eu'], rules: [rule] });
    const second = buttonsOf(await t.slash('repull deployment/web -n prod'))[1];
    await t.click(second?.action_id, second?.value);
    expect(t.changes.requested).toEqual([]);
    expect(t.changes.refused).toMatchObject([{ remedy: 'force-repull', cluster: 'prod-eu' }]);
  });

  test('undo of an unknown id says so', async () => {
    await t.start();
    expect((await t.slash('undo 7F3K2QXD')).text).toMatch(/There is no plan 7F3K2QXD: .*\/imagecheck history/);
  });
});

describe('lists', () => {
  const glass = sampleApproval({
    id: 'ABCD1234',
    state: 'done',
    grant: {
      keyId: 'k',
      signature: 's',
      grant: {
        version: 1,
        approval: 'ABCD1234',
        team,
        cluster: 'dev-eu',
        digest: 'd',
        requester: 'U0ANA',
        votes: [{ user: 'U0BEN', groups: [], at: '2026-11-20T14:11:00Z' }],
        breakGlass: 'prod was down',
        decidedAt: '2026-11-20T14:11:00Z',
        executeBefore: '2026-11-20T14:21:00Z',
        nonce: 'n',
      },
    },
  });
  const keep = () => {
    for (const one of [sampleApproval(), glass]) t.changes.approvals.set(one.id, one);
  };

  test('approvals lists waiting plans with requester and expiry, and what has to be reviewed', async () => {
    keep();
    await t.start();
    const answer = await t.slash('approvals');
    const shown = JSON.stringify(answer.blocks);
    expect(shown).toMatch(/7F3K2QXD.*by <@U0ANA>.*until/);
    expect(shown).toMatch(/Break glass to review.*prod was down/);
    const reviewed = buttonsOf(answer).find(({ action_id: id }) => id === 'change_reviewed.0');
    await t.click(reviewed?.action_id, reviewed?.value);
    expect(t.changes.reviews).toMatchObject([{ id: 'ABCD1234', user: 'U0ANA' }]);
  });

  test('waiting, running and unreviewed changes stay visible despite hundreds of newer changes', async () => {
    const running = sampleApproval({ id: 'RVNN1NG0', state: 'running' });
    for (const one of [sampleApproval(), glass, running]) t.changes.approvals.set(one.id, one);
    for (let count = 0; count < 250; count += 1) {
      const id = `D${String(count).padStart(7, '0')}`;
      t.changes.approvals.set(id, sampleApproval({ id, state: 'done' }));
    }
    await t.start();
    const answer = await t.slash('approvals');
    expect(answer.text).toBe('1 waiting for approval, 1 in progress');
    expect(JSON.stringify(answer.blocks)).toMatch(/7F3K2QXD.*RVNN1NG0.*Break glass to review.*ABCD1234/);
  });

  test('shows nothing of namespaces that the person may not ask about', async () => {
    keep();
    await t.start({
      rules: [{ users: [], groups: [], channels: ['C1'], clusters: ['*'], namespaces: ['other'], commands: ['*'] }],
    });
    const answer = await t.slash('approvals', { user_id: 'U0EVE' });
    expect(answer.text).toBe('0 waiting for approval, 0 in progress');
    expect(JSON.stringify(answer.blocks)).toMatch(/2 more are not shown/);
  });

  test('history is of one workload', async () => {
    t.changes.state.history = [
      {
        sequence: 1,
        previous: '',
        hash: '',
        event: {
          version: 1,
          action: 'executed',
          at: '2026-11-20T14:11:00Z',
          team,
          cluster: 'dev-eu',
          approval: '7F3K2QXD',
          actor: 'worker:w1',
          channel: 'C1',
          digest: '9c0d00c0ffee'.repeat(5),
          workloads: ['prod/deployment/web'],
          before: 'web:1',
          after: 'web:2',
        },
      },
    ];
    await t.start();
    const answer = await t.slash('history deployment/web -n prod');
    expect(t.changes.asked).toEqual([{ cluster: 'dev-eu', workload: 'prod/deployment/web', limit: 30 }]);
    expect(JSON.stringify(answer.blocks)).toMatch(
      /\*executed\* 7F3K2QXD by worker:w1 in <#C1> · plan `9c0d00c0ffee` · .*`web:1` → `web:2`/,
    );
  });

  test('App Home shows the same lists to people who may ask', async () => {
    keep();
    await t.start({
      rules: [{ users: ['U0ANA'], groups: [], channels: [], clusters: ['*'], namespaces: ['*'], commands: ['*'] }],
    });
    const open = async (user: string) =>
      await t.slack.deliver('events_api', {
        type: 'event_callback',
        event_id: `EvH${user}`,
        team_id: team,
        event: { type: 'app_home_opened', user, channel: 'D0ANA', tab: 'home' },
      });
    await open('U0ANA');
    await open('U0EVE');
    await expect.poll(() => t.slack.callsOf('views.publish').length).toBe(2);
    const [ana, eve] = t.slack.callsOf('views.publish').map(({ args }) => args['view']);
    expect(faultsOfHome(ana)).toEqual([]);
    expect(JSON.stringify(ana)).toContain('7F3K2QXD');
    expect(JSON.stringify(eve)).not.toContain('7F3K2QXD');
  });
});
