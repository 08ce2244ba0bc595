import { describe, expect, test } from 'vitest';
import { type Acknowledged, useSlackApp } from '../../support/slack-app.ts';
import { team } from '../../support/slack-fake.ts';
import { faultsOfModal } from '../../support/slack-limits.ts';

const t = useSlackApp();

describe('the picker', () => {
  const open = async (text = 'deployment') => {
    expect(await t.slash(text)).toEqual({});
    const view = t.slack.callsOf('views.open').at(-1)?.args['view'] as Record<string, unknown> & {
      private_metadata: string;
    };
    expect(faultsOfModal(view)).toEqual([]);
    return view;
  };
  const suggest = async (actionId: string, view: object, typed = '') =>
    (
      (await t.slack.deliver('interactive', {
        type: 'block_suggestion',
        user: { id: 'U0ANA', team_id: team },
        team: { id: team },
        action_id: actionId,
        block_id: 'b',
        value: typed,
        view: { id: 'V1', ...view },
      })) as Acknowledged
    ).options?.map(({ value, text }) => `${value} ${text.text}`);
  const select = (actionId: string, value: string) => ({
    [`b-${actionId}`]: { [actionId]: { selected_option: { value } } },
  });

  test('lists what the worker answers, filtered by what is typed', async () => {
    await t.start();
    const view = await open('deployment -n prod');
    t.memory.state.answer = ({ what }) =>
      what === 'namespaces' ? ['prod', 'preprod', 'shop'] : ['deployment/web', 'deployment/worker'];
    expect(await suggest('picker_namespace', view, 'pro')).toEqual(['prod prod', 'preprod preprod']);
    expect(await suggest('picker_workload', view, 'w')).toEqual(['Deployment/web web', 'Deployment/worker worker']);
    expect(t.memory.lookups.at(-1)?.data).toMatchObject({
      version: 1,
      cluster: 'dev-eu',
      what: 'workloads',
      namespace: 'prod',
      kind: 'Deployment',
    });
  });

  test('lists only what this person may ask about', async () => {
    await t.start({
      rules: [{ users: [], groups: [], channels: ['C1'], clusters: ['*'], namespaces: ['shop*'], commands: ['*'] }],
    });
    const view = await open();
    t.memory.state.answer = () => ['prod', 'shop', 'shop-eu'];
    expect(await suggest('picker_namespace', view)).toEqual(['shop shop', 'shop-eu shop-eu']);
  });

  test('says so if nobody answers, and offers the typed text', async () => {
    await t.start();
    t.memory.state.answer = () => undefined;
    const view = await open('deployment -n prod');
    expect(await suggest('picker_namespace', view)).toEqual(['? dev-eu did not answer; type a name']);
    expect(await suggest('picker_workload', view, 'web')).toEqual([
      'Deployment/web web (as typed)',
      '? dev-eu did not answer; type a name',
    ]);
  });

  test('says so if there is nothing, and offers the typed text', async () => {
    await t.start();
    const view = await open('deployment -n prod');
    expect(await suggest('picker_namespace', view)).toEqual(['? Nothing found (or no right to list it)']);
    expect(await suggest('picker_workload', view, 'web')).toEqual([
      'Deployment/web web (as typed)',
      '? Nothing found (or no right to list it)',
    ]);
  });

  test('says when no worker is running', async () => {
    t.memory.state.alive = false;
    await t.start();
    expect(JSON.stringify(await open())).toContain('No worker of cluster dev-eu is running');
  });

  test('another cluster forgets the namespace', async () => {
    await t.start({ clusters: ['dev-eu', 'prod-eu'] });
    const view = await open('deployment -c dev-eu -n prod');
    await t.slack.deliver('interactive', {
      type: 'block_actions',
      user: { id: 'U0ANA', team_id: team },
      team: { id: team },
      trigger_id: 't',
      container: { type: 'view', view_id: 'V1' },
      view: {
        id: 'V1',
        hash: 'h1',
        private_metadata: view.private_metadata,
        state: { values: select('picker_cluster', 'prod-eu') },
      },
      actions: [
        { type: 'static_select', action_id: 'picker_cluster', block_id: 'b', selected_option: { value: 'prod-eu' } },
      ],
    });
    await expect.poll(() => t.slack.callsOf('views.update').length).toBe(1);
    const updated = t.slack.callsOf('views.update')[0]?.args;
    expect(updated).toMatchObject({ view_id: 'V1', hash: 'h1' });
    const redrawn = updated?.['view'] as { private_metadata: string } | undefined;
    expect(JSON.parse(redrawn?.private_metadata ?? '')).toEqual({
      channel: 'C1',
      channelName: 'incidents',
      direct: false,
      kind: 'Deployment',
      cluster: 'prod-eu',
    });
  });

  const submit = async (view: { private_metadata: string }, values: object) =>
    (await t.slack.deliver('interactive', {
      type: 'view_submission',
      user: { id: 'U0ANA', team_id: team },
      team: { id: team },
      trigger_id: t.nextTrigger(),
      view: {
        id: 'V1',
        type: 'modal',
        callback_id: 'picker',
        private_metadata: view.private_metadata,
        state: { values },
      },
    })) as Acknowledged;

  test('asks what was chosen, in the channel where it was opened', async () => {
    await t.start();
    const view = await open();
    const values = { ...select('picker_namespace', 'prod'), ...select('picker_workload', 'Deployment/web') };
    expect(await submit(view, values)).toEqual({});
    expect(t.asked).toMatchObject([
      {
        channel: 'C1',
        cluster: 'dev-eu',
        target: { kind: 'Deployment', namespace: 'prod', name: 'web' },
        text: '/imagecheck deployment web -n prod -c dev-eu',
      },
    ]);
  });

  test('says what is missing', async () => {
    await t.start();
    const view = await open();
    expect(await submit(view, {})).toMatchObject({
      response_action: 'errors',
      errors: { 'picker_namespace.dev-eu': expect.any(String) },
    });
    expect(
      await submit(view, { ...select('picker_namespace', 'prod'), ...select('picker_workload', '?') }),
    ).toMatchObject({
      errors: { 'picker_workload.dev-eu.prod': expect.any(String) },
    });
    expect(t.asked).toEqual([]);
  });
});
