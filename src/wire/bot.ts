import type { Config } from '../config.ts';
import { UserError } from '../errors.ts';
import { explainText } from '../explain/explain.ts';
import { ask } from '../flows/ask/ask.ts';
import type { Log } from '../log.ts';
import type { View } from '../model/message.ts';
import type { BotDeps } from '../ports/processes.ts';
import { createProducer } from '../queue/producer.ts';
import { type Running, startBotLoops } from '../roles.ts';
import { createSlackApp, type SlackAppOptions } from '../slack/app.ts';
import type { SlackMode } from '../slack/connection/receiver.ts';
import { slackPace, unlimitedPace } from '../slack/connection/schedule.ts';
import { changeDoor } from './changes.ts';
import { watchKeys } from './key-watch.ts';
import type { Records } from './records.ts';

interface BotOptions {
  readonly config: Config;
  readonly log: Log;
  readonly id: string;
  readonly onFatal: (error: unknown) => void;
  /** False only for measurements against a Slack without limits. */
  readonly slackLimits: boolean;
}

/** Starts the Slack side: events in, questions into the queue, the outbox out. It cannot reach a cluster. */
export async function startBot(
  { store, client, onQueueError }: Records,
  options: BotOptions,
): Promise<Running & { readonly port?: number; isConnected(): boolean }> {
  const { config, log } = options;
  const producer = createProducer({
    connection: client,
    prefix: store.queuePrefix,
    onError: onQueueError,
  });
  const { now, aheadMs } = store.clock;
  const deps: BotDeps = { ...store, queue: producer, now };
  const app = createSlackApp({
    mode: modeOf(config),
    botTokens: tokensOf(config),
    ...(config.slack.apiUrl === undefined ? {} : { slackApiUrl: new URL(config.slack.apiUrl) }),
    requestTimeoutMs: config.timeouts.slackRequestMs,
    clusters: config.clusters.map(({ id }) => id),
    rules: config.ask,
    ports: { ...deps, outbox: store.outbox, told: store.told },
    ask: (question) => ask(question, deps),
    changes: changeDoor(
      config,
      { ...deps, approvals: store.approvals, audit: store.audit, aheadMs },
      (approval, error) => log.error({ approval, error }, 'could not announce a decision'),
    ),
    explain: explanationOf,
    pace: options.slackLimits ? slackPace : unlimitedPace,
    holder: options.id,
    log,
    now,
    aheadMs,
    onFatal: options.onFatal,
  });
  const { port } = await app.start();
  const keys = await watchKeys(store.approvals, config.signing, log);
  const loops = startBotLoops({ deps: { ...deps, approvals: store.approvals, aheadMs }, log });
  return {
    ...(port === undefined ? {} : { port }),
    isConnected: () => app.isConnected(),
    stop: async (deadlineMs) => {
      await app.stop();
      await keys.stop();
      await loops.stop(deadlineMs);
      await producer.close();
    },
  };
}

/** The meaning of a pasted text, as a message shows it. */
function explanationOf(text: string): Extract<View, { view: 'explanation' }> {
  const { cause, meaning, confidence, also, next, confirm } = explainText(text);
  const shown = { view: 'explanation' as const, text, cause, meaning, confidence, also: [...also], next };
  return confirm === undefined ? shown : { ...shown, confirm };
}

function modeOf({ slack }: Config): SlackMode {
  if (slack.mode === 'http') {
    if (slack.signingSecret === undefined)
      throw new UserError('Slack in HTTP mode needs a signing secret.', { remedy: 'Set SLACK_SIGNING_SECRET.' });
    return { kind: 'http', signingSecret: slack.signingSecret, port: slack.port };
  }
  if (slack.appToken === undefined)
    throw new UserError('Slack in Socket Mode needs an app token.', {
      remedy: 'Set SLACK_APP_TOKEN (it begins with xapp-).',
    });
  return { kind: 'socket', appToken: slack.appToken };
}

function tokensOf({ slack }: Config): SlackAppOptions['botTokens'] {
  const tokens = slack.teams.map(({ id, botToken }) => ({ team: id, token: botToken }));
  const all = tokens.length > 0 || slack.botToken === undefined ? tokens : [{ token: slack.botToken }];
  if (all.length === 0)
    throw new UserError('Slack needs a bot token.', { remedy: 'Set SLACK_BOT_TOKEN (it begins with xoxb-).' });
  return all;
}
