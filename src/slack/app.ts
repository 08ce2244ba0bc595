import { App } from '@slack/bolt';
import { WebClient, type WebClientOptions } from '@slack/web-api';
import { LRUCache } from 'lru-cache';
import { reasonOf, UserError } from '../errors.ts';
import type { Bot, BotToken, SlackAppOptions, Workspace } from './bot/bot.ts';
import { createDirectory } from './connection/directory.ts';
import { createBoltLogger, type SlackLog, stackOf } from './connection/logger.ts';
import { createReceiver } from './connection/receiver.ts';
import { listenToActions } from './doors/actions.ts';
import { listenToChanges } from './doors/clicks.ts';
import { listenToCommands } from './doors/commands.ts';
import { listenToHome } from './doors/home.ts';
import { listenToMentions } from './doors/mention.ts';
import { listenToPicker } from './doors/picker-events.ts';
import { tellRefused } from './doors/refused.ts';
import { listenToShortcuts } from './doors/shortcuts.ts';
import { listenToChangeModals } from './doors/submissions.ts';
import { type Poster, startPoster } from './outbox/outbox.ts';

export type { SlackAppOptions, SlackPorts } from './bot/bot.ts';

/** The Slack side of a bot. */
export interface SlackApp {
  /** Resolves once Slack can reach us; rejects if a token is refused. `port` is set in HTTP mode. */
  start(): Promise<{ readonly teams: readonly string[]; readonly port?: number }>;
  /** Whether Slack can deliver to this process now. */
  isConnected(): boolean;
  /** Takes nothing new, lets calls in progress finish, gives its channels back. */
  stop(): Promise<void>;
}

/**
 * Builds the Slack side: Socket Mode or HTTP, all listeners, and the poster of the outbox. Acknowledges after the
 * question is in Redis (docs/architecture.md#promises). Several workspaces share one connection, each with its own bot
 * token.
 */
export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { log } = options;
  const clientOptions = clientOptionsOf(options);
  const workspaces = new Map<string, Workspace>();
  const bot: Bot = {
    ...options,
    workspaceOf: (team) => {
      const workspace = workspaces.get(team ?? '');
      if (workspace === undefined) throw new Error('an event came from a workspace without a token');
      return workspace;
    },
    deliveries: new LRUCache({ max: 10_000, ttl: 10 * 60_000 }),
    // A response URL lives for 30 minutes.
    responders: new LRUCache({ max: 10_000, ttl: 29 * 60_000 }),
  };
  const receiver = createReceiver({ mode: options.mode, clientOptions, log, onFatal: options.onFatal });
  let posters: readonly Poster[] = [];
  return {
    start: async () => {
      for (const token of options.botTokens) {
        const workspace = await signIn(token, clientOptions, log);
        workspaces.set(workspace.team, workspace);
      }
      listen(receiver.receiver, bot, workspaces, clientOptions);
      const started = await receiver.start();
      posters = [...workspaces.values()].map((workspace) => startPosterOf(bot, workspace));
      return { teams: [...workspaces.keys()], ...started };
    },
    isConnected: () => receiver.isConnected(),
    stop: async () => {
      await receiver.stop();
      await Promise.all(posters.map((poster) => poster.stop()));
    },
  };
}

/**
 * No retries here: the outbox repeats what must not be lost, and a person repeats a click. We schedule retries after a
 * 429 ourselves; if left to the client, it would block every channel of the workspace (docs/facts/slack.md#sdk).
 */
function clientOptionsOf({ slackApiUrl, requestTimeoutMs, log }: SlackAppOptions): WebClientOptions {
  return {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    timeout: requestTimeoutMs,
    logger: createBoltLogger(log),
    // Bolt's `respond` has no time limit of its own.
    fetch: async (url, init) =>
      await fetch(url, { ...init, signal: init?.signal ?? AbortSignal.timeout(requestTimeoutMs) }),
    ...(slackApiUrl === undefined ? {} : { slackApiUrl: slackApiUrl.href }),
  };
}

async function signIn(
  { token, team: expected }: BotToken,
  clientOptions: WebClientOptions,
  log: SlackLog,
): Promise<Workspace> {
  const client = new WebClient(token.reveal(), clientOptions);
  try {
    const { team_id: team, user_id: botUserId, bot_id: botId } = await client.auth.test();
    if (team === undefined || botUserId === undefined || botId === undefined) {
      throw new UserError('This token isn’t a Slack bot token.', {
        remedy: 'Use the one that begins with xoxb-.',
      });
    }
    // The rules are about workspaces by id, so a token of another one would turn them around.
    if (expected !== undefined && team !== expected) {
      throw new UserError(`The bot token of workspace ${expected} belongs to workspace ${team}.`, {
        remedy: 'Correct slack.teams: each id with the token of its own workspace.',
      });
    }
    return { team, botUserId, botId, token, client, directory: createDirectory(client, team, log) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Slack rejected the bot token: ${reasonOf(error)}.`, {
      remedy: 'Check the bot token and the address of Slack.',
      cause: error,
    });
  }
}

function listen(
  receiver: ReturnType<typeof createReceiver>['receiver'],
  bot: Bot,
  workspaces: ReadonlyMap<string, Workspace>,
  clientOptions: WebClientOptions,
): void {
  const app = new App({
    receiver,
    convoStore: false,
    logger: createBoltLogger(bot.log),
    clientOptions,
    authorize: async ({ teamId, enterpriseId }) => {
      const workspace = workspaces.get(teamId ?? '') ?? workspaces.get(enterpriseId ?? '');
      if (workspace === undefined) throw new Error(`no bot token for workspace ${teamId ?? enterpriseId ?? '?'}`);
      const { team, botId, botUserId, token } = workspace;
      return { teamId: team, botId, botUserId, botToken: token.reveal() };
    },
  });
  app.error(async (error) => {
    bot.log.error({ reason: reasonOf(error), stack: stackOf(error) }, 'Slack listener failed');
  });
  listenToCommands(app, bot);
  listenToMentions(app, bot);
  listenToShortcuts(app, bot);
  listenToActions(app, bot);
  listenToPicker(app, bot);
  listenToChanges(app, bot);
  listenToChangeModals(app, bot);
  listenToHome(app, bot);
}

function startPosterOf(bot: Bot, workspace: Workspace): Poster {
  return startPoster({
    table: bot.ports.outbox,
    client: workspace.client,
    team: workspace.team,
    holder: bot.holder,
    pace: bot.pace,
    log: bot.log,
    now: () => bot.now().getTime(),
    offering: bot.changes,
    onRefused: async (message, code) => await tellRefused(bot, workspace, message, code),
  });
}
