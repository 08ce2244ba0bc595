import type { JobData, JobName } from '../jobs.ts';

/** The queue of one cluster's work. Fails within a second when Redis is down. */
export interface Queue {
  enqueue<N extends JobName>(cluster: string, name: N, data: JobData<N>, options?: EnqueueOptions): Promise<void>;
  /** How many jobs of the class are waiting. */
  waiting(cluster: string, name: JobName): Promise<number>;
}

/** When a job runs, and what makes two jobs the same. */
export interface EnqueueOptions {
  readonly delayMs?: number;
  /** If a job with this id is waiting or running, it is not queued again. */
  readonly id?: string;
  /** Also replaces a finished job with that id, which would otherwise swallow the new one. */
  readonly again?: boolean;
}
