import type { OutboxMessage } from '../model/message.ts';

/** The table of messages as they should be; the bot makes Slack agree with it. */
export interface Outbox {
  /** Sets the wanted state of a message; the latest state wins, earlier ones may never be posted. */
  put(message: OutboxMessage, phase?: OutboxPhase): Promise<void>;
}

/**
 * Keeps a late writer from undoing a later state. `first`: only when the message is not in the table yet. `early`: ignored
 * once another phase was put. `interim`: ignored once a `final` was put. Without a phase the state is taken as it comes.
 */
export type OutboxPhase = 'first' | 'early' | 'interim' | 'final';

/** One conversation of one workspace. */
export interface OutboxChannel {
  readonly team: string;
  readonly channel: string;
}

/** Where Slack shows a message. */
export interface MessagePlace {
  readonly channel: string;
  readonly ts: string;
}

/** A message of the table that Slack does not show as wanted yet. */
export interface OutboxRow {
  /** Its latest wanted state. */
  readonly message: OutboxMessage;
  /** Counts every `put` of this message; from 1. */
  readonly wantedRevision: number;
  /** 0 until it was posted for the first time. */
  readonly postedRevision: number;
  /** Epoch milliseconds of the first `put` that is not posted yet: who waits longest goes first. */
  readonly wantedSinceMs: number;
  /** Set once it was posted: from then on it is updated. */
  readonly ts?: string;
  /** Epoch milliseconds of the last successful post or update. */
  readonly postedAtMs?: number;
  /** Epoch milliseconds of the last successful update; undefined while it was only posted. */
  readonly updatedAtMs?: number;
  /** The ts to reply to, looked up in the table when `message.thread` names a message; undefined while that one is not posted. */
  readonly threadTs?: string;
}

/**
 * The poster's side of the outbox. A channel is dirty while one of its rows has `postedRevision < wantedRevision`;
 * one bot at a time holds it. A holder that dies loses it when its lease ends, and another one posts what is left.
 */
export interface OutboxTable {
  /**
   * Takes up to `limit` dirty channels of this workspace that have no holder, those that wait longest first. What this
   * holder has already is not given again, so that it is not served twice and does not use up the limit.
   */
  claim(team: string, holder: string, leaseMs: number, limit: number): Promise<readonly OutboxChannel[]>;
  /** Prolongs the lease; false when it was lost, and then nothing more may be posted. */
  renew(channel: OutboxChannel, holder: string, leaseMs: number): Promise<boolean>;
  /** Gives a channel back; atomically it stays dirty when something was put meanwhile. */
  release(channel: OutboxChannel, holder: string): Promise<void>;
  /** The rows of a channel that are not posted as wanted, replies whose parent has no ts yet included. */
  pending(channel: OutboxChannel): Promise<readonly OutboxRow[]>;
  /**
   * Records that Slack shows this revision under `ts`, and gives the ts of the message. The first one stays: a revision
   * under another one is not shown where it counts, and is not recorded. The same twice is the same once.
   */
  posted(message: OutboxMessage, revision: number, ts: string): Promise<string>;
  /**
   * Where a message is that was posted: known for 90 days after it was last posted or updated, long after its row left.
   * Undefined when it was not posted, or longer ago.
   */
  where(team: string, id: string): Promise<MessagePlace | undefined>;
  /**
   * Slack will never take this message: it leaves the table, and so does every reply that waits for it.
   * Later `put`s of the same ids are ignored.
   */
  refused(message: OutboxMessage, reason: string): Promise<void>;
  /** Called soon after any process put something into this channel; a call may be lost, so poll as well. Gives the way to stop. */
  onDirty(listener: (channel: OutboxChannel) => void): () => void;
}
