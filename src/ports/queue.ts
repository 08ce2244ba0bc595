import type { JobData, JobName } from '../jobs.ts';

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
