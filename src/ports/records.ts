import type { JobName } from '../jobs.ts';
import type { Ask, AskAnswer } from '../model/ask/ask.ts';
import type { Landing, LostFlight } from '../model/ask/flight.ts';
import type { Report } from '../model/finding/report.ts';

/**
 * Records of questions. Several asks may wait for one flight; a flight is one job. All times are from the store's own
 * clock. A flight goes: opened -> held -> landed (the answer is recorded, nobody can join any more) -> settled
 * (everyone was told).
 */
export interface Asks {
  /** Records the ask and joins its flight. `first` means that nobody has queued the job yet, so the caller must. */
  open(ask: Ask): Promise<'first' | 'joined'>;
  get(id: string): Promise<Ask | undefined>;
  /** Counts a question, and says how many this person asked within the same `withinMs`, this one included. */
  count(asker: Pick<Ask, 'team' | 'user'>, withinMs: number): Promise<number>;
  /** Who waits for this flight, oldest first. */
  waiting(flight: string): Promise<readonly Ask[]>;
  /**
   * Takes the flight for this holder, or renews the hold; false if another live holder has it, nobody waits, or more
   * than `mostDeaths` holders died.
   */
  hold(flight: string, holder: string, leaseMs: number, mostDeaths?: number): Promise<boolean>;
  /** How many holders of the flight died without giving it back; 0 while a live one has it. */
  deaths(flight: string): Promise<number>;
  /** Extends a hold; false if it was lost, and then nothing more may be posted about this flight. */
  renew(flight: string, holder: string, leaseMs: number): Promise<boolean>;
  /** Gives the flight back unanswered: another worker can take it over at once. */
  release(flight: string, holder: string): Promise<void>;
  /**
   * Ends the flight atomically with its answer, for everyone who waits; undefined if this holder had already lost it.
   */
  land(flight: string, holder: string, answer: AskAnswer): Promise<Landing | undefined>;
  /** Records that everyone who waited for the landing was told. */
  settle(landing: Landing): Promise<void>;
  /** Landings whose holder died before everyone was told. Each is given to one caller per `olderThanMs`. */
  unsettled(olderThanMs: number): Promise<readonly Landing[]>;
  /**
   * Flights without a holder that someone waits for: still queued, or the job was lost. Each is given to one caller per
   * `olderThanMs`.
   */
  lost(olderThanMs: number): Promise<readonly LostFlight[]>;
  /** Deletes an ask whose job could not be queued. */
  drop(ask: Ask): Promise<void>;
}

/** Finished reports, kept for "Show all" and for old threads. */
export interface Reports {
  save(team: string, report: Report): Promise<string>;
  get(team: string, reportId: string): Promise<Report | undefined>;
}

/** Which workers are alive, and what they can do. */
export interface Workers {
  beat(worker: WorkerState): Promise<void>;
  gone(cluster: string, id: string): Promise<void>;
  alive(cluster: string): Promise<readonly WorkerState[]>;
  /** When any worker of the cluster was last seen (ISO 8601), alive or not. */
  lastSeen(cluster: string): Promise<string | undefined>;
}

/** A signing key that records of changes still need. */
export interface NeededKey {
  /** `unknown` if this process does not have it and no record names it. */
  readonly id: string;
  /** ISO 8601. */
  readonly until: string;
  /** How many changes need it. */
  readonly changes: number;
}

/** What a worker reports about itself with every heartbeat. */
export interface WorkerState {
  readonly cluster: string;
  readonly id: string;
  readonly version: string;
  readonly seenAt: string;
  /** Milliseconds by which its own clock is ahead of the store's; left out by the release before. */
  readonly clockAheadMs?: number | undefined;
  /** Ids of the signing keys that it trusts; left out by the release before. */
  readonly trustedKeys?: readonly string[] | undefined;
  /** Signing keys that records still need, the oldest of them included; left out by the release before. */
  readonly neededKeys?: readonly NeededKey[] | undefined;
  /** Permissions that were missing when it started: `get secrets`, `get pods/log`. */
  readonly missingRights: readonly string[];
  readonly jobs: readonly JobName[];
}

/** Settings that a channel chose with `/imagecheck use`. */
export interface Channels {
  defaults(team: string, channel: string): Promise<{ readonly cluster?: string; readonly namespace?: string }>;
  setDefaults(
    team: string,
    channel: string,
    value: { readonly cluster?: string; readonly namespace?: string },
  ): Promise<void>;
}

/** Which deliveries of Slack were answered: it repeats those that it thinks we did not get, to any bot. */
export interface Told {
  /** True for the one who may answer. A claim ends after a while, for a bot that died before it answered. */
  claim(team: string, delivery: string): Promise<boolean>;
  /** The answer was given: no repetition is answered any more. */
  keep(team: string, delivery: string): Promise<void>;
}

/** Short answers from a worker to a waiting bot (pickers). */
export interface Answers {
  give(answerId: string, values: readonly string[]): Promise<void>;
  wait(answerId: string, timeoutMs: number): Promise<readonly string[] | undefined>;
}
