import { z } from 'zod';
import { ClusterId, Target } from './model/ask/ask.ts';
import { workloadKinds } from './model/workload/workload.ts';

const ApprovalJob = z.object({ version: z.literal(1), cluster: ClusterId, team: z.string(), approval: z.string() });

/**
 * Every job there is: name -> payload. Both ends of a queue are typed by this table.
 * Payloads carry a version, because workers of other clusters are upgraded at other times.
 */
export const jobs = {
  /** Answer a question. The asks that wait for it are found by the flight. */
  diagnose: z.object({ version: z.literal(1), flight: z.string(), cluster: ClusterId, target: Target }),
  /** Names for a picker or a "did you mean": answered through `Answers`. */
  lookup: z.object({
    version: z.literal(1),
    answerId: z.string(),
    cluster: ClusterId,
    what: z.enum(['namespaces', 'workloads']),
    namespace: z.string().optional(),
    kind: z.enum(workloadKinds).optional(),
    prefix: z.string(),
  }),
  /** Read and plan a change, so that it can be shown. The record says which. */
  prepare: ApprovalJob,
  /** Do an approved change, or go on with one whose worker died. */
  execute: ApprovalJob,
  /** Look whether a change helped; delayed and repeated until it is known. */
  verify: ApprovalJob,
} as const;

export type JobName = keyof typeof jobs;
export type JobData<N extends JobName> = z.infer<(typeof jobs)[N]>;

/** Classes of work with slots of their own, so that a sweep never makes a person wait. */
export type JobClass = 'person' | 'change' | 'alert' | 'sweep';

/** Which slots a job uses. */
export const classOf: Record<JobName, JobClass> = {
  diagnose: 'person',
  lookup: 'person',
  prepare: 'person',
  execute: 'change',
  verify: 'change',
};

/** What a running job knows of its surroundings. */
export interface JobContext {
  /** Ends the job: its deadline passed, or the process stops. */
  readonly signal: AbortSignal;
  /** The process stops: what is not done is given back, not answered. */
  readonly stopping: AbortSignal;
}

/** A handler for every job there is. */
export type JobHandlers = {
  readonly [N in JobName]: (data: JobData<N>, context: JobContext) => Promise<void>;
};
