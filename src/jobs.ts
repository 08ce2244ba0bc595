import { z } from 'zod';
import { ClusterId, Target } from './model/ask/ask.ts';
import { workloadKinds } from './model/workload/workload.ts';

const ApprovalJob = z.object({ version: z.literal(1), cluster: ClusterId, team: z.string(), approval: z.string() });

const Diagnose = z.object({ version: z.literal(1), flight: z.string(), cluster: ClusterId, target: Target });

/**
 * Every job there is: name -> payload. This table types both ends of a queue. Payloads carry a version, because workers
 * of different clusters are upgraded at different times.
 */
export const jobs = {
  /** Answer a question. The flight identifies the asks that wait for it. */
  diagnose: Diagnose,
  /** The same for somebody who asks a lot: in slots of its own, so that nobody else waits for it. */
  diagnoseFurther: Diagnose,
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
  /** Read and plan a change, so that it can be shown. The record says which one. */
  prepare: ApprovalJob,
  /** Execute an approved change, or continue one whose worker died. */
  execute: ApprovalJob,
  /** Check whether a change helped; delayed and repeated until that is known. */
  verify: ApprovalJob,
} as const;

export type JobName = keyof typeof jobs;
export type JobData<N extends JobName> = z.infer<(typeof jobs)[N]>;

/** Classes of work with separate slots, so that a sweep never makes a person wait. */
export type JobClass = 'person' | 'further' | 'change' | 'alert' | 'sweep';

/** Which slots a job uses. */
export const classOf: Record<JobName, JobClass> = {
  diagnose: 'person',
  diagnoseFurther: 'further',
  lookup: 'person',
  prepare: 'person',
  execute: 'change',
  verify: 'change',
};

/** What a running job knows about its surroundings. */
export interface JobContext {
  /** Ends the job: its deadline passed, or the process stops. It also fires when the job has ended. */
  readonly signal: AbortSignal;
  /** The process is stopping: unfinished work is given back, not answered. */
  readonly stopping: AbortSignal;
  /** Nothing else runs in this process meanwhile. */
  readonly isAlone?: boolean;
}

/** How a handler ends; `alone` asks for being called again when nothing else runs in this process. */
export type JobEnd = void | 'alone';

/** A handler for every job there is. */
export type JobHandlers = {
  readonly [N in JobName]: (data: JobData<N>, context: JobContext) => Promise<JobEnd>;
};
