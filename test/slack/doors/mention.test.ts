import { describe, expect, test, vi } from 'vitest';
import { buttonsOf, explanation, useSlackApp } from '../../support/slack-app.ts';
import { team } from '../../support/slack-fake.ts';

const t = useSlackApp();

describe('a mention', () => {
  test('in a thread is answered in that thread', async () => {
    await t.start();
    await t.mention('deployment web -n prod', { thread_ts: '9.9', ts: '9.95' });
    expect(t.asked).toMatchObject([{ threadTs: '9.9', text: '@imagecheck deployment web -n prod' }]);
    await expect.poll(() => t.slack.callsOf('chat.postMessage')[0]?.args).toMatchObject({ thread_ts: '9.9' });
  });

  test('is acknowledged only when the question is stored', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await t.start({ ask: async () => await promise });
    let acknowledged = false;
    const done = t.mention('deployment web -n prod').then(() => {
      acknowledged = true;
    });
    await expect.poll(() => t.slack.callsOf('users.info').length).toBe(1);
    await t.slash('help');
    expect(acknowledged).toBe(false);
    resolve();
    await done;
  });

  test('repeated by Slack is one question', async () => {
    await t.start();
    const envelope = { event_id: 'Ev-same' };
    await t.mention('deployment web -n prod', {}, envelope);
    await t.mention('deployment web -n prod', {}, envelope);
    expect(t.asked).toHaveLength(1);
  });

  test.each([
    ['help', 'chat.postEphemeral'],
    ['explain exec format error', 'chat.postMessage'],
    ['deploymnt web', 'chat.postEphemeral'],
  ])('repeated by Slack, to this bot and to another, is answered once: %s', async (text, method) => {
    const envelope = { event_id: 'Ev-same' };
    for (const place of ['this bot', 'another bot']) {
      await t.start();
      await t.mention(text, {}, envelope);
      await t.mention(text, {}, envelope);
      expect(t.slack.callsOf(method), place).toHaveLength(1);
    }
  });

  test('is answered although Redis does not say whether it was', async () => {
    await t.start();
    t.memory.state.redis = 'hanging';
    await t.mention('help');
    await expect.poll(() => t.slack.callsOf('chat.postEphemeral'), { timeout: 4000 }).toHaveLength(1);
  });

  test.each([
    ['one name', 'a'.repeat(40_000)],
    ['many names of tags', 'web:1 '.repeat(7000)],
    ['many separators', '/'.repeat(40_000)],
    ['many mentions', '<@UBOT> '.repeat(5000)],
    ['many pairs', 'a=b:c@d '.repeat(5000)],
  ])('of 40,000 characters, %s, blocks nobody for long', async (_, text) => {
    await t.start();
    let longestMs = 0;
    let lastMs = performance.now();
    const ticking = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      lastMs = performance.now();
    }, 1);
    try {
      for (const command of ['set-image deployment/web ', 'image ', 'explain ', '']) {
        await t.mention(`${command}${text}`, { thread_ts: '9.9' });
      }
    } finally {
      clearInterval(ticking);
    }
    expect(longestMs).toBeLessThan(500);
  });

  test('mistakes are shown to the person alone, in the thread', async () => {
    await t.start();
    await t.mention('deploymnt web', { thread_ts: '9.9' });
    expect(t.slack.callsOf('chat.postEphemeral').map(({ args }) => args)).toMatchObject([
      { channel: 'C1', user: 'U0ANA', thread_ts: '9.9', text: expect.stringContaining('Did you mean') },
    ]);
  });

  test.each([{ status: 500 }, { status: 429, headers: { 'retry-after': '1' } }])(
    'is answered even if Slack answers the first attempt with $status',
    async (failure) => {
      await t.start();
      let left = 1;
      t.slack.on('chat.postEphemeral', () => {
        left -= 1;
        return left < 0 ? undefined : failure;
      });
      await t.mention('deploymnt web', { thread_ts: '9.9' });
      await expect.poll(() => t.slack.callsOf('chat.postEphemeral')).toHaveLength(2);
    },
  );

  test('explain answers everyone, in the thread of the mention', async () => {
    await t.start();
    await t.mention('explain toomanyrequests', { ts: '7.7' });
    expect(t.slack.callsOf('chat.postMessage').map(({ args }) => args)).toMatchObject([{ thread_ts: '7.7' }]);
  });

  test('a bare kind gives a button, because a mention opens no form', async () => {
    await t.start();
    await t.mention('deployment');
    const [told] = t.slack.callsOf('chat.postEphemeral');
    const [choose] = buttonsOf(told?.args);
    await t.click(choose?.action_id, choose?.value);
    expect(t.slack.callsOf('views.open')).toHaveLength(1);
  });

  test('in a channel shared with others is refused unless the channel is named', async () => {
    await t.start({
      rules: [{ users: ['U0ANA'], groups: [], channels: [], clusters: ['*'], namespaces: ['*'], commands: ['*'] }],
    });
    t.slack.on('conversations.info', () => ({ body: { channel: { id: 'C1', name: 'x', is_ext_shared: false } } }));
    await t.mention('deployment web -n prod', {}, { is_ext_shared_channel: true });
    expect(t.slack.callsOf('chat.postEphemeral')[0]?.args['text']).toMatch(/shared with another organisation/);
    await t.mention('deployment web -n prod');
    expect(t.asked).toHaveLength(1);
  });

  test('from another bot is ignored', async () => {
    await t.start();
    await t.mention('deployment web -n prod', { bot_id: 'B0OTHER' });
    expect(t.asked).toEqual([]);
  });
});

describe('explain this error', () => {
  const shortcut = async (part: object = {}) =>
    await t.slack.deliver('interactive', {
      type: 'message_action',
      callback_id: 'explain',
      user: { id: 'U0ANA', team_id: team },
      team: { id: team },
      channel: { id: 'C1', name: 'incidents' },
      trigger_id: t.nextTrigger(),
      response_url: t.slack.responseUrl(),
      message: { type: 'message', ts: '3.3', text: '', attachments: [{ title: 'Alert', text: 'toomanyrequests' }] },
      ...part,
    });

  test('answers in the thread of the message, and reads attachments', async () => {
    const explain = vi.fn(explanation);
    await t.start({ explain });
    await shortcut();
    await expect
      .poll(() => t.slack.callsOf('chat.postMessage')[0]?.args)
      .toMatchObject({ channel: 'C1', thread_ts: '3.3' });
    expect(explain).toHaveBeenCalledWith('Alert\ntoomanyrequests');
  });

  test('tells the person alone where it may not write', async () => {
    t.slack.on('chat.postMessage', () => ({ body: { ok: false, error: 'channel_not_found' } }));
    await t.start();
    await shortcut();
    await expect
      .poll(() => t.slack.responses[0])
      .toMatchObject({ response_type: 'ephemeral', replace_original: false });
  });
});
