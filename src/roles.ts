import { reasonOf } from './errors.ts';
import { refuseUnreadable } from './flows/ask/answer.ts';
import { type ResumeOptions, resume, usualResumeOptions } from './flows/ask/resume.ts';
import {
  type ResumeApprovalsOptions,
  resumeApprovals,
  usualResumeApprovalsOptions,
} from './flows/change/execute/resume-approvals.ts';
import { type HandlerDeps, handlersOf } from './flows/index.ts';
import { type JobHandlers, type JobName, jobs } from './jobs.ts';
import type { Log } from './log.ts';
import type { Approvals } from './ports/approvals.ts';
import type { BotDeps } from './ports/processes.ts';
import type { WorkerState, Workers } from './ports/records.ts';
import { every } from './timing/every.ts';

/** A part of the process that runs until it is stopped. */
export interface Running {
  /** Takes no new work, lets running work finish until the deadline, then aborts it. */
  stop(deadlineMs: number): Promise<void>;
}

/** The receiving end of a queue, as `queue/consumer` returns it. */
export interface Receiver extends Running {
  ready(): Promise<void>;
  /** Whether it takes jobs now. */
  isTaking(): boolean;
}

/** The worker's identity, and what it works with. */
export interface WorkerOptions {
  readonly cluster: string;
  /** Unique per process. */
  readonly id: string;
  /** Release of this worker. */
  readonly version: string;
  /** Permissions it found missing: `get secrets`. */
  readonly missingRights: readonly string[];
  /** Which signing keys it has, and which are needed. */
  readonly keys?: () => Pick<WorkerState, 'trustedKeys' | 'neededKeys'>;
  readonly workers: Workers;
  readonly deps: Omit<HandlerDeps, 'onIncident'>;
  /** Starts taking jobs (`startConsumer` with connection, prefix and cluster filled in). */
  readonly consume: (
    handlers: JobHandlers,
    onRefused: (name: string, data: unknown, why: string) => Promise<void>,
  ) => Receiver;
  /** How often to look for changes without a holder; default 1 s. */
  readonly everyMs?: number;
  readonly resumeApprovals?: Partial<Omit<ResumeApprovalsOptions, 'onTrouble'>>;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

/** A third of the time after which a worker counts as dead (`workerTtlMs` of the store). */
const heartbeatMs = 5000;

/** Starts a worker: takes jobs, answers them, and sends heartbeats. Resolves once it is ready and announced. */
export async function startWorker(options: WorkerOptions): Promise<Running & Pick<Receiver, 'isTaking'>> {
  const { cluster, id, version, workers, log } = options;
  const deps: HandlerDeps = {
    ...options.deps,
    onIncident: ({ id: incident, error, where }) => log.error({ incident, where, error }, 'job failed'),
  };
  const receiver = options.consume(handlersOf(deps), async (name, data, why) => {
    log.error({ job: name, why }, 'cannot read job payload');
    await refuseUnreadable(data, `worker ${version}: ${why}`, deps);
  });
  await receiver.ready();
  const state = (): WorkerState => ({
    cluster,
    id,
    version,
    seenAt: deps.change.now().toISOString(),
    clockAheadMs: Math.round(deps.change.aheadMs?.() ?? 0),
    ...options.keys?.(),
    missingRights: options.missingRights,
    jobs: Object.keys(jobs) as JobName[],
  });
  await workers.beat(state());
  const heartbeat = loop(heartbeatMs, log, 'heartbeat', () => workers.beat(state()));
  // A worker resumes changes as well, so that none waits for a bot that is down.
  const resuming = { ...deps.change, outbox: deps.outbox, workers };
  const resumeOptions = approvalOptions(options.resumeApprovals, log);
  const changes = loop(options.everyMs ?? usualResumeEveryMs, log, 'resume changes', () =>
    resumeApprovals(resuming, resumeOptions),
  );
  return {
    isTaking: () => receiver.isTaking(),
    stop: async (deadlineMs) => {
      await Promise.all([heartbeat.stop(), changes.stop()]);
      // From now on no work is sent here; waiting jobs are left to the other workers.
      await workers
        .gone(cluster, id)
        .catch((error: unknown) => log.warn({ reason: reasonOf(error) }, 'could not deregister the worker'));
      await receiver.stop(deadlineMs);
    },
  };
}

/** How often a bot looks for records without a holder. */
export const usualResumeEveryMs = 1000;

export interface BotLoopsOptions {
  readonly deps: BotDeps & { readonly approvals: Approvals; readonly aheadMs?: () => number };
  /** How often to look for lost records; default 1 s. */
  readonly everyMs?: number;
  readonly resume?: Partial<Omit<ResumeOptions, 'onTrouble'>>;
  readonly resumeApprovals?: Partial<Omit<ResumeApprovalsOptions, 'onTrouble'>>;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

/** Starts what every bot does besides handling events: resuming records without a holder. */
export function startBotLoops(loops: BotLoopsOptions): Running {
  const { deps, everyMs = usualResumeEveryMs, resume: chosen, log } = loops;
  const options: ResumeOptions = {
    ...usualResumeOptions,
    ...chosen,
    onTrouble: (flight, error) => log.error({ flight, error }, 'could not resume a question'),
  };
  const changeOptions = approvalOptions(loops.resumeApprovals, log);
  const questions = loop(everyMs, log, 'resume', () => resume(deps, options));
  const changes = loop(everyMs, log, 'resume changes', () => resumeApprovals(deps, changeOptions));
  return {
    stop: async () => {
      await Promise.all([questions.stop(), changes.stop()]);
    },
  };
}

function approvalOptions(
  chosen: Partial<Omit<ResumeApprovalsOptions, 'onTrouble'>> | undefined,
  log: Pick<Log, 'error'>,
): ResumeApprovalsOptions {
  return {
    ...usualResumeApprovalsOptions,
    ...chosen,
    onTrouble: (approval, error) => log.error({ approval, error }, 'could not resume a change'),
  };
}

/** `every`, with failures logged. */
function loop(
  periodMs: number,
  log: Pick<Log, 'warn' | 'error'>,
  what: string,
  turn: () => Promise<void>,
): ReturnType<typeof every> {
  return every(periodMs, turn, (error) =>
    log.warn({ loop: what, reason: reasonOf(error) }, 'background loop iteration failed'),
  );
}
