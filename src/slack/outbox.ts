import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.ts';
import type { OutboxMessage } from '../model/message.ts';
import type { OutboxChannel, OutboxRow, OutboxTable } from '../ports.ts';
import { type ChannelPace, createWorkspacePace, decide, type Method, type Pace } from './schedule.ts';
import { type Destination, type Sent, send } from './send.ts';
import { draw } from './views/draw.ts';
import { createWaker, type Waker } from './waker.ts';

export interface PosterOptions {
  readonly table: OutboxTable;
  readonly client: WebClient;
  /** Workspace whose channels this poster serves. */
  readonly team: string;
  /** Unique per process. */
  readonly holder: string;
  readonly pace: Pace;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly now: () => number;
  /** Slack will never take this message; tell the person some other way. */
  readonly onRefused: (message: OutboxMessage, code: string) => Promise<void>;
  /** A dead holder's channel is taken over after this long. */
  readonly leaseMs?: number;
  /** How often to look even though nobody called. */
  readonly pollMs?: number;
  /** Channels held at the same time. */
  readonly maxChannels?: number;
}

export interface Poster {
  /** Lets calls under way finish, gives every channel back. */
  stop(): Promise<void>;
}

/** What the loops of one poster share. */
interface Shop extends Required<PosterOptions> {
  readonly workspace: ReturnType<typeof createWorkspacePace>;
  readonly stopped: AbortSignal;
}

/**
 * Makes Slack agree with the outbox (design section 4): holds dirty channels one loop each, posts the latest wanted
 * state at Slack's pace, and records what Slack shows. After a crash between a post and its record that one message
 * is posted again; none is lost.
 */
export function startPoster(options: PosterOptions): Poster {
  const stop = new AbortController();
  const shop: Shop = {
    leaseMs: 12_000,
    pollMs: 1000,
    maxChannels: 200,
    ...options,
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
    const done = serve(shop, channel, waker).finally(() => {
      held.delete(channel.channel);
      if (waker.woken()) claiming.wake();
    });
    held.set(channel.channel, { wake: waker.wake, done });
  };
  const claimed = claimForever(shop, claiming, () => held.size, hold);
  return {
    stop: async () => {
      unsubscribe();
      stop.abort();
      await claimed;
      await Promise.all([...held.values()].map(({ done }) => done));
    },
  };
}

async function claimForever(
  shop: Shop,
  waker: Waker,
  heldChannels: () => number,
  hold: (channel: OutboxChannel) => void,
): Promise<void> {
  while (!shop.stopped.aborted) {
    try {
      const room = shop.maxChannels - heldChannels();
      const channels = room > 0 ? await shop.table.claim(shop.team, shop.holder, shop.leaseMs, room) : [];
      for (const channel of channels) hold(channel);
    } catch (error) {
      shop.log.warn({ reason: reasonOf(error) }, 'cannot read the outbox');
    }
    await waker.sleep(shop.pollMs);
  }
}

/** Posts what one channel lacks, then gives it back. */
async function serve(shop: Shop, channel: OutboxChannel, waker: Waker): Promise<void> {
  const state: ChannelState = { blockedUntilMs: {}, failures: 0 };
  try {
    while (!shop.stopped.aborted && (await shop.table.renew(channel, shop.holder, shop.leaseMs))) {
      const rows = await shop.table.pending(channel);
      const decision = decide(rows, state, shop.workspace, shop.pace, shop.now());
      if (decision.kind === 'idle') break;
      if (decision.kind === 'send') await deliver(shop, state, decision.row, decision.method);
      else await waker.sleep(Math.min(decision.untilMs - shop.now(), shop.leaseMs / 3));
    }
    await shop.table.release(channel, shop.holder);
  } catch (error) {
    shop.log.warn({ channel: channel.channel, reason: reasonOf(error) }, 'cannot serve a channel of the outbox');
    await waker.sleep(shop.pollMs);
  }
}

interface ChannelState extends ChannelPace {
  lastPostMs?: number;
  blockedUntilMs: Partial<Record<Method, number>>;
  /** In a row; decides how long we wait. */
  failures: number;
}

async function deliver(shop: Shop, state: ChannelState, row: OutboxRow, method: Method): Promise<void> {
  const { message } = row;
  shop.workspace.take(method, shop.now());
  const sent = await sendRow(shop, row);
  if (method === 'chat.postMessage') state.lastPostMs = shop.now();
  switch (sent.kind) {
    case 'sent':
      state.failures = 0;
      return await shop.table.posted(message, row.wantedRevision, sent.ts);
    case 'gone':
      shop.log.info({ id: message.id, code: sent.code }, 'a message to update is gone');
      return await shop.table.posted(message, row.wantedRevision, row.ts ?? '');
    case 'rate-limited':
      shop.workspace.drain(method, shop.now());
      state.blockedUntilMs[method] = shop.now() + sent.retryAfterMs;
      return;
    case 'transient':
    case 'unauthorized':
      state.failures += 1;
      state.blockedUntilMs[method] = shop.now() + backoffMs(state.failures, sent.kind);
      shop.log.warn({ id: message.id, code: sent.code, failures: state.failures }, 'Slack did not take a message yet');
      return;
    case 'malformed':
    case 'unthreadable':
    case 'refused':
      shop.log.warn({ id: message.id, code: sent.code }, 'Slack refused a message');
      await shop.table.refused(message, sent.code);
      return await shop.onRefused(message, sent.code);
  }
}

/** A refused thread is tried without it, refused blocks as plain text: a poor answer is better than none. */
async function sendRow(shop: Shop, row: OutboxRow): Promise<Sent> {
  const { message } = row;
  const drawn = draw(message);
  const threadTs = message.thread !== undefined && 'ts' in message.thread ? message.thread.ts : row.threadTs;
  const where: Destination = {
    channel: message.channel,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(row.ts === undefined ? {} : { ts: row.ts }),
  };
  const sent = await send(shop.client, where, drawn);
  if (sent.kind === 'unthreadable') return await send(shop.client, { channel: message.channel }, drawn);
  if (sent.kind !== 'malformed') return sent;
  shop.log.error({ id: message.id, view: message.body.view, code: sent.code }, 'Slack refused our blocks');
  return await send(shop.client, where, { text: drawn.text, blocks: [] });
}

function backoffMs(failures: number, kind: 'transient' | 'unauthorized'): number {
  const most = 30_000;
  return kind === 'unauthorized' ? most : Math.min(most, 500 * 2 ** (failures - 1));
}
