import { describe, expect, test } from 'vitest';
import { changeIds } from '../../../src/slack/blocks/change-ids.ts';
import { useSlackApp } from '../../support/slack-app.ts';
import { team } from '../../support/slack-fake.ts';
import { faultsOfModal } from '../../support/slack-limits.ts';
import { sampleReport } from '../../support/slack-samples.ts';

const t = useSlackApp();
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
  test('with other parameters: a prefilled form, which changes nothing if submitted unchanged', async () => {
    await t.start();
    t.memory.reports.set('r1', sampleReport());
    await t.click(
      'fix_choose.0',
      JSON.stringify({ messageId: 'ask:T/q:report', reportId: 'r1', finding: 0, remedy: 'set-image' }),
    );
    expect(faultsOfModal(openedView())).toEqual([]);
    expect(JSON.stringify(openedView())).toContain('ghcr.io/acme/worker@sha256:9c0d');
    expect(JSON.stringify(openedView())).toContain('deployment/dask-scheduler');
    const same = await submit(changeIds.form, text('image.0', 'ghcr.io/acme/worker:88a216e'));
    expect(same?.errors?.['image.0']).toMatch(/Nothing is changed yet/);
    const bad = await submit(changeIds.form, { ...text('image.0', 'Not An Image'), ...text('image.1', 'latest') });
    expect(bad?.response_action).toBe('errors');
    expect(bad?.errors).toEqual({
      'image.0': expect.stringContaining('isn’t a valid image reference'),
      'image.1': expect.stringMatching(/looks like a tag; .* Did you mean :latest\?$/),
    });
    await submit(changeIds.form, { ...text('image.0', ':1f2c9aa'), ...text('image.1', 'ghcr.io/acme/scheduler:1') });
    const container = 'worker';
    expect(t.changes.requested).toMatchObject([
      {
        thread: { ts: '5.0' },
        request: {
          remedy: 'set-image',
          targets: [
            { subject: { name: 'dask-workers' }, params: { images: [{ container, image: ':1f2c9aa' }] } },
            { subject: { name: 'dask-scheduler' }, params: { images: [{ image: 'ghcr.io/acme/scheduler:1' }] } },
          ],
        },
      },
    ]);
  });

  test.each([
    ['*', undefined],
    ['prod', true],
  ])('with rules for namespace %s names of others are told or not', async (namespace, confined) => {
    await t.start({
      rules: [{ users: [], groups: [], channels: ['C1'], clusters: ['*'], namespaces: [namespace], commands: ['*'] }],
    });
    const report = sampleReport();
    t.memory.reports.set('r1', {
      ...report,
      subject: { kind: 'Deployment', namespace: 'prod', name: 'dask-workers' },
    });
    const value = { messageId: 'ask:T/q:report', reportId: 'r1', finding: 0, remedy: 'set-image' };
    await t.click('fix_choose.0', JSON.stringify(value));
    await submit(changeIds.form, text('image.0', ':1f2c9aa'));
    expect(t.changes.requested).toMatchObject([{ request: { remedy: 'set-image' } }]);
    expect(t.changes.requested[0]?.request.confined).toBe(confined);
  });

  test.each([
    ['the form', {}, 'change_form', /ghcr\.io\/acme\/worker/],
    [
      'the refusal',
      { rules: [{ users: [], groups: [], channels: ['C1'], clusters: ['*'], namespaces: ['*'], commands: ['check'] }] },
      'plan_view',
      /can’t use/,
    ],
  ])('with parameters of one’s own waits for nothing slow: %s follows', async (_, options, callback, words) => {
    const slow = Promise.withResolvers<void>();
    const get = async () => {
      await slow.promise;
      return sampleReport();
    };
    t.slack.on('views.open', () => ({ body: { view: { id: 'V9' } } }));
    await t.start({ ...options, ports: { ...t.memory.ports, reports: { get } } });
    await t.click(
      'fix_choose.0',
      JSON.stringify({ messageId: 'ask:T/q:report', reportId: 'r1', finding: 0, remedy: 'set-image' }),
    );
    expect(JSON.stringify(openedView())).toContain('Reading the report');
    slow.resolve();
    await expect.poll(() => t.slack.callsOf('views.update')[0]?.args).toMatchObject({ view_id: 'V9' });
    const filled = t.slack.callsOf('views.update')[0]?.args['view'] as { callback_id?: string };
    expect(faultsOfModal(filled)).toEqual([]);
    expect(filled.callback_id).toBe(callback);
    expect(JSON.stringify(filled)).toMatch(words);
  });
});
