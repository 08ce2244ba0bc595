import type { ClusterReader } from './cluster.ts';
import type { Outbox } from './outbox.ts';
import type { Queue } from './queue.ts';
import type { Answers, Asks, Channels, Reports, Workers } from './records.ts';

/** Everything that a worker's flow may touch besides what a diagnosis reads (`Reach` of `flows/collect`). */
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
