import { type ConnectionOptions, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { JobClass, JobContext, JobEnd, JobHandlers } from '../jobs.ts';
import { type Company, createCompany } from '../timing/company.ts';
import { within, withinGrace } from '../timing/within.ts';
import { queueName } from './names.ts';
import { type JobTable, jobTable, readPayload } from './table.ts';
import { unhurriedBackend } from './unhurried.ts';

/** How many jobs of a class one worker runs at the same time. */
export const defaultSlots: Readonly<Record<JobClass, number>> = {
  person: 8,
  further: 8,
  change: 4,
  alert: 2,
  sweep: 1,
};

/** A handler by the name of its job; the table has already parsed the payload. */
export type Handlers = Readonly<Record<string, (data: never, context: JobContext) => Promise<JobEnd>>>;

export interface ConsumerOptions {
  /** A connection that waits for Redis; BullMQ opens a second one like it for blocking calls. */
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly cluster: string;
  readonly handlers: JobHandlers | Handlers;
  /** A job that this worker cannot read, after every retry: whoever waits for it should be told. */
  readonly onRefused: (name: string, data: unknown, why: string) => Promise<void>;
  readonly table?: JobTable;
  readonly slots?: Readonly<Record<JobClass, number>>;
  /** After this time a job's signal fires; default 60 s. */
  readonly deadlineMs?: number;
  /** After this much more time, a job that ignores its signal loses its slot; default 5 s. */
  readonly graceMs?: number;
  /** Awaited before each job starts; if left out, jobs start at once. */
  readonly admit?: () => Promise<void>;
  /** What else runs in this process, for a job that has to be alone; if left out, this consumer's jobs. */
  readonly company?: Company;
  readonly onError: (error: Error) => void;
}

/** The receiving end of one cluster's queues. */
export interface Consumer {
  /** Resolves once the worker listens to every queue. */
  ready(): Promise<void>;
  /** Whether every queue was asked for a job lately, or is busy. */
  isTaking(): boolean;
  /** Takes no more jobs, lets running ones finish, aborts them at the deadline, and ends. */
  stop(deadlineMs: number): Promise<void>;
}

/** A dead worker's job is detected as stalled after at most two of these (docs/architecture.md#processes). */
const lockMs = 5000;

/** Starts taking jobs: a BullMQ worker for each class that the table uses, so that no class waits for another. */
export function startConsumer(options: ConsumerOptions): Consumer {
  const { table = jobTable, company = createCompany() } = options;
  const stopping = new AbortController();
  const classes = new Set(Object.values(table).map(({ jobClass }) => jobClass));
  const opened = [...classes].map((jobClass) =>
    openWorker(jobClass, options, (job) => runJob(job, { ...options, table, company }, stopping.signal)),
  );
  const workers = opened.map(({ worker }) => worker);
  let isStopping = false;
  company.watch({
    // What could only wait here is left to the other workers of the cluster.
    closed: () => {
      if (!isStopping) for (const worker of workers) worker.pause(true).catch(options.onError);
    },
    open: () => {
      if (!isStopping) for (const worker of workers) worker.resume().catch(options.onError);
    },
  });
  return {
    ready: async () => {
      await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    },
    isTaking: () => opened.every(({ isTaking }) => isTaking()),
    stop: async (deadlineMs) => {
      isStopping = true;
      const ended = Promise.all(workers.map((worker) => worker.close())).then(() => true);
      ended.catch(options.onError);
      if (await within(deadlineMs, ended, () => false)) return;
      stopping.abort(new Error('the worker stops'));
      if (await within(options.graceMs ?? 5000, ended, () => false)) return;
      const forced = Promise.all(workers.map((worker) => worker.close(true)));
      forced.catch(options.onError);
      await within(1000, forced, () => {});
    },
  };
}

/** The BullMQ worker of one class, and whether it takes jobs. */
function openWorker(
  jobClass: JobClass,
  options: ConsumerOptions,
  run: (job: Job<unknown>) => Promise<void>,
): { readonly worker: Worker; readonly isTaking: () => boolean } {
  const asking = unhurriedBackend();
  const settings = {
    connection: options.connection,
    prefix: options.prefix,
    concurrency: (options.slots ?? defaultSlots)[jobClass],
    lockDuration: lockMs,
    stalledInterval: lockMs,
    drainDelay: 2,
    maxStalledCount: 1,
  };
  const process = (job: Job<unknown>) => asking.busy(run(job));
  const worker = new Worker(queueName(options.cluster, jobClass), process, settings, asking.createBackend);
  worker.on('error', options.onError);
  return { worker, isTaking: () => worker.isRunning() && asking.isLately() };
}

async function runJob(
  job: Job<unknown>,
  options: ConsumerOptions & { readonly table: JobTable; readonly company: Company },
  stopping: AbortSignal,
): Promise<void> {
  const payload = readPayload(options.table, job.name, job.data);
  if (payload.kind === 'refused') return refuse(job, payload.why, options);
  const handlers: Handlers = options.handlers;
  const handler = Object.hasOwn(handlers, job.name) ? handlers[job.name] : undefined;
  if (handler === undefined) return refuse(job, `nothing handles ${job.name} here`, options);
  await options.admit?.();
  const { company, deadlineMs = 60_000, graceMs = 5000 } = options;
  const run = async (isAlone: boolean): Promise<JobEnd> => {
    // It also fires when the job has ended: what is kept for as long as a question lasts is kept no longer.
    const ended = new AbortController();
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(deadlineMs), ended.signal]);
    // The table has just parsed the payload under this name, which the type system cannot follow.
    const work = handler(payload.data as never, { signal, stopping, isAlone });
    const late = (): never => {
      throw new Error(`${job.name} did not end when it was aborted`);
    };
    return await withinGrace(signal, graceMs, work, late).finally(() => ended.abort(new Error('the job has ended')));
  };
  if ((await company.together(() => run(false))) === 'alone') await company.alone(stopping, () => run(true));
}

/** Another worker may be newer, so the job is retried; the last attempt tells whoever waits and ends it. */
async function refuse(job: Job<unknown>, why: string, options: ConsumerOptions): Promise<never> {
  const last = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  if (!last) throw new Error(`${job.name} was refused: ${why}`);
  await options.onRefused(job.name, job.data, why);
  throw new UnrecoverableError(`${job.name} was refused: ${why}`);
}
