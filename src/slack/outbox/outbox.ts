import type { WebClient } from '@slack/web-api';
import { reasonOf } from '../../errors.ts';
import type { OutboxMessage } from '../../model/message.ts';
import type { OutboxChannel, OutboxRow, OutboxTable } from '../../ports/outbox.ts';
import { keeping } from '../../timing/holding.ts';
import type { SlackLog } from '../connection/logger.ts';
import {
  type ChannelPace,
  createWorkspacePace,
  type Method,
  nextSend,
  type Pace,
  type SendDecision,
} from '../connection/schedule.ts';
import { type Destination, type SlackSent, send } from '../connection/send.ts';
import { draw } from '../views/draw.ts';
import { cautious, type Offering } from '../views/offers.ts';
import { changeMetadata } from '../views/plan.ts';
import { createDoubts, type Doubts } from './doubts.ts';
import { createPosted, type Posted } from './posted.ts';
import { createWaker, type Waker } from './waker.ts';

export interface PosterOptions {
  readonly table: OutboxTable;
  readonly client: WebClient;
  /** The workspace whose channels this poster serves. */
  readonly team: string;
  /** Unique per process. */
  readonly holder: string;
  readonly pace: Pace;
  readonly log: SlackLog;
  readonly now: () => number;
  /** Slack will never accept this message; tell the person some other way. */
  readonly onRefused: (message: OutboxMessage, code: string) => Promise<void>;
  /** Which proposals of reports become buttons; default: only those that stay with their registry and owner. */
  readonly offering?: Offering;
  /** A dead holder's channel is taken over after this long. */
  readonly leaseMs?: number;
  /** How often to look even if no call came. */
  readonly pollMs?: number;
}

/** A poster at work. */
export interface Poster {
  /** Lets calls in progress finish, gives every channel back. */
  stop(): Promise<void>;
}

/** Number of channels held at the same time. */
const mostChannels = 200;

/** What the loops of one poster share. */
interface Posting extends Required<PosterOptions> {
  readonly posted: Posted;
  readonly workspace: ReturnType<typeof createWorkspacePace>;
  readonly stopped: AbortSignal;
}

/**
 * Updates Slack to match the outbox (docs/architecture.md#outbox): holds dirty channels, one loop each, posts the
 * latest wanted state within Slack's rate limits, and records what Slack shows, however long Redis is down. After a
 * crash between a post and its record, or if Slack's answer to a post was lost, that one message is posted again; none
 * is lost.
 */
export function startPoster(options: PosterOptions): Poster {
  const stop = new AbortController();
  const posting: Posting = {
    leaseMs: 12_000,
    pollMs: 1000,
    offering: cautious,
    ...options,
    posted: createPosted(options.table, async (message, ts) => await takeAway(options, message, ts)),
    workspace: createWorkspacePace(options.pace),
    stopped: stop.signal,
  };
  const held = new Map<string, { readonly wake: () => void; readonly done: Promise<void> }>();
  const claiming = createWaker(stop.signal);
  const unsubscribe = options.table.onDirty((channel) => {
    if (channel.team !== options.team) return;
    const holding = held.get(channel.channel);
    if (holding === undefined) claiming.wake();
    else holding.wake();
  });
  const hold = (channel: OutboxChannel) => {
    if (held.has(channel.channel)) return;
    const waker = createWaker(stop.signal);
    const done = serve(posting, channel, waker).finally(() => {
      held.delete(channel.channel);
      if (waker.woken()) claiming.wake();
    });
    held.set(channel.channel, { wake: waker.wake, done });
  };
  const claimed = claimForever(posting, claiming, () => held.size, hold);
  return {
    stop: async () => {
      unsubscribe();
      stop.abort();
      await claimed;
      await Promise.all([...held.values()].map(({ done }) => done));
      await posting.posted.settle().catch((error: unknown) => {
        posting.log.warn({ reason: reasonOf(error) }, 'cannot record a posted message');
      });
    },
  };
}

async function claimForever(
  posting: Posting,
  waker: Waker,
  heldChannels: () => number,
  hold: (channel: OutboxChannel) => void,
): Promise<void> {
  while (!posting.stopped.aborted) {
    try {
      const room = mostChannels - heldChannels();
      const channels = room > 0 ? await posting.table.claim(posting.team, posting.holder, posting.leaseMs, room) : [];
      for (const channel of channels) hold(channel);
    } catch (error) {
      posting.log.warn({ reason: reasonOf(error) }, 'cannot read the outbox');
    }
    await waker.sleep(posting.pollMs);
  }
}

/**
 * Posts what one channel lacks, then gives it back. While Redis is down the channel is kept for as long as its lease.
 */
async function serve(posting: Posting, channel: OutboxChannel, waker: Waker): Promise<void> {
  const state: ChannelState = { doubts: createDoubts(), blockedUntilMs: {}, failures: 0 };
  for (;;) {
    try {
      await serveUntilIdle(posting, channel, state, waker);
      return await posting.table.release(channel, posting.holder);
    } catch (error) {
      posting.log.warn({ channel: channel.channel, reason: reasonOf(error) }, 'cannot post to a channel of the outbox');
      if (posting.stopped.aborted) return;
      await waker.sleep(posting.pollMs);
    }
  }
}

async function serveUntilIdle(
  posting: Posting,
  channel: OutboxChannel,
  state: ChannelState,
  waker: Waker,
): Promise<void> {
  while (!posting.stopped.aborted) {
    const renewedMs = posting.now();
    const isHeld = await posting.table.renew(channel, posting.holder, posting.leaseMs);
    await posting.posted.settle(channel);
    if (!isHeld) return;
    const rows = posting.posted.known(await posting.table.pending(channel));
    const decision = nextOf(posting, rows, state);
    if (decision.kind === 'idle') return;
    if (decision.kind === 'wait') {
      await waker.sleep(Math.min(decision.untilMs - posting.now(), posting.leaseMs / 3));
    } else if (posting.now() - renewedMs < posting.leaseMs / 2) {
      await deliver(posting, channel, state, decision);
    }
  }
}

function nextOf(posting: Posting, rows: readonly OutboxRow[], state: ChannelState): SendDecision {
  const nowMs = posting.now();
  const wanted = state.doubts.without(rows, nowMs);
  const decision = nextSend(wanted, state, posting.workspace, posting.pace, nowMs);
  const againMs = state.doubts.nextMs(rows, nowMs);
  if (againMs === undefined || decision.kind === 'send') return decision;
  return { kind: 'wait', untilMs: decision.kind === 'wait' ? Math.min(decision.untilMs, againMs) : againMs };
}

interface ChannelState extends ChannelPace {
  readonly doubts: Doubts;
  lastPostMs?: number;
  blockedUntilMs: Partial<Record<Method, number>>;
  /** Failures in a row; decides how long we wait. */
  failures: number;
}

async function deliver(
  posting: Posting,
  channel: OutboxChannel,
  state: ChannelState,
  { row, method }: Extract<SendDecision, { kind: 'send' }>,
): Promise<void> {
  const { message } = row;
  posting.workspace.take(method, posting.now());
  const { holder, leaseMs, table } = posting;
  const lease = { renew: async () => await table.renew(channel, holder, leaseMs) };
  // Kept for as long as Slack takes: a bot that takes the channel over in the meantime posts the same.
  const sent = await keeping(lease, { holder, leaseMs, unrenewed: 'kept' }, async () => await sendRow(posting, row));
  if (method === 'chat.postMessage') state.lastPostMs = posting.now();
  switch (sent.kind) {
    case 'sent':
      state.failures = 0;
      if (method === 'chat.update' && state.doubts.remain(row, posting.now())) return;
      return await posting.posted.record(message, row.wantedRevision, sent.ts);
    case 'gone':
      posting.log.info({ id: message.id, code: sent.code }, 'message to update was deleted');
      await posting.table.posted(message, row.wantedRevision, row.ts ?? '');
      return;
    case 'rate-limited':
      posting.workspace.drain(method, posting.now());
      state.blockedUntilMs[method] = posting.now() + sent.retryAfterMs;
      return;
    case 'transient':
    case 'unauthorized':
      if (method === 'chat.update' && sent.kind === 'transient' && sent.mayComeLater === true) {
        state.doubts.raise(message.id, posting.now());
      }
      state.failures += 1;
      state.blockedUntilMs[method] = posting.now() + backoffMs(state.failures, sent.kind);
      posting.log.warn({ id: message.id, code: sent.code, failures: state.failures }, 'Slack call failed, will retry');
      return;
    case 'malformed':
    case 'unthreadable':
    case 'refused':
      posting.log.warn({ id: message.id, code: sent.code }, 'Slack rejected a message');
      await posting.table.refused(message, sent.code);
      return await posting.onRefused(message, sent.code);
  }
}

/**
 * If the thread is refused, the message is tried without it; if the blocks are refused, as plain text: a poor answer is
 * better than none.
 */
async function sendRow(posting: Posting, row: OutboxRow): Promise<SlackSent> {
  const { message } = row;
  const drawn = draw(message, posting.offering);
  const { body } = message;
  const metadata = body.view === 'plan' || body.view === 'result' ? changeMetadata(body) : undefined;
  const threadTs = message.thread !== undefined && 'ts' in message.thread ? message.thread.ts : row.threadTs;
  const where: Destination = {
    channel: message.channel,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(row.ts === undefined ? {} : { ts: row.ts }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  const sent = await send(posting.client, where, drawn);
  if (sent.kind === 'unthreadable') return await send(posting.client, { channel: message.channel }, drawn);
  if (sent.kind !== 'malformed') return sent;
  posting.log.error({ id: message.id, view: message.body.view, code: sent.code }, 'Slack rejected blocks');
  return await send(posting.client, where, { text: drawn.text, blocks: [] });
}

/** Another bot had posted it before, and that message is kept. */
async function takeAway(
  { client, log }: Pick<PosterOptions, 'client' | 'log'>,
  { id, channel }: OutboxMessage,
  ts: string,
): Promise<void> {
  log.warn({ id }, 'two bots posted the same message; deleting the second one');
  try {
    await client.chat.delete({ channel, ts });
  } catch (error) {
    log.warn({ id, reason: reasonOf(error) }, 'cannot delete a duplicate message');
  }
}

function backoffMs(failures: number, kind: 'transient' | 'unauthorized'): number {
  const most = 30_000;
  return kind === 'unauthorized' ? most : Math.min(most, 500 * 2 ** (failures - 1));
}
