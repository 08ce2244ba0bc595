import { beforeEach, describe, expect, test } from 'vitest';
import { originated } from '../../../src/model/message-origin.ts';
import { buttonsOf, useSlackApp } from '../../support/slack-app.ts';
import { team } from '../../support/slack-fake.ts';
import { sampleFinding, sampleReport } from '../../support/slack-samples.ts';

const t = useSlackApp();

describe('buttons', () => {
  const value = (target: object) => JSON.stringify({ cluster: 'dev-eu', target });
  const web = { type: 'workload', kind: 'Deployment', namespace: 'prod', name: 'web' };

  test('a choice asks with the full name, in the same thread, for the one who clicked', async () => {
    await t.start();
    await t.click('ask.3', value(web), { user: { id: 'U0BEN', team_id: team } });
    expect(t.asked).toMatchObject([
      { user: 'U0BEN', threadTs: '5.0', target: web, text: '/imagecheck deployment web -n prod -c dev-eu' },
    ]);
  });

  test('show all shows all, in place', async () => {
    await t.start();
    t.memory.reports.set('r1', sampleReport({ findings: Array.from({ length: 9 }, () => sampleFinding()) }));
    await t.click('show_all', JSON.stringify({ messageId: 'ask:T0TEAM/q:report', reportId: 'r1' }));
    expect(t.memory.outbox.rows.get('ask:T0TEAM/q:report')?.message).toMatchObject({
      channel: 'C1',
      thread: { ts: '5.0' },
      body: { view: 'report', showAll: true },
    });
  });

  test('a report that is no longer stored is reported as such', async () => {
    await t.start();
    await t.click('show_all', JSON.stringify({ messageId: 'ask:T0TEAM/q:report', reportId: 'gone' }));
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(/has been deleted/);
  });

  test('are refused like commands', async () => {
    await t.start();
    await t.click('ask.0', value(web), { channel: { id: 'C2', name: 'x' } });
    expect(t.asked).toEqual([]);
    await expect.poll(() => t.slack.responses[0]?.['text']).toMatch(/this channel/);
  });

  test('in a direct message count where the question was asked, for who asked it', async () => {
    await t.start();
    await t.slash('deployment web -n prod --dm');
    const direct = { channel: { id: 'D0ANA', name: 'directmessage' } };
    const again = JSON.stringify({ cluster: 'dev-eu', target: web, ask: t.asked[0]?.id });
    await t.click('ask.0', again, direct);
    expect(t.asked[1]).toMatchObject({ channel: 'D0ANA', origin: 'C1' });
    await t.click('ask.0', again, { ...direct, user: { id: 'U0EVE', team_id: team } });
    expect(t.asked).toHaveLength(2);
  });

  test('an unknown value starts nothing', async () => {
    await t.start();
    await t.click('ask.0', '{"cluster":"DROP"}');
    expect(t.asked).toEqual([]);
    expect(t.log.error).toHaveBeenCalledTimes(1);
  });
});

describe('where the bot is no member', () => {
  beforeEach(() => {
    t.slack.on('chat.postMessage', ({ channel }) =>
      channel === 'C1' ? { body: { ok: false, error: 'not_in_channel' } } : undefined,
    );
  });

  test('the person is told how to invite it, and gets the report directly', async () => {
    await t.start();
    await t.slash('deployment web -n prod');
    await expect.poll(() => t.slack.responses.length).toBe(1);
    const [told] = t.slack.responses;
    expect(told?.['text']).toMatch(/\/invite @imagecheck/);
    const [direct] = buttonsOf(told);
    await t.click(direct?.action_id, direct?.value, {
      container: { type: 'message', is_ephemeral: true },
      message: undefined,
    });
    expect(t.asked[1]).toMatchObject({ channel: 'D0ANA', origin: 'C1' });
    await expect.poll(() => t.slack.callsOf('chat.postMessage').at(-1)?.args['channel']).toBe('D0ANA');
  });

  test('the person who used break glass is told that the security channel was not informed', async () => {
    await t.start();
    await t.memory.ports.outbox.put({
      version: 1,
      ...originated({ about: 'approval', approval: '7F3K2QXD', part: 'break-glass' }),
      team,
      channel: 'C1',
      urgency: 'answer',
      body: { view: 'notice', tone: 'warning', text: 'Break glass: @U0ANA approved 7F3K2QXD', people: ['U0ANA'] },
    });
    await expect
      .poll(() => t.slack.callsOf('chat.postMessage').at(-1)?.args)
      .toMatchObject({ channel: 'D0ANA', text: expect.stringMatching(/7F3K2QXD alone.*C1.*no member.*\/invite/s) });
  });

  test('without a response URL the person is told by direct message', async () => {
    await t.start();
    await t.mention('deployment web -n prod');
    await expect
      .poll(() => t.slack.callsOf('chat.postMessage').at(-1)?.args)
      .toMatchObject({ channel: 'D0ANA', text: expect.stringContaining('/invite @imagecheck') });
  });
});
