import type { WebClient } from '@slack/web-api';
import type { LRUCache } from 'lru-cache';
import type { Ask } from '../../model/ask/ask.ts';
import type { View } from '../../model/message.ts';
import type { AskRule } from '../../model/settings/settings.ts';
import type { Secret } from '../../model/values/secret.ts';
import type { Outbox, OutboxTable } from '../../ports/outbox.ts';
import type { Queue } from '../../ports/queue.ts';
import type { Answers, Asks, Channels, Reports, Told, Workers } from '../../ports/records.ts';
import type { Directory } from '../connection/directory.ts';
import type { SlackLog } from '../connection/logger.ts';
import type { SlackMode } from '../connection/receiver.ts';
import type { Pace } from '../connection/schedule.ts';
import type { Deliveries } from './attempt.ts';
import type { ChangeDoor } from './door.ts';
import type { Respond } from './request.ts';

/** Everything the Slack side of a bot needs. */
export interface SlackAppOptions {
  readonly mode: SlackMode;
  /** One bot token per workspace. */
  readonly botTokens: readonly BotToken[];
  /** Another Web API than Slack's, such as the sandbox's; with a trailing slash: `http://127.0.0.1:4000/api/`. */
  readonly slackApiUrl?: URL;
  /** Limit of one Web API call. */
  readonly requestTimeoutMs: number;
  /** Every cluster that people can ask about. */
  readonly clusters: readonly string[];
  /** Who may ask (`policy.ask`, or `defaultAskRules` of the channels that the configuration names). */
  readonly rules: readonly AskRule[];
  readonly ports: SlackPorts;
  /**
   * Records a question and queues its job (`flows/ask`); resolves once both are in Redis. Throws a `UserError` if it
   * cannot be asked.
   */
  readonly ask: (ask: Ask) => Promise<unknown>;
  /** Plans, approvals and their history (`flows/change`). */
  readonly changes: ChangeDoor;
  /** What an error text means (`explain`); pure. The text is redacted. */
  readonly explain: (text: string) => Extract<View, { view: 'explanation' }>;
  readonly pace: Pace;
  /** Unique per process. */
  readonly holder: string;
  readonly log: SlackLog;
  /** The clock that all processes share. */
  readonly now: () => Date;
  /** Milliseconds by which this process's own clock is ahead of it; not ahead when left out. */
  readonly aheadMs?: () => number;
  /** Called when Slack will not let us reconnect; the process should end. */
  readonly onFatal: (error: unknown) => void;
}

/** A bot token, and the workspace that it has to belong to; without one, the workspace that Slack reports for it. */
export interface BotToken {
  readonly token: Secret;
  readonly team?: string;
}

/** What the Slack side touches outside the process. */
export interface SlackPorts {
  readonly asks: Pick<Asks, 'get'>;
  readonly reports: Pick<Reports, 'get'>;
  readonly outbox: Outbox & OutboxTable;
  readonly workers: Pick<Workers, 'alive' | 'lastSeen'>;
  readonly channels: Channels;
  readonly answers: Pick<Answers, 'wait'>;
  readonly told: Told;
  readonly queue: Pick<Queue, 'enqueue'>;
}

/** One workspace in which we are installed. */
export interface Workspace {
  readonly team: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly token: Secret;
  readonly client: WebClient;
  readonly directory: Directory;
}

/** The bot as its listeners see it: what it was started with, and what it remembers between events. */
export interface Bot extends SlackAppOptions {
  readonly workspaceOf: (team: string | undefined) => Workspace;
  readonly deliveries: Deliveries;
  /** How to reach the requester, by the question's id, if the channel refuses our messages. */
  readonly responders: Pick<LRUCache<string, Respond>, 'get' | 'set'>;
}
