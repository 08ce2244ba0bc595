import type { JobData, JobName } from './jobs.ts';
import type { Ask, Answer as AskAnswer } from './model/ask.ts';
import type { Fact } from './model/fact.ts';
import type { Landing, LostFlight } from './model/flight.ts';
import type { ImageRef } from './model/image.ts';
import type { Answer, ImageConfig, Manifest, ProbeOutcome } from './model/outcome.ts';
import type { Report } from './model/report.ts';
import type { Credential } from './model/secret.ts';
import type { ClusterEvent, Neighbour, Node, Pod, Revision } from './model/snapshot.ts';
import type { Workload, WorkloadKind, WorkloadRef } from './model/workload.ts';
import type { Outbox } from './outbox-ports.ts';

/** Ends a read: the deadline of the whole diagnosis, or the caller's own. */
export interface Reading {
  readonly signal: AbortSignal;
}

/** One object that may not be there. `absent` is certain (404); everything else that fails is `unknown`. */
export type Lookup<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string; readonly missingRight?: string };

/** A pull secret with its content; only `flows/collect` and the registry see it. */
export interface PullSecretContent {
  readonly type: string;
  readonly createdAt: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Set when the kubelet could not use it: wrong type, no JSON, no `auths`. */
  readonly problem?: string;
  readonly entries: readonly { readonly key: string; readonly credential: Credential }[];
}

/** Reads one cluster. No method throws for a missing right, a missing object or a dead server: those are values. */
export interface ClusterReader {
  readonly id: string;
  workload(ref: WorkloadRef, reading: Reading): Promise<Lookup<Workload>>;
  /** Every workload of these kinds; without `namespace` in all of them. Pods with an owner are not listed. */
  workloads(
    where: { readonly namespace?: string; readonly kinds?: readonly WorkloadKind[] },
    reading: Reading,
  ): Promise<Fact<readonly WorkloadSummary[]>>;
  namespaces(reading: Reading): Promise<Fact<readonly string[]>>;
  /** Pods of a workload: by its selector and then by owner, or the bare pod itself. Paged and projected. */
  pods(workload: Workload, reading: Reading): Promise<Fact<readonly Pod[]>>;
  /** ReplicaSets or ControllerRevisions, newest first. */
  revisions(workload: Workload, reading: Reading): Promise<Fact<readonly Revision[]>>;
  events(namespace: string, reading: Reading): Promise<Fact<readonly ClusterEvent[]>>;
  serviceAccount(
    namespace: string,
    name: string,
    reading: Reading,
  ): Promise<
    Lookup<{ readonly pullSecretNames: readonly string[]; readonly annotations: Readonly<Record<string, string>> }>
  >;
  pullSecret(namespace: string, name: string, reading: Reading): Promise<Lookup<PullSecretContent>>;
  configMap(namespace: string, name: string, reading: Reading): Promise<Lookup<Readonly<Record<string, string>>>>;
  nodes(reading: Reading): Promise<Fact<readonly Node[]>>;
  /** The last 200 lines, at most 64 KiB, with RFC 3339 timestamps in front. */
  log(
    where: { readonly namespace: string; readonly pod: string; readonly container: string; readonly previous: boolean },
    reading: Reading,
  ): Promise<Lookup<string>>;
  /** Closes pooled connections. */
  close(): Promise<void>;
}

/** A workload of a list, with what comparisons across a namespace need. */
export interface WorkloadSummary extends Neighbour {
  readonly ready: number;
  readonly desired?: number;
}

/** Where an image is asked for: the registry itself, or a mirror that the cluster's nodes use. */
export interface Route {
  readonly kind: 'origin' | 'mirror';
  /** Host as people know it. */
  readonly host: string;
}

/** Speaks the distribution protocol. Never throws for what a registry answers; throws only when `signal` is a bug. */
export interface RegistryClient {
  /** Name of the provider that serves this host. */
  provider(host: string): string;
  /** Whether the configuration names the registry of this image: an entry, or a mirror of it. */
  isConfigured(image: ImageRef): boolean;
  /**
   * The credential configured for the bot itself, if there is one. Entries that are limited to other workloads
   * (`appliesTo`) are left out when the workload is named.
   */
  ownCredential(image: ImageRef, workload?: string): Credential | undefined;
  /** The ways a node of this cluster goes, in its order; the origin is always the last. */
  routes(image: ImageRef): readonly Route[];
  /** HEAD (GET where a registry cannot HEAD); the reference's digest wins over its tag. */
  resolve(image: ImageRef, how: RegistryReading): Promise<ProbeOutcome>;
  /** GET by digest, from the content cache when it was read before. */
  manifest(image: ImageRef, digest: string, how: RegistryReading): Promise<Answer<Manifest>>;
  /** The config blob of an image manifest. */
  config(image: ImageRef, configDigest: string, how: RegistryReading): Promise<Answer<ImageConfig>>;
  /** All tags, paging followed, at most 10,000. */
  tags(image: ImageRef, how: RegistryReading): Promise<Answer<readonly string[]>>;
  /** Digests of manifests that refer to this one, of one artifact type or all; tag fallback included. */
  referrers(
    image: ImageRef,
    digest: string,
    how: RegistryReading & { readonly artifactType?: string },
  ): Promise<Answer<readonly { readonly digest: string; readonly artifactType: string }[]>>;
  /** When this digest was pushed (ISO 8601), under the tag unless the reference names the digest; answers within 2 s. */
  pushedAt(image: ImageRef, digest: string, how: RegistryReading): Promise<Fact<string>>;
  close(): Promise<void>;
}

/** With which credential, over which route and until when. */
export interface RegistryReading extends Reading {
  readonly credential?: Credential;
  /** The origin when left out. */
  readonly route?: Route;
  /** Epoch milliseconds: an answer whose question was asked before this moment is not taken from memory. */
  readonly notBefore?: number;
}

/** Immutable content by digest, shared between workers; losing it costs time, not truth. */
export interface ContentCache {
  get(digest: string): Promise<string | undefined>;
  put(digest: string, content: string): Promise<void>;
}

/**
 * Records of questions. Several asks may wait for one flight; a flight is one job. All times are the store's own clock.
 * A flight goes: opened -> held -> landed (the answer is recorded, nobody can join any more) -> settled (everyone was told).
 */
export interface Asks {
  /** Records the ask and joins its flight. `first` means: nobody has queued the job yet, do it now. */
  open(ask: Ask): Promise<'first' | 'joined'>;
  get(id: string): Promise<Ask | undefined>;
  /** Who waits for this flight, oldest first. */
  waiting(flight: string): Promise<readonly Ask[]>;
  /** Takes the flight for this holder, or renews it; false when another live holder has it or nobody waits. */
  hold(flight: string, holder: string, leaseMs: number): Promise<boolean>;
  /** Prolongs a hold; false when it was lost, and then nothing more may be said about this flight. */
  renew(flight: string, holder: string, leaseMs: number): Promise<boolean>;
  /** Gives the flight back unanswered: it is lost at once, and so taken over. */
  release(flight: string, holder: string): Promise<void>;
  /** Ends the flight atomically with its answer, for everyone who waits; undefined when this holder lost it before. */
  land(flight: string, holder: string, answer: AskAnswer): Promise<Landing | undefined>;
  /** Everyone of the landing was told. */
  settle(landing: Landing): Promise<void>;
  /** Landings whose holder died before everyone was told. Each is given to one caller per `olderThanMs`. */
  unsettled(olderThanMs: number): Promise<readonly Landing[]>;
  /** Flights that nobody holds although somebody waits: still queued, or the job was lost. Each is given to one caller per `olderThanMs`. */
  lost(olderThanMs: number): Promise<readonly LostFlight[]>;
  /** Forgets an ask whose job could not be queued. */
  drop(ask: Ask): Promise<void>;
}

/** Finished reports, kept for "Show all" and for old threads. */
export interface Reports {
  save(team: string, report: Report): Promise<string>;
  get(team: string, reportId: string): Promise<Report | undefined>;
}

/** Who is alive, and what it can do. */
export interface Workers {
  beat(worker: WorkerState): Promise<void>;
  gone(cluster: string, id: string): Promise<void>;
  alive(cluster: string): Promise<readonly WorkerState[]>;
  /** When any worker of the cluster was last seen (ISO 8601), alive or not. */
  lastSeen(cluster: string): Promise<string | undefined>;
}

/** What a worker says of itself with every heartbeat. */
export interface WorkerState {
  readonly cluster: string;
  readonly id: string;
  readonly version: string;
  readonly seenAt: string;
  /** Rights it found missing at its start: `get secrets`, `get pods/log`. */
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

/** Short answers from a worker to a waiting bot (pickers). */
export interface Answers {
  give(answerId: string, values: readonly string[]): Promise<void>;
  wait(answerId: string, timeoutMs: number): Promise<readonly string[] | undefined>;
}

/** The queue of one cluster's work. Fails within a second when Redis is down. */
export interface Queue {
  enqueue<N extends JobName>(cluster: string, name: N, data: JobData<N>, options?: EnqueueOptions): Promise<void>;
  /** How many jobs of the class wait. */
  waiting(cluster: string, name: JobName): Promise<number>;
}

/** When a job runs, and what makes two jobs the same. */
export interface EnqueueOptions {
  readonly delayMs?: number;
  /** A job with this id that waits or runs is not queued a second time. */
  readonly id?: string;
  /** Also replaces a finished job of that id, which would otherwise swallow the new one. */
  readonly again?: boolean;
}

/** Everything a worker's flow may touch besides what a diagnosis reads (`Reach` of `flows/collect`). */
export interface WorkerDeps {
  readonly cluster: ClusterReader;
  readonly asks: Asks;
  readonly reports: Reports;
  readonly outbox: Outbox;
  readonly answers: Answers;
}

/** Everything a bot's flow may touch. */
export interface BotDeps {
  readonly asks: Asks;
  readonly reports: Reports;
  readonly outbox: Outbox;
  readonly workers: Workers;
  readonly channels: Channels;
  readonly answers: Answers;
  readonly queue: Queue;
  readonly now: () => Date;
}
