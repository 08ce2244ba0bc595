import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { Ask } from '../../src/model/ask.ts';
import type { OutboxMessage } from '../../src/model/message.ts';
import { defaultAskRules } from '../../src/model/policy.ts';
import { Secret } from '../../src/model/secret.ts';
import { createSlackApp, type SlackApp, type SlackAppOptions } from '../../src/slack/app.ts';
import { unlimitedPace } from '../../src/slack/schedule.ts';
import { botUserId, type FakeSlack, signed, startFakeSlack, team } from '../support/slack-fake.ts';
import { faultsOfMessage, faultsOfModal } from '../support/slack-limits.ts';
import { createMemoryPorts } from '../support/slack-ports.ts';
import { sampleFinding, sampleReport } from '../support/slack-samples.ts';

let slack: FakeSlack;
let memory: ReturnType<typeof createMemoryPorts>;
let apps: SlackApp[];
let asked: Ask[];
let trigger = 0;
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

beforeEach(async () => {
  slack = await startFakeSlack();
  memory = createMemoryPorts();
  apps = [];
  asked = [];
  for (const method of Object.values(log)) method.mockClear();
});
afterEach(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await slack.close();
});

async function start(part: Partial<SlackAppOptions> = {}) {
  const app = createSlackApp({
    mode: { kind: 'socket', appToken: new Secret('xapp-1') },
    botTokens: [new Secret('xoxb-1')],
    slackApiUrl: slack.apiUrl,
    requestTimeoutMs: 2000,
    clusters: ['dev-eu'],
    rules: defaultAskRules(['C1']),
    ports: memory.ports,
    ask: async (ask) => {
      await memory.reach();
      asked.push(ask);
      memory.asks.set(ask.id, ask);
      await memory.outbox.put(parentOf(ask));
    },
    explain: (text) => ({
      view: 'explanation',
      text,
      cause: 'rate_limited',
      meaning: 'too many pulls',
      confidence: 'certain',
      also: [],
      next: 'Sign in.',
    }),
    pace: unlimitedPace,
    holder: 'bot-1',
    log,
    now: () => new Date(),
    onFatal: () => {},
    ...part,
  });
  apps.push(app);
  return await app.start();
}

function parentOf({ id, channel, user, text, cluster, threadTs }: Ask): OutboxMessage {
  return {
    version: 1,
    id: `ask:${id}:parent`,
    team,
    channel,
    ...(threadTs === undefined ? {} : { thread: { ts: threadTs } }),
    urgency: 'answer',
    body: { view: 'ask', askId: id, user, text, cluster, state: 'queued' },
  };
}

interface Acknowledged {
  readonly text?: string;
  readonly response_type?: string;
  readonly response_action?: string;
  readonly errors?: Record<string, string>;
  readonly options?: { readonly value: string; readonly text: { readonly text: string } }[];
}

const slash = async (text: string, part: object = {}) =>
  (await slack.deliver('slash_commands', {
    command: '/imagecheck',
    text,
    user_id: 'U0ANA',
    team_id: team,
    channel_id: 'C1',
    channel_name: 'incidents',
    trigger_id: `t${++trigger}`,
    response_url: slack.responseUrl(),
    ...part,
  })) as Acknowledged;

const mention = async (text: string, event: object = {}, envelope: object = {}) =>
  await slack.deliver('events_api', {
    type: 'event_callback',
    event_id: `Ev${++trigger}`,
    team_id: team,
    authorizations: [{ team_id: team, user_id: botUserId, is_bot: true }],
    event: {
      type: 'app_mention',
      user: 'U0ANA',
      text: `<@${botUserId}> ${text}`,
      ts: '1.000001',
      channel: 'C1',
      ...event,
    },
    ...envelope,
  });

const click = async (actionId: string, value: string, part: object = {}) =>
  await slack.deliver('interactive', {
    type: 'block_actions',
    user: { id: 'U0ANA', team_id: team },
    team: { id: team },
    channel: { id: 'C1', name: 'incidents' },
    container: { type: 'message', message_ts: '5.5', channel_id: 'C1' },
    message: { ts: '5.5', thread_ts: '5.0' },
    trigger_id: `t${++trigger}`,
    response_url: slack.responseUrl(),
    actions: [{ type: 'button', action_id: actionId, block_id: 'b', value, action_ts: '1' }],
    ...part,
  });

describe('the slash command', () => {
  test('asks, and is acknowledged only when the question is kept', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const order: string[] = [];
    await start({
      ask: async () => {
        order.push('asking');
        await promise;
        order.push('kept');
      },
    });
    const acknowledged = slash('deployment web -n prod').then((payload) => {
      order.push('acknowledged');
      return payload;
    });
    await expect.poll(() => order).toEqual(['asking']);
    resolve();
    expect(await acknowledged).toEqual({});
    expect(order).toEqual(['asking', 'kept', 'acknowledged']);
  });

  test('the question holds who, where and what, and its parent is posted', async () => {
    await start();
    expect(await slash('deployment web -n prod')).toEqual({});
    expect(asked).toEqual([
      {
        version: 1,
        id: expect.stringMatching(new RegExp(`^${team}/[0-9a-f]{20}$`)),
        team,
        channel: 'C1',
        user: 'U0ANA',
        text: '/imagecheck deployment web -n prod',
        cluster: 'dev-eu',
        target: { type: 'workload', kind: 'Deployment', namespace: 'prod', name: 'web' },
        askedAt: expect.any(String),
      },
    ]);
    await expect.poll(() => slack.callsOf('chat.postMessage').length).toBe(1);
    expect(JSON.stringify(asked)).not.toMatch(/respond|xoxb|xapp/);
  });

  test.each<[string, string, RegExp]>([
    ['a mistake', 'deploymnt web', /Did you mean/],
    ['help', 'help', /finds out why/],
    ['nothing at all', '', /finds out why/],
    ['an unknown cluster', 'deployment web -n p -c dev-us', /There is no cluster dev-us; there is dev-eu/],
    ['explain', 'explain toomanyrequests', /rate.limited: certain/],
    ['what is used', 'use', /has chosen no cluster/],
  ])('%s is answered privately', async (_, text, expected) => {
    await start();
    const reply = await slash(text);
    expect(reply).toMatchObject({ response_type: 'ephemeral', text: expect.stringMatching(expected) });
    expect(faultsOfMessage({ text: reply.text, blocks: (reply as { blocks?: unknown }).blocks })).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('explain redacts before anybody reads it', async () => {
    const explain = vi.fn((text: string) => ({
      view: 'explanation' as const,
      text,
      cause: 'unknown',
      meaning: '',
      confidence: 'possible',
      also: [],
      next: '',
    }));
    await start({ explain });
    const reply = await slash('explain Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789');
    expect(explain.mock.calls[0]?.[0]).not.toContain('abcdefghijklmnop');
    expect(JSON.stringify(reply)).not.toContain('abcdefghijklmnop');
  });

  test('explain and help need no Redis', async () => {
    memory.state.redis = 'down';
    await start();
    expect((await slash('explain toomanyrequests')).text).toMatch(/rate.limited/);
    expect((await slash('help')).text).toMatch(/finds out why/);
  });

  test.each(['down', 'hanging'] as const)(
    'with Redis %s the answer is honest and comes within a second',
    async (redis) => {
      await start();
      await slash('help');
      memory.state.redis = redis;
      const before = Date.now();
      const reply = await slash('deployment web -n prod');
      expect(Date.now() - before).toBeLessThan(1000);
      expect(reply).toMatchObject({ response_type: 'ephemeral', text: expect.stringContaining('Nothing was started') });
      expect(log.error).toHaveBeenCalledTimes(1);
    },
  );

  test('a question that cannot be asked says why', async () => {
    await start({
      ask: async () => {
        throw new UserError('No worker for cluster dev-eu has ever been seen.', { remedy: 'Start one.' });
      },
    });
    expect((await slash('deployment web -n prod')).text).toBe(
      'No worker for cluster dev-eu has ever been seen. Start one.',
    );
  });

  test('the same delivery is one question', async () => {
    await start();
    await slash('deployment web -n prod', { trigger_id: 'same' });
    await slash('deployment web -n prod', { trigger_id: 'same' });
    expect(asked).toHaveLength(1);
  });

  test("a channel's defaults are used, and set for everyone to see", async () => {
    await start({ clusters: ['dev-eu', 'prod-eu'] });
    expect(await slash('use -c prod-eu -n shop')).toMatchObject({ response_type: 'in_channel' });
    await slash('deployment web');
    expect(asked[0]).toMatchObject({ cluster: 'prod-eu', target: { namespace: 'shop' } });
    expect((await slash('use')).text).toMatch(/means cluster `prod-eu` and namespace `shop`/);
  });

  test('several clusters are asked about, not guessed', async () => {
    await start({ clusters: ['dev-eu', 'prod-eu'] });
    const reply = await slash('deployment web -n prod');
    expect(reply.text).toMatch(/In which cluster/);
    const blocks = (reply as { blocks: { elements?: { value: string; action_id: string }[] }[] }).blocks;
    const second = blocks.flatMap(({ elements }) => elements ?? [])[1];
    await click(second?.action_id ?? '', second?.value ?? '');
    expect(asked).toMatchObject([{ cluster: 'prod-eu', target: { name: 'web' } }]);
  });

  test('--dm answers privately, and remembers where it was asked', async () => {
    await start();
    await slash('deployment web -n prod --dm');
    expect(asked).toMatchObject([{ channel: 'D0ANA', origin: 'C1' }]);
  });
});

describe('who may ask', () => {
  test.each<[string, object, Partial<SlackAppOptions>, RegExp]>([
    ['another channel', { channel_id: 'C2' }, {}, /this channel/],
    ['a guest', { user_id: 'U0GUEST' }, {}, /Guests/],
    ['another organisation', { user_id: 'U0OTHER' }, {}, /other organisations/],
    [
      'another cluster',
      {},
      { rules: [{ ...(defaultAskRules(['C1'])[0] as never as object), clusters: ['prod-*'] } as never] },
      /cluster dev-eu/,
    ],
    [
      'no member of the group',
      {},
      {
        rules: [
          {
            ...(defaultAskRules([])[0] ?? {}),
            users: [],
            groups: ['@oncall'],
            channels: ['C1'],
            clusters: ['*'],
            namespaces: ['*'],
            commands: ['*'],
          },
        ],
      },
      /not among those/,
    ],
  ])('%s is refused, privately and with the reason', async (_, part, options, expected) => {
    slack.on('users.info', ({ user }) => ({
      body: {
        user: { id: user, team_id: user === 'U0OTHER' ? 'T0OTHER' : team, is_restricted: user === 'U0GUEST' },
      },
    }));
    slack.on('usergroups.list', () => ({ body: { usergroups: [{ id: 'S0ONCALL', handle: 'oncall' }] } }));
    slack.on('usergroups.users.list', () => ({ body: { users: ['U0BEN'] } }));
    await start(options);
    const reply = await slash('deployment web -n prod', part);
    expect(reply).toMatchObject({ response_type: 'ephemeral', text: expect.stringMatching(expected) });
    expect(asked).toEqual([]);
  });

  test('people are looked up once', async () => {
    await start();
    await Promise.all([slash('deployment a -n p'), slash('deployment b -n p'), slash('deployment c -n p')]);
    expect(asked).toHaveLength(3);
    expect(slack.callsOf('users.info')).toHaveLength(1);
  });
});

describe('a mention', () => {
  test('in a thread is answered in that thread', async () => {
    await start();
    await mention('deployment web -n prod', { thread_ts: '9.9', ts: '9.95' });
    expect(asked).toMatchObject([{ threadTs: '9.9', text: '@imagecheck deployment web -n prod' }]);
    await expect.poll(() => slack.callsOf('chat.postMessage')[0]?.args).toMatchObject({ thread_ts: '9.9' });
  });

  test('is acknowledged only when the question is kept', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await start({ ask: async () => await promise });
    let acknowledged = false;
    const done = mention('deployment web -n prod').then(() => {
      acknowledged = true;
    });
    await expect.poll(() => slack.callsOf('users.info').length).toBe(1);
    await slash('help');
    expect(acknowledged).toBe(false);
    resolve();
    await done;
  });

  test('repeated by Slack is one question', async () => {
    await start();
    const envelope = { event_id: 'Ev-same' };
    await mention('deployment web -n prod', {}, envelope);
    await mention('deployment web -n prod', {}, envelope);
    expect(asked).toHaveLength(1);
  });

  test('mistakes are shown to the person alone, in the thread', async () => {
    await start();
    await mention('deploymnt web', { thread_ts: '9.9' });
    expect(slack.callsOf('chat.postEphemeral').map(({ args }) => args)).toMatchObject([
      { channel: 'C1', user: 'U0ANA', thread_ts: '9.9', text: expect.stringContaining('Did you mean') },
    ]);
  });

  test('explain answers everyone, in the thread of the mention', async () => {
    await start();
    await mention('explain toomanyrequests', { ts: '7.7' });
    expect(slack.callsOf('chat.postMessage').map(({ args }) => args)).toMatchObject([{ thread_ts: '7.7' }]);
  });

  test('a bare kind gives a button, because a mention opens no form', async () => {
    await start();
    await mention('deployment');
    const [told] = slack.callsOf('chat.postEphemeral');
    const buttons = (told?.args['blocks'] as { elements?: { action_id: string; value: string }[] }[]).flatMap(
      (block) => block.elements ?? [],
    );
    await click(buttons[0]?.action_id ?? '', buttons[0]?.value ?? '');
    expect(slack.callsOf('views.open')).toHaveLength(1);
  });

  test('in a channel shared with others is refused unless the channel is named', async () => {
    await start({
      rules: [{ users: ['U0ANA'], groups: [], channels: [], clusters: ['*'], namespaces: ['*'], commands: ['*'] }],
    });
    slack.on('conversations.info', () => ({ body: { channel: { id: 'C1', name: 'x', is_ext_shared: false } } }));
    await mention('deployment web -n prod', {}, { is_ext_shared_channel: true });
    expect(slack.callsOf('chat.postEphemeral')[0]?.args['text']).toMatch(/shared with another organisation/);
    await mention('deployment web -n prod');
    expect(asked).toHaveLength(1);
  });

  test('of another bot is left alone', async () => {
    await start();
    await mention('deployment web -n prod', { bot_id: 'B0OTHER' });
    expect(asked).toEqual([]);
  });
});

describe('buttons', () => {
  const value = (target: object) => JSON.stringify({ cluster: 'dev-eu', target });
  const web = { type: 'workload', kind: 'Deployment', namespace: 'prod', name: 'web' };

  test('a choice asks with the full name, in the same thread, for the one who clicked', async () => {
    await start();
    await click('ask.3', value(web), { user: { id: 'U0BEN', team_id: team } });
    expect(asked).toMatchObject([
      { user: 'U0BEN', threadTs: '5.0', target: web, text: '/imagecheck deployment web -n prod -c dev-eu' },
    ]);
  });

  test('show all shows all, in place', async () => {
    await start();
    memory.reports.set('r1', sampleReport({ findings: Array.from({ length: 9 }, () => sampleFinding()) }));
    await click('show_all', JSON.stringify({ messageId: 'ask:T0TEAM/q:report', reportId: 'r1' }));
    expect(memory.outbox.rows.get('ask:T0TEAM/q:report')?.message).toMatchObject({
      channel: 'C1',
      thread: { ts: '5.0' },
      body: { view: 'report', showAll: true },
    });
  });

  test('a report that is no longer kept says so', async () => {
    await start();
    await click('show_all', JSON.stringify({ messageId: 'ask:T0TEAM/q:report', reportId: 'gone' }));
    await expect.poll(() => slack.responses[0]?.['text']).toMatch(/no longer kept/);
  });

  test('are refused like commands', async () => {
    await start();
    await click('ask.0', value(web), { channel: { id: 'C2', name: 'x' } });
    expect(asked).toEqual([]);
    await expect.poll(() => slack.responses[0]?.['text']).toMatch(/this channel/);
  });

  test('in a direct message count where the question was asked, for who asked it', async () => {
    await start();
    await slash('deployment web -n prod --dm');
    const direct = { channel: { id: 'D0ANA', name: 'directmessage' } };
    const again = JSON.stringify({ cluster: 'dev-eu', target: web, ask: asked[0]?.id });
    await click('ask.0', again, direct);
    expect(asked[1]).toMatchObject({ channel: 'D0ANA', origin: 'C1' });
    await click('ask.0', again, { ...direct, user: { id: 'U0EVE', team_id: team } });
    expect(asked).toHaveLength(2);
  });

  test('a value that is not ours starts nothing', async () => {
    await start();
    await click('ask.0', '{"cluster":"DROP"}');
    expect(asked).toEqual([]);
    expect(log.error).toHaveBeenCalledTimes(1);
  });
});

describe('where the bot is no member', () => {
  beforeEach(() => {
    slack.on('chat.postMessage', ({ channel }) =>
      channel === 'C1' ? { body: { ok: false, error: 'not_in_channel' } } : undefined,
    );
  });

  test('the person reads how to invite it, and takes the report directly', async () => {
    await start();
    await slash('deployment web -n prod');
    await expect.poll(() => slack.responses.length).toBe(1);
    const [told] = slack.responses;
    expect(told?.['text']).toMatch(/\/invite @imagecheck/);
    const buttons = (told?.['blocks'] as { elements?: { action_id: string; value: string }[] }[]).flatMap(
      (block) => block.elements ?? [],
    );
    await click(buttons[0]?.action_id ?? '', buttons[0]?.value ?? '', {
      container: { type: 'message', is_ephemeral: true },
      message: undefined,
    });
    expect(asked[1]).toMatchObject({ channel: 'D0ANA', origin: 'C1' });
    await expect.poll(() => slack.callsOf('chat.postMessage').at(-1)?.args['channel']).toBe('D0ANA');
  });

  test('without a response URL it is said by direct message', async () => {
    await start();
    await mention('deployment web -n prod');
    await expect
      .poll(() => slack.callsOf('chat.postMessage').at(-1)?.args)
      .toMatchObject({ channel: 'D0ANA', text: expect.stringContaining('/invite @imagecheck') });
  });
});

describe('the picker', () => {
  const open = async (text = 'deployment') => {
    expect(await slash(text)).toEqual({});
    const view = slack.callsOf('views.open').at(-1)?.args['view'] as Record<string, unknown> & {
      private_metadata: string;
    };
    expect(faultsOfModal(view)).toEqual([]);
    return view;
  };
  const suggest = async (actionId: string, view: object, typed = '') =>
    (
      (await slack.deliver('interactive', {
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
    await start();
    const view = await open('deployment -n prod');
    memory.state.answer = ({ what }) =>
      what === 'namespaces' ? ['prod', 'preprod', 'shop'] : ['deployment/web', 'deployment/worker'];
    expect(await suggest('picker_namespace', view, 'pro')).toEqual(['prod prod', 'preprod preprod']);
    expect(await suggest('picker_workload', view, 'w')).toEqual(['Deployment/web web', 'Deployment/worker worker']);
    expect(memory.lookups.at(-1)?.data).toMatchObject({
      version: 1,
      cluster: 'dev-eu',
      what: 'workloads',
      namespace: 'prod',
      kind: 'Deployment',
    });
  });

  test('lists only what this person may ask about', async () => {
    await start({
      rules: [{ users: [], groups: [], channels: ['C1'], clusters: ['*'], namespaces: ['shop*'], commands: ['*'] }],
    });
    const view = await open();
    memory.state.answer = () => ['prod', 'shop', 'shop-eu'];
    expect(await suggest('picker_namespace', view)).toEqual(['shop shop', 'shop-eu shop-eu']);
  });

  test('says when nobody answers, and takes what was typed', async () => {
    await start();
    memory.state.answer = () => undefined;
    const view = await open('deployment -n prod');
    expect(await suggest('picker_namespace', view)).toEqual(['? dev-eu did not answer; type a name']);
    expect(await suggest('picker_workload', view, 'web')).toEqual([
      'Deployment/web web (as typed)',
      '? dev-eu did not answer; type a name',
    ]);
  });

  test('says when no worker is running', async () => {
    memory.state.alive = false;
    await start();
    expect(JSON.stringify(await open())).toContain('No worker of cluster dev-eu is running');
  });

  test('another cluster forgets the namespace', async () => {
    await start({ clusters: ['dev-eu', 'prod-eu'] });
    const view = await open('deployment -c dev-eu -n prod');
    await slack.deliver('interactive', {
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
    await expect.poll(() => slack.callsOf('views.update').length).toBe(1);
    const updated = slack.callsOf('views.update')[0]?.args;
    expect(updated).toMatchObject({ view_id: 'V1', hash: 'h1' });
    expect(JSON.parse((updated?.['view'] as { private_metadata: string }).private_metadata)).toEqual({
      channel: 'C1',
      channelName: 'incidents',
      direct: false,
      kind: 'Deployment',
      cluster: 'prod-eu',
    });
  });

  const submit = async (view: { private_metadata: string }, values: object) =>
    (await slack.deliver('interactive', {
      type: 'view_submission',
      user: { id: 'U0ANA', team_id: team },
      team: { id: team },
      trigger_id: `t${++trigger}`,
      view: {
        id: 'V1',
        type: 'modal',
        callback_id: 'picker',
        private_metadata: view.private_metadata,
        state: { values },
      },
    })) as Acknowledged;

  test('asks what was chosen, in the channel where it was opened', async () => {
    await start();
    const view = await open();
    const values = { ...select('picker_namespace', 'prod'), ...select('picker_workload', 'Deployment/web') };
    expect(await submit(view, values)).toEqual({});
    expect(asked).toMatchObject([
      {
        channel: 'C1',
        cluster: 'dev-eu',
        target: { kind: 'Deployment', namespace: 'prod', name: 'web' },
        text: '/imagecheck deployment web -n prod -c dev-eu',
      },
    ]);
  });

  test('says what is missing', async () => {
    await start();
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
    expect(asked).toEqual([]);
  });
});

describe('explain this error', () => {
  const shortcut = async (part: object = {}) =>
    await slack.deliver('interactive', {
      type: 'message_action',
      callback_id: 'explain',
      user: { id: 'U0ANA', team_id: team },
      team: { id: team },
      channel: { id: 'C1', name: 'incidents' },
      trigger_id: `t${++trigger}`,
      response_url: slack.responseUrl(),
      message: { type: 'message', ts: '3.3', text: '', attachments: [{ title: 'Alert', text: 'toomanyrequests' }] },
      ...part,
    });

  test('answers in the thread of the message, and reads attachments', async () => {
    const explain = vi.fn((text: string) => ({
      view: 'explanation' as const,
      text,
      cause: 'x',
      meaning: 'm',
      confidence: 'certain',
      also: [],
      next: 'n',
    }));
    await start({ explain });
    await shortcut();
    await expect
      .poll(() => slack.callsOf('chat.postMessage')[0]?.args)
      .toMatchObject({ channel: 'C1', thread_ts: '3.3' });
    expect(explain).toHaveBeenCalledWith('Alert\ntoomanyrequests');
  });

  test('tells the person alone where it may not write', async () => {
    slack.on('chat.postMessage', () => ({ body: { ok: false, error: 'channel_not_found' } }));
    await start();
    await shortcut();
    await expect.poll(() => slack.responses[0]).toMatchObject({ response_type: 'ephemeral', replace_original: false });
  });
});

describe('the connection', () => {
  test('comes back at once when Slack recycles it', async () => {
    await start();
    slack.askToReconnect();
    await expect.poll(() => slack.connections(), { timeout: 3000 }).toBe(2);
    await expect.poll(async () => (await slash('help')).text, { timeout: 3000 }).toMatch(/finds out why/);
  });

  test('tells its owner when Slack will not have it back', async () => {
    const onFatal = vi.fn();
    await start({ onFatal });
    slack.on('apps.connections.open', () => ({ body: { ok: false, error: 'invalid_auth' } }));
    slack.askToReconnect();
    await expect.poll(() => onFatal.mock.calls.length, { timeout: 3000 }).toBe(1);
  });

  test('survives Slack being away', async () => {
    let failures = 2;
    await start();
    slack.on('apps.connections.open', () => (failures-- > 0 ? { status: 503 } : undefined));
    slack.askToReconnect();
    await expect.poll(() => slack.connections(), { timeout: 5000 }).toBe(2);
  });

  test('a token that Slack does not know is a clear mistake', async () => {
    slack.on('auth.test', () => ({ body: { ok: false, error: 'invalid_auth' } }));
    await expect(start()).rejects.toThrow(/Slack does not let the bot in: .*invalid_auth/);
  });

  test('no payload and no token is logged', async () => {
    await start();
    await slash('deployment web -n prod --token=hunter2', { token: 'verification-token' });
    const everything = JSON.stringify(Object.values(log).flatMap((method) => method.mock.calls));
    expect(everything).not.toMatch(/hunter2|verification-token|xoxb|xapp|respond\//);
  });
});

describe('HTTP mode', () => {
  const form = (text: string) =>
    new URLSearchParams({
      command: '/imagecheck',
      text,
      user_id: 'U0ANA',
      team_id: team,
      channel_id: 'C1',
      channel_name: 'incidents',
      trigger_id: `t${++trigger}`,
      response_url: slack.responseUrl(),
    }).toString();
  const post = async (port: number | undefined, body: string, headers: Record<string, string>) =>
    await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', body, headers });
  const http = { mode: { kind: 'http' as const, signingSecret: new Secret('shh'), port: 0 } };

  test('takes signed commands', async () => {
    const { port } = await start(http);
    const body = form('deployment web -n prod');
    const response = await post(port, body, signed('shh', body));
    expect(response.status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  test('refuses others', async () => {
    const { port } = await start(http);
    const body = form('deployment web -n prod');
    expect((await post(port, body, signed('guess', body))).status).toBe(401);
    expect((await post(port, body, signed('shh', body, Date.now() - 3_600_000))).status).toBe(401);
    expect(asked).toEqual([]);
  });

  test('answers in the acknowledgement', async () => {
    const { port } = await start(http);
    const body = form('deploymnt web');
    expect(await (await post(port, body, signed('shh', body))).json()).toMatchObject({ response_type: 'ephemeral' });
  });
});
