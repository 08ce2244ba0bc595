import { describe, expect, test, vi } from 'vitest';
import { opensForm } from '../../../src/commands/parse.ts';
import { openPickerValue } from '../../../src/slack/blocks/ids.ts';
import type { Workspace } from '../../../src/slack/bot/bot.ts';
import type { Reply } from '../../../src/slack/bot/request.ts';
import { openWhenRead } from '../../../src/slack/changes/modals.ts';
import { drawClusterChoice, drawRefusal } from '../../../src/slack/views/private.ts';
import { useSlackApp } from '../../support/slack-app.ts';
import { faultsOfModal } from '../../support/slack-limits.ts';

const t = useSlackApp();
const opened = () => JSON.stringify(t.slack.callsOf('views.open').map(({ args }) => args['view']));
const filled = () => t.slack.callsOf('views.update')[0]?.args as { view_id?: string; view?: object } | undefined;
const nobody = [{ users: ['U0EVE'], groups: [], channels: [], clusters: ['*'], namespaces: ['*'], commands: ['*'] }];

test.each<[string, boolean]>([
  ['set-image deployment/web -n prod', true],
  ['add-pull-secret web', true],
  ['set-image deployment/web :1.2', false],
  ['repull deployment/web', false],
  ['set-image', false],
  ['deployment web', false],
  ['deployment', true],
  ['deploy -n prod', true],
  ['', false],
  ['help', false],
])('whether a form opens is known from the text alone: %s', (text, expected) => {
  expect(opensForm(text)).toBe(expected);
});

describe('a form that was asked for by name', () => {
  test.each(['set-image deployment/web -n prod', 'deployment'])(
    'opens while Redis says nothing, and says so when nothing comes: %s',
    async (text) => {
      t.slack.on('views.open', () => ({ body: { view: { id: 'V9' } } }));
      await t.start();
      t.memory.state.redis = 'hanging';
      expect(await t.slash(text)).not.toHaveProperty('text');
      expect(opened()).toContain('Reading the rules of this channel');
      await expect.poll(filled).toMatchObject({ view_id: 'V9' });
      expect(JSON.stringify(filled()?.view)).toContain('Nothing was done');
      expect(t.changes.requested).toEqual([]);
    },
  );

  test('shows a refusal that comes late in its view', async () => {
    const slow = Promise.withResolvers<void>();
    t.slack.on('views.open', () => ({ body: { view: { id: 'V9' } } }));
    const refused = async () => await slow.promise;
    await t.start({ rules: nobody, changes: { ...t.changes.door, refused } });
    await t.slash('add-pull-secret deployment/web -n prod');
    expect(opened()).toContain('Reading the rules of this channel');
    slow.resolve();
    await expect.poll(filled).toMatchObject({ view_id: 'V9' });
    expect(faultsOfModal(filled()?.view)).toEqual([]);
    expect(JSON.stringify(filled()?.view)).toContain('🚫');
  });
});

describe('the picker', () => {
  const button = openPickerValue({ kind: 'Deployment', direct: false });

  test.each<[string, () => Promise<unknown>]>([
    ['typed', async () => await t.slash('deployment -n prod')],
    ['by its button', async () => await t.click('open_picker', button)],
  ])('%s opens before Redis answers, and is filled later', async (_, open) => {
    const slow = Promise.withResolvers<undefined>();
    t.slack.on('views.open', () => ({ body: { view: { id: 'V9' } } }));
    await t.start();
    vi.spyOn(t.memory.ports.workers, 'alive').mockImplementation(async () => {
      await slow.promise;
      return [];
    });
    await open();
    expect(opened()).toContain('Reading the');
    expect(filled()).toBeUndefined();
    slow.resolve(undefined);
    await expect.poll(filled).toMatchObject({ view_id: 'V9', view: { callback_id: 'picker' } });
    expect(faultsOfModal(filled()?.view)).toEqual([]);
  });

  test('shows a refusal that comes late in its view', async () => {
    const slow = Promise.withResolvers<undefined>();
    t.slack.on('views.open', () => ({ body: { view: { id: 'V9' } } }));
    t.slack.on('users.info', () => ({ after: slow.promise }));
    await t.start({ rules: nobody, requestTimeoutMs: 60_000 });
    expect(await t.slash('deployment')).not.toHaveProperty('text');
    expect(opened()).toContain('Reading the rules of this channel');
    slow.resolve(undefined);
    await expect.poll(filled).toMatchObject({ view_id: 'V9' });
    expect(JSON.stringify(filled()?.view)).toContain('🚫');
  });
});

describe('what is read before a view', () => {
  const choice = drawClusterChoice(['dev-eu', 'prod-eu'], { actionId: 'change_in', valueOf: (cluster) => cluster });

  test.each<[string, Reply, RegExp, number, Error?]>([
    ['a question with buttons is asked beside the view too', { kind: 'private', drawn: choice }, /Which cluster/, 1],
    ['a refusal is in the view only', { kind: 'private', drawn: drawRefusal('not here') }, /not here/, 0],
    [
      'the view is filled where Slack takes nothing beside it',
      { kind: 'private', drawn: choice },
      /Which cluster/,
      1,
      new Error('used_url'),
    ],
  ])('%s', async (_, reply, words, responses, refusal) => {
    const views: object[] = [];
    const client = {
      views: {
        open: async ({ view }: { view: object }) => {
          views.push(view);
          slow.resolve(reply);
          return { view: { id: 'V1' } };
        },
        update: async ({ view }: { view: object }) => void views.push(view),
      },
    };
    const slow = Promise.withResolvers<Reply>();
    const respond = vi.fn(async () => {
      if (refusal !== undefined) throw refusal;
    });
    const opening = { triggerId: 't1', what: 'the rules', respond };
    const answer = await openWhenRead({ log: t.log }, { client } as unknown as Workspace, opening, slow.promise);
    expect(answer).toEqual({ kind: 'asked' });
    await expect.poll(() => views.length).toBe(2);
    expect(JSON.stringify(views[1])).toMatch(words);
    expect(respond).toHaveBeenCalledTimes(responses);
  });
});
