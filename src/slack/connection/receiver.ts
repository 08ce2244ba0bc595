import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, HTTPReceiver, type Receiver, type ReceiverEvent, SocketModeReceiver } from '@slack/bolt';
import { WebAPIPlatformError, WebAPIRateLimitedError, type WebClientOptions } from '@slack/web-api';
import { reasonOf } from '../../errors.ts';
import type { Secret } from '../../model/values/secret.ts';
import { within } from '../../timing/within.ts';
import { createHttpServer } from './http-server.ts';
import { createBoltLogger, type SlackLog } from './logger.ts';

/** How Slack reaches us. */
export type SlackMode =
  | { readonly kind: 'socket'; readonly appToken: Secret }
  /** `port` 0 picks a free one. */
  | { readonly kind: 'http'; readonly signingSecret: Secret; readonly port: number };

export interface ReceiverOptions {
  readonly mode: SlackMode;
  readonly clientOptions: WebClientOptions;
  readonly log: SlackLog;
  /** The connection is lost for good: the token was revoked, or the app disabled. */
  readonly onFatal: (error: unknown) => void;
}

/** What starts and stops; `port` is set once an HTTP receiver listens. */
export interface StartedReceiver {
  readonly receiver: Receiver;
  readonly start: () => Promise<{ readonly port?: number }>;
  /** Whether Slack can deliver to this process now. */
  readonly isConnected: () => boolean;
  readonly stop: () => Promise<void>;
}

/** Slack waits three seconds for an acknowledgement. */
const acknowledgeWithinMs = 2500;

/** The receiver for this mode. It acknowledges events only after the listeners are done. */
export function createReceiver(options: ReceiverOptions): StartedReceiver {
  return options.mode.kind === 'socket'
    ? socketReceiver(options, options.mode.appToken)
    : httpReceiver(options, options.mode.signingSecret, options.mode.port);
}

/** Bolt handles what our own server has verified: its own would read 4 MB from anyone before it looks who sends them. */
function httpReceiver({ log }: ReceiverOptions, signingSecret: Secret, port: number): StartedReceiver {
  const receiver = new HTTPReceiver({ signingSecret: signingSecret.reveal(), logger: createBoltLogger(log) });
  const late = acknowledgingLate(receiver);
  const server = createHttpServer({ signingSecret, listener: receiver.requestListener, log });
  return {
    receiver: late.receiver,
    start: async () => {
      server.listen(port);
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address !== null ? { port: address.port } : {};
    },
    isConnected: () => server.listening,
    stop: async () => {
      await late.settled();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      await within(acknowledgeWithinMs, closed, () => server.closeAllConnections());
    },
  };
}

/**
 * Reconnects on its own instead of through the package (socket-mode 3.1.0), which waits five seconds after every
 * planned disconnect, and ends the process with an unhandled rejection when the token is no longer accepted.
 */
function socketReceiver({ clientOptions, log, onFatal }: ReceiverOptions, appToken: Secret): StartedReceiver {
  const receiver = new SocketModeReceiver({
    appToken: appToken.reveal(),
    logger: createBoltLogger(log),
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: { ...clientOptions } },
  });
  const late = acknowledgingLate(receiver);
  const { client } = receiver;
  const stopping = new AbortController();
  let connecting = false;
  let connected = false;
  let reconnecting: Promise<void> | undefined;
  const connect = async () => {
    connecting = true;
    try {
      await client.start();
      connected = true;
    } finally {
      connecting = false;
    }
  };
  client.on('disconnected', () => {
    connected = false;
    if (connecting || stopping.signal.aborted || reconnecting !== undefined) return;
    reconnecting = reconnect(connect, stopping.signal, log, onFatal).finally(() => {
      reconnecting = undefined;
    });
  });
  return {
    receiver: late.receiver,
    start: async () => {
      await connect();
      return {};
    },
    isConnected: () => connected,
    stop: async () => {
      await late.settled();
      stopping.abort();
      await reconnecting;
      // The close handshake may never be answered; the process must not wait for it.
      await within(
        2000,
        client.disconnect().catch(() => {}),
        () => {},
      );
    },
  };
}

/** Errors after which a token will not be accepted again; all others may be temporary. */
const fatal: readonly string[] = [
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'user_removed_from_team',
  'team_disabled',
];

async function reconnect(
  connect: () => Promise<void>,
  stopping: AbortSignal,
  log: SlackLog,
  onFatal: (error: unknown) => void,
): Promise<void> {
  for (let attempt = 0; !stopping.aborted; attempt++) {
    try {
      await connect();
      log.info({ attempt }, 'reconnected to Slack');
      return;
    } catch (error) {
      if (error instanceof WebAPIPlatformError && fatal.includes(error.data.error)) return onFatal(error);
      const waitMs =
        error instanceof WebAPIRateLimitedError ? error.retryAfter * 1000 : Math.min(10_000, 250 * 2 ** attempt);
      log.warn({ reason: reasonOf(error), waitMs }, 'cannot connect to Slack');
      await delay(waitMs, undefined, { signal: stopping }).catch(() => {});
    }
  }
}

interface LateReceiver {
  readonly receiver: Receiver;
  /** Resolves when everything received so far is acknowledged, or Slack no longer waits for it. */
  readonly settled: () => Promise<void>;
}

/**
 * Bolt acknowledges an event before any listener has handled it, so a crash would lose it. Here the acknowledgement
 * waits until the listeners are done (the question is in Redis), but no longer than Slack does.
 */
function acknowledgingLate(receiver: Receiver): LateReceiver {
  const underWay = new Set<Promise<void>>();
  const process = async (app: App, event: ReceiverEvent) => {
    if (event.body['type'] !== 'event_callback') return await app.processEvent(event);
    const processed = app.processEvent({ ...event, ack: async () => {} });
    await within(acknowledgeWithinMs, processed, () => {});
    await event.ack();
    await processed;
  };
  const late: Receiver = {
    init: (app) => {
      const standIn: App = Object.create(app);
      standIn.processEvent = async (event) => {
        const done = process(app, event);
        underWay.add(done);
        try {
          await done;
        } finally {
          underWay.delete(done);
        }
      };
      receiver.init(standIn);
    },
    start: (...args) => receiver.start(...args),
    stop: (...args) => receiver.stop(...args),
  };
  return {
    receiver: late,
    settled: async () => void (await within(acknowledgeWithinMs, Promise.allSettled(underWay), () => {})),
  };
}
