import type { JobClass } from '../jobs.ts';

/**
 * The queue of one class of one cluster's work. `:` is BullMQ's own separator, and a cluster id has no dot, so the names
 * of two clusters never meet.
 */
export function queueName(cluster: string, jobClass: JobClass): string {
  return jobClass === 'person' ? `work-${cluster}` : `work-${cluster}.${jobClass}`;
}
