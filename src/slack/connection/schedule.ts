import { urgencies } from '../../model/message.ts';
import type { OutboxRow } from '../../ports/outbox.ts';

export type Method = 'chat.postMessage' | 'chat.update';

/** Slack's rate limits; all times in milliseconds. Zero switches a limit off. */
export interface Pace {
  /** Between two messages into one channel: about one a second. */
  readonly betweenPostsMs: number;
  /** Between two updates of one message; progress also waits this long after the post. */
  readonly betweenUpdatesMs: number;
  /** Refill of the workspace's updates: tier 3, 50 a minute. */
  readonly workspaceUpdateEveryMs: number;
  /** Refill of the workspace's messages: several hundred a minute. */
  readonly workspacePostEveryMs: number;
  /** How many calls may be made at once after a pause. */
  readonly burst: number;
  /** A reply whose parent is missing from the table is posted on its own after this time, rather than lost. */
  readonly orphanAfterMs: number;
}

/** Slack's published limits, with some margin. */
export const slackPace: Pace = {
  betweenPostsMs: 1050,
  betweenUpdatesMs: 3000,
  workspaceUpdateEveryMs: 1250,
  workspacePostEveryMs: 200,
  burst: 10,
  orphanAfterMs: 30_000,
};

/** No limits, for benchmarks against a Slack that has none. */
export const unlimitedPace: Pace = {
  betweenPostsMs: 0,
  betweenUpdatesMs: 0,
  workspaceUpdateEveryMs: 0,
  workspacePostEveryMs: 0,
  burst: 1,
  orphanAfterMs: 30_000,
};

/** What the holder of a channel remembers about it. */
export interface ChannelPace {
  readonly lastPostMs?: number;
  /** Until when Slack told us to wait here, per method (`Retry-After`), or until when we wait after a failure. */
  readonly blockedUntilMs: Readonly<Partial<Record<Method, number>>>;
}

/** When the workspace's next call of a method may be made. */
export interface WorkspacePace {
  readonly nextMs: Readonly<Record<Method, number>>;
}

/** Updates of the workspace that progress leaves to answers. */
const reservedUpdates = 3;

/** The workspace's allowance: `burst` calls at once, then one per refill. */
export function createWorkspacePace(pace: Pace): WorkspacePace & {
  take(method: Method, nowMs: number): void;
  /** Slack answered 429: treated as if everything had been used up. */
  drain(method: Method, nowMs: number): void;
} {
  const every = { 'chat.postMessage': pace.workspacePostEveryMs, 'chat.update': pace.workspaceUpdateEveryMs } as const;
  const nextMs = { 'chat.postMessage': 0, 'chat.update': 0 };
  const ahead = (method: Method) => (pace.burst - 1) * every[method];
  return {
    nextMs,
    take: (method, nowMs) => {
      nextMs[method] = Math.max(nextMs[method], nowMs - ahead(method)) + every[method];
    },
    drain: (method, nowMs) => {
      nextMs[method] = Math.max(nextMs[method], nowMs + every[method]);
    },
  };
}

export type SendDecision =
  | { readonly kind: 'send'; readonly row: OutboxRow; readonly method: Method }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Waiting would not make anything here sendable: the channel is given back. */
  | { readonly kind: 'idle' };

/**
 * What a channel's holder does next: alerts before answers to people before progress, including messages that they
 * depend on, then new messages before updates, then the longest wait; never before a limit allows it.
 */
export function nextSend(
  rows: readonly OutboxRow[],
  channel: ChannelPace,
  workspace: WorkspacePace,
  pace: Pace,
  nowMs: number,
): SendDecision {
  const present = new Set(rows.map((row) => row.message.id));
  const awaited = awaitedOf(rows);
  let best: { readonly row: OutboxRow; readonly dueMs: number; readonly rank: number } | undefined;
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const readyMs = readySince(row, present, pace);
    if (readyMs === undefined) continue;
    const dueMs = Math.max(readyMs, dueOf(row, channel, workspace, pace));
    earliestMs = Math.min(earliestMs, dueMs);
    const rank = rankOf(row, awaited);
    if (dueMs > nowMs) continue;
    if (best === undefined || rank < best.rank || (rank === best.rank && row.wantedSinceMs < best.row.wantedSinceMs)) {
      best = { row, dueMs, rank };
    }
  }
  if (best !== undefined) return { kind: 'send', row: best.row, method: methodOf(best.row) };
  return Number.isFinite(earliestMs) ? { kind: 'wait', untilMs: earliestMs } : { kind: 'idle' };
}

/** Once posted, a message is only updated. */
function methodOf(row: Pick<OutboxRow, 'ts'>): Method {
  return row.ts === undefined ? 'chat.postMessage' : 'chat.update';
}

/** When a row may be sent as far as its parent is concerned; undefined while the parent is being sent. */
function readySince(row: OutboxRow, present: ReadonlySet<string>, pace: Pace): number | undefined {
  const { thread } = row.message;
  if (row.ts !== undefined || thread === undefined || 'ts' in thread || row.threadTs !== undefined) return 0;
  return present.has(thread.messageId) ? undefined : row.wantedSinceMs + pace.orphanAfterMs;
}

function dueOf(row: OutboxRow, channel: ChannelPace, workspace: WorkspacePace, pace: Pace): number {
  const method = methodOf(row);
  const blockedMs = channel.blockedUntilMs[method] ?? 0;
  if (method === 'chat.postMessage') {
    const afterLastMs = channel.lastPostMs === undefined ? 0 : channel.lastPostMs + pace.betweenPostsMs;
    return Math.max(blockedMs, afterLastMs, workspace.nextMs[method]);
  }
  const isProgress = row.message.urgency === 'progress';
  const lastOwnMs = isProgress ? row.postedAtMs : row.updatedAtMs;
  const afterOwnMs = lastOwnMs === undefined ? 0 : lastOwnMs + pace.betweenUpdatesMs;
  const reserveMs = !isProgress ? 0 : reservedUpdates * pace.workspaceUpdateEveryMs;
  return Math.max(blockedMs, afterOwnMs, workspace.nextMs[method] + reserveMs);
}

/** Lower goes first. A message that is not posted yet is as urgent as the most urgent one that waits for it. */
function rankOf(row: OutboxRow, awaited: ReadonlyMap<string, number>): number {
  const own = urgencies.indexOf(row.message.urgency);
  const isNew = row.ts === undefined;
  const urgency = isNew ? Math.min(own, awaited.get(row.message.id) ?? own) : own;
  return urgency * 2 + (isNew ? 0 : 1);
}

/** The urgency of the most urgent row that waits for a message, by the message's id. */
function awaitedOf(rows: readonly OutboxRow[]): ReadonlyMap<string, number> {
  const awaited = new Map<string, number>();
  for (const { message } of rows) {
    const { thread, urgency } = message;
    if (thread === undefined || 'ts' in thread) continue;
    const before = awaited.get(thread.messageId) ?? urgencies.length;
    awaited.set(thread.messageId, Math.min(before, urgencies.indexOf(urgency)));
  }
  return awaited;
}
