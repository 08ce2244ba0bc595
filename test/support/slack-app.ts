import { afterEach, beforeEach, vi } from 'vitest';
import type { Ask } from '../../src/model/ask/ask.ts';
import type { OutboxMessage } from '../../src/model/message.ts';
import { defaultAskRules } from '../../src/model/settings/policy.ts';
import { Secret } from '../../src/model/values/secret.ts';
import { createSlackApp, type SlackApp, type SlackAppOptions } from '../../src/slack/app.ts';
import { unlimitedPace } from '../../src/slack/connection/schedule.ts';
import { createMemoryDoor } from './change-door.ts';
import { botUserId, type FakeSlack, startFakeSlack, team } from './slack-fake.ts';
import { createMemoryPorts } from './slack-ports.ts';

/** What Slack gets back for an envelope. */
export interface Acknowledged {
  readonly text?: string;
  readonly response_type?: string;
  readonly response_action?: string;
  readonly errors?: Record<string, string>;
  readonly options?: { readonly value: string; readonly text: { readonly text: string } }[];
  readonly blocks?: BlockLike[];
}
export interface BlockLike {
  readonly elements?: { readonly action_id: string; readonly value: string }[];
}

/** A bot on a fake Slack, with ports in memory; new for every test of the file that calls this. */
export function useSlackApp() {
  let apps: SlackApp[] = [];
  let trigger = 0;
  const t = {
    slack: undefined as unknown as FakeSlack,
    memory: undefined as unknown as ReturnType<typeof createMemoryPorts>,
    changes: undefined as unknown as ReturnType<typeof createMemoryDoor>,
    /** Stored questions, in order. */
    asked: [] as Ask[],
    log: { info: vi.fn(), warn: vi.fn(), error: vi.fn() },
    nextTrigger: () => `t${++trigger}`,
    start: async (part: Partial<SlackAppOptions> = {}) => {
      const app = createSlackApp({ ...optionsOf(t), ...part });
      apps.push(app);
      return await app.start();
    },
    stop: async () => {
      await Promise.all(apps.map((app) => app.stop()));
      apps = [];
    },
    slash: async (text: string, part: object = {}) =>
      (await t.slack.deliver('slash_commands', {
        command: '/imagecheck',
        text,
        user_id: 'U0ANA',
        team_id: team,
        channel_id: 'C1',
        channel_name: 'incidents',
        trigger_id: t.nextTrigger(),
        response_url: t.slack.responseUrl(),
        ...part,
      })) as Acknowledged,
    mention: async (text: string, event: object = {}, envelope: object = {}) =>
      await t.slack.deliver('events_api', {
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
      }),
    click: async (actionId: string | undefined, value: string | undefined, part: object = {}) =>
      await t.slack.deliver('interactive', {
        type: 'block_actions',
        user: { id: 'U0ANA', team_id: team },
        team: { id: team },
        channel: { id: 'C1', name: 'incidents' },
        container: { type: 'message', message_ts: '5.5', channel_id: 'C1' },
        message: { ts: '5.5', thread_ts: '5.0' },
        trigger_id: t.nextTrigger(),
        response_url: t.slack.responseUrl(),
        actions: [{ type: 'button', action_id: actionId, block_id: 'b', value, action_ts: '1' }],
        ...part,
      }),
  };
  beforeEach(async () => {
    t.slack = await startFakeSlack();
    t.memory = createMemoryPorts();
    t.changes = createMemoryDoor(t.memory.reach);
    t.asked = [];
    for (const method of Object.values(t.log)) method.mockClear();
  });
  afterEach(async () => {
    await t.stop();
    await t.slack.close();
  });
  return t;
}

function optionsOf(
  t: Pick<ReturnType<typeof useSlackApp>, 'asked' | 'changes' | 'log' | 'memory' | 'slack'>,
): SlackAppOptions {
  return {
    mode: { kind: 'socket', appToken: new Secret('xapp-1') },
    botTokens: [{ token: new Secret('xoxb-1') }],
    slackApiUrl: t.slack.apiUrl,
    requestTimeoutMs: 2000,
    clusters: ['dev-eu'],
    rules: defaultAskRules(['C1']),
    ports: t.memory.ports,
    ask: async (ask) => {
      await t.memory.reach();
      t.asked.push(ask);
      t.memory.asks.set(ask.id, ask);
      await t.memory.outbox.put(parentOf(ask));
    },
    changes: t.changes.door,
    explain: explanation,
    pace: unlimitedPace,
    holder: 'bot-1',
    log: t.log,
    now: () => new Date(),
    onFatal: () => {},
  };
}

/** Explains everything in the same way. */
export function explanation(text: string) {
  return {
    view: 'explanation' as const,
    text,
    cause: 'rate_limited',
    meaning: 'too many pulls',
    confidence: 'certain',
    also: [],
    next: 'Sign in.',
  };
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

/** The buttons of a message, in order. */
export function buttonsOf(message: { readonly blocks?: unknown } | undefined) {
  return ((message?.blocks ?? []) as BlockLike[]).flatMap(({ elements = [] }) => elements);
}
