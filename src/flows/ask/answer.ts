import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { JobContext, JobData, JobEnd } from '../../jobs.ts';
import { type AskAnswer, nameOfTarget, type Target, teamOfFlight } from '../../model/ask/ask.ts';
import type { Report } from '../../model/finding/report.ts';
import type { WorkloadRef } from '../../model/workload/workload.ts';
import type { WorkerDeps } from '../../ports/processes.ts';
import { type Held, type Holdable, holding } from '../../timing/holding.ts';
import { withinGrace } from '../../timing/within.ts';
import { announce } from './announce.ts';
import { startProgress } from './progress.ts';

/** How a diagnosis ends, see `flows/diagnose`. */
export type Outcome =
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly WorkloadRef[] }
  | {
      readonly kind: 'absent';
      readonly certain: boolean;
      readonly message: string;
      readonly near: readonly WorkloadRef[];
    };

/** Runs the diagnosis; ends soon after `signal` fires. */
export type Diagnose = (
  target: Target,
  how: { readonly onProgress: (what: string) => void; readonly signal: AbortSignal },
) => Promise<Outcome>;

/** A bug that was reported to a person with this incident id. */
export interface Incident {
  readonly id: string;
  readonly error: unknown;
  readonly where: string;
}

/** What answering a flight needs. */
export interface AnswerDeps extends Pick<WorkerDeps, 'asks' | 'reports' | 'outbox'> {
  readonly diagnose: Diagnose;
  readonly onIncident: (incident: Incident) => void;
  readonly times?: Partial<AnswerTimes>;
}

/** Time limits for the parts of an answer. */
export interface AnswerTimes {
  /** A dead holder's flight is taken over after this long. */
  readonly leaseMs: number;
  readonly progressMs: number;
  /** How long a diagnosis may take to end after its signal fired. */
  readonly graceMs: number;
}

const usualTimes: AnswerTimes = { leaseMs: 6000, progressMs: 1500, graceMs: 2000 };

/**
 * Answers a flight: takes hold of it, diagnoses, records the answer for everyone who waits, and posts it. Does nothing
 * if another worker holds the flight or nobody waits any more. A worker that is stopping gives the flight back
 * unanswered; one that lost its hold posts nothing. A flight whose worker died may have killed it: it is answered once
 * more, in a process that does nothing else, and given up after a second death. Throws only if Redis cannot be reached;
 * another worker then takes the flight over when the lease ends.
 */
export async function answer(job: JobData<'diagnose'>, deps: AnswerDeps, context: JobContext): Promise<JobEnd> {
  const { asks } = deps;
  const { flight } = job;
  const times = { ...usualTimes, ...deps.times };
  const isAlone = context.isAlone === true;
  const record: Holdable = {
    hold: (holder, leaseMs) => asks.hold(flight, holder, leaseMs, isAlone ? mostDeaths - 1 : 0),
    renew: (holder, leaseMs) => asks.renew(flight, holder, leaseMs),
    release: (holder) => asks.release(flight, holder),
  };
  // While Redis is down, whether we still hold the flight is decided when it lands.
  const wasHeld = await holding(record, { leaseMs: times.leaseMs, unrenewed: 'kept' }, async (held) => {
    await answerHeld(job, deps, context, times, held);
    return true;
  });
  if (wasHeld === true) return;
  const deaths = await asks.deaths(flight);
  if (deaths >= mostDeaths)
    await giveUp(flight, whyNotAgain(job.cluster, `Checking ${nameOfTarget(job.target)}`), deps);
  else if (deaths > 0 && !isAlone) return 'alone';
}

/** A question is given up when this many workers died of it. */
export const mostDeaths = 2;

/** What people are told who asked for it; `doing` begins the sentence, such as `Checking deployment/web`. */
export function whyNotAgain(cluster: string, doing: string): string {
  return `${doing} stopped two workers of cluster ${cluster}, the second while it did nothing else, so it isn’t tried again. A registry or the namespace probably answers with more than the worker’s memory holds: whoever runs imagecheck should look at the worker’s log, and raise its memory limit before you ask again.`;
}

async function answerHeld(
  { flight, target }: JobData<'diagnose'>,
  deps: AnswerDeps,
  context: JobContext,
  times: AnswerTimes,
  { holder, lost }: Held,
): Promise<void> {
  const onTrouble = (error: unknown) => deps.onIncident({ id: incidentId(), error, where: 'progress' });
  const progress = startProgress(flight, deps, { everyMs: times.progressMs, onTrouble });
  try {
    const ended = await endOf(
      target,
      deps,
      (what) => progress.say(what),
      AbortSignal.any([context.signal, lost]),
      times,
    );
    await progress.stop();
    // The result of an aborted diagnosis is not an answer: another worker starts over.
    if (lost.aborted || context.stopping.aborted) return;
    const result = ended === 'stopped' ? overrun(target) : await recorded(ended, flight, deps);
    const landing = await deps.asks.land(flight, holder, result);
    if (landing !== undefined) await announce(landing, deps);
  } finally {
    await progress.stop();
  }
}

/** Ends a flight whose job no worker of this release can read. */
export async function refuseUnreadable(
  data: unknown,
  why: string,
  deps: Pick<AnswerDeps, 'asks' | 'reports' | 'outbox'>,
): Promise<void> {
  const job = z.object({ flight: z.string() }).safeParse(data);
  if (!job.success) return;
  await giveUp(
    job.data.flight,
    `The worker did not understand the question: ${why}. Worker and bot are of different releases; upgrade the older one.`,
    deps,
  );
}

/** Ends a flight with a failure, for everyone who waits. */
export async function giveUp(
  flight: string,
  message: string,
  deps: Pick<AnswerDeps, 'asks' | 'reports' | 'outbox'>,
): Promise<void> {
  const holder = randomUUID();
  if (!(await deps.asks.hold(flight, holder, usualTimes.leaseMs))) return;
  const landing = await deps.asks.land(flight, holder, { kind: 'failed', message });
  if (landing !== undefined) await announce(landing, deps);
}

/** The outcome of the diagnosis, an answer that says it failed, or `stopped` if it did not end in time. */
async function endOf(
  target: Target,
  deps: AnswerDeps,
  onProgress: (what: string) => void,
  signal: AbortSignal,
  { graceMs }: AnswerTimes,
): Promise<Outcome | Extract<AskAnswer, { kind: 'failed' }> | 'stopped'> {
  try {
    return await withinGrace(signal, graceMs, deps.diagnose(target, { onProgress, signal }), () => 'stopped');
  } catch (error) {
    if (signal.aborted) return 'stopped';
    if (error instanceof UserError) {
      return { kind: 'failed', message: [error.message, error.remedy].filter(Boolean).join(' ') };
    }
    const incident = { id: incidentId(), error, where: 'diagnose' };
    deps.onIncident(incident);
    return {
      kind: 'failed',
      message: `Something inside imagecheck went wrong, not your workload. Whoever runs it finds it in the worker's log as incident ${incident.id}.`,
    };
  }
}

async function recorded(
  outcome: Outcome | Extract<AskAnswer, { kind: 'failed' }>,
  flight: string,
  { reports }: Pick<AnswerDeps, 'reports'>,
): Promise<AskAnswer> {
  switch (outcome.kind) {
    case 'report':
      return { kind: 'report', reportId: await reports.save(teamOfFlight(flight), outcome.report) };
    case 'ambiguous':
      return { kind: 'ambiguous', candidates: [...outcome.candidates] };
    case 'absent':
      return { kind: 'absent', certain: outcome.certain, message: outcome.message, near: [...outcome.near] };
    case 'failed':
      return outcome;
  }
  return outcome satisfies never;
}

function overrun(target: Target): AskAnswer {
  const what = nameOfTarget(target);
  return { kind: 'failed', message: `Checking ${what} took too long and was ended. Ask again.` };
}

function incidentId(): string {
  return randomUUID().slice(0, 8);
}
