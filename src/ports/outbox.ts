import type { OutboxMessage } from '../model/message.ts';

/** The table of messages in their wanted state; the bot updates Slack to match it. */
export interface Outbox {
  /** Sets the wanted state of a message; the latest state replaces earlier ones, which may never be posted. */
  put(message: OutboxMessage, phase?: OutboxPhase): Promise<void>;
}

/**
 * Keeps a late writer from overwriting a later state. `first`: only if the message is not in the table yet. `early`:
 * ignored once another phase was put. `interim`: ignored once a `final` was put. Without a phase the state is always
 * accepted.
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

/** A message of the table that Slack does not show in its wanted state yet. */
export interface OutboxRow {
  /** Its latest wanted state. */
  readonly message: OutboxMessage;
  /** Counts every `put` of this message; starts at 1. */
  readonly wantedRevision: number;
  /** 0 until it is posted for the first time. */
  readonly postedRevision: number;
  /** Epoch milliseconds of the first `put` that is not posted yet: the one that has waited longest goes first. */
  readonly wantedSinceMs: number;
  /** Set once it is posted: from then on it is updated. */
  readonly ts?: string;
  /** Epoch milliseconds of the last successful post or update. */
  readonly postedAtMs?: number;
  /** Epoch milliseconds of the last successful update; undefined while it was only posted. */
  readonly updatedAtMs?: number;
  /**
   * The ts to reply to, looked up in the table if `message.thread` names a message; undefined while that message is not
   * posted.
   */
  readonly threadTs?: string;
}

/**
 * The poster's side of the outbox. A channel is dirty while one of its rows has `postedRevision < wantedRevision`; one
 * bot at a time holds it. A holder that dies loses it when its lease ends, and another bot posts the rest.
 */
export interface OutboxTable {
  /**
   * Takes up to `limit` dirty channels of this workspace that have no holder, those that have waited longest first.
   * Channels that this holder already has are not returned again, so they are not served twice and do not count towards
   * the limit.
   */
  claim(team: string, holder: string, leaseMs: number, limit: number): Promise<readonly OutboxChannel[]>;
  /** Extends the lease; false if it was lost, and then nothing more may be posted. */
  renew(channel: OutboxChannel, holder: string, leaseMs: number): Promise<boolean>;
  /** Gives a channel back; atomically keeps it dirty if something was put in the meantime. */
  release(channel: OutboxChannel, holder: string): Promise<void>;
  /** The rows of a channel that are not posted in their wanted state, including replies whose parent has no ts yet. */
  pending(channel: OutboxChannel): Promise<readonly OutboxRow[]>;
  /**
   * Records that Slack shows this revision under `ts`, and returns the message's ts. The first ts stays: a revision
   * posted under another one is not visible in the right place, and is not recorded. Safe to repeat.
   */
  posted(message: OutboxMessage, revision: number, ts: string): Promise<string>;
  /**
   * Where a posted message is: known for 90 days after it was last posted or updated, long after its row is gone.
   * Undefined if it was not posted, or longer ago.
   */
  where(team: string, id: string): Promise<MessagePlace | undefined>;
  /**
   * Slack will never accept this message: it is removed from the table, and so is every reply that waits for it. Later
   * `put`s of the same ids are ignored.
   */
  refused(message: OutboxMessage, reason: string): Promise<void>;
  /**
   * Called soon after any process puts something into this channel. A call may be lost, so poll as well. Returns a
   * function that unsubscribes.
   */
  onDirty(listener: (channel: OutboxChannel) => void): () => void;
}
