import { createHash } from 'node:crypto';
import { UnavailableError, UserError } from '../../errors.ts';
import { type Ask, flightOf } from '../../model/ask/ask.ts';
import type { LostFlight } from '../../model/ask/flight.ts';
import type { BotDeps } from '../../ports/processes.ts';
import type { EnqueueOptions } from '../../ports/queue.ts';
import type { WorkerState } from '../../ports/records.ts';
import { within } from '../../timing/within.ts';
import { parentMessage } from './ask-messages.ts';

type Deps = Pick<BotDeps, 'asks' | 'outbox' | 'workers' | 'queue'>;

/**
 * A person’s first questions are answered in slots that everybody shares, and what they ask within the same time in
 * slots for further questions: somebody who asks a lot about a slow registry makes nobody else wait.
 */
const freeQuestions = 2;
const justNowMs = 30_000;

/** A person learns within a second whether their question was accepted. */
const patienceMs = 950;

/**
 * Records a question, joins or opens its flight, queues the job of a new flight, and shows "queued". When it returns,
 * the question survives any crash. The same ask twice (Slack repeats events) is one question. Throws a UserError within
 * a second if no worker of that cluster is alive or the question could not be recorded.
 */
export async function ask(question: Ask, deps: Deps): Promise<'first' | 'joined'> {
  // The id starts with the team, so every key derived from it does as well.
  const { id, team } = question;
  const record = { ...question, id: id.startsWith(`${team}/`) ? id : `${team}/${id}` };
  const hurry = new AbortController();
  try {
    return await within(patienceMs, accept(record, deps, hurry.signal), () => {
      const late = new UnavailableError(`nothing was answered within ${patienceMs} ms`);
      hurry.abort(late);
      throw late;
    });
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    throw new UserError('imagecheck can’t take questions right now: its queue isn’t responding.', {
      remedy: 'Ask again in a minute; if it persists, whoever runs imagecheck should check its Redis.',
      cause: error,
    });
  }
}

async function accept(asked: Ask, deps: Deps, hurry: AbortSignal): Promise<'first' | 'joined'> {
  const { asks, outbox, queue } = deps;
  const [workers, count] = await Promise.all([needWorker(asked.cluster, deps), asks.count(asked, justNowMs)]);
  const record: Ask = count > freeQuestions ? { ...asked, further: true } : asked;
  const joined = await asks.open(record);
  try {
    hurry.throwIfAborted();
    if (joined === 'first') {
      const id = jobId({ flight: flightOf(record), instance: record.id, takes: 0 });
      await queue.enqueue(record.cluster, jobNameOf([record], workers), jobOf(record), { id });
    }
  } catch (error) {
    // The person is told to ask again, so this question must not be answered later as well.
    await asks.drop(record).catch(() => {});
    throw error;
  }
  // The question is recorded and queued, so nothing waits for this message: if it is lost, the answer posts it.
  const progress = record.further === true ? { progress: 'waiting for your other questions' } : {};
  outbox.put(parentMessage(record, { state: 'queued', ...progress }, 'answer'), 'first').catch(() => {});
  return joined;
}

/** Rejects a question that no worker would answer, and says when a worker was last seen. */
async function needWorker(cluster: string, { workers }: Pick<BotDeps, 'workers'>): Promise<readonly WorkerState[]> {
  const alive = await workers.alive(cluster);
  if (alive.length > 0) return alive;
  const seen = await workers.lastSeen(cluster);
  throw new UserError(noWorker(cluster, seen), {
    remedy: `Whoever runs imagecheck should look at the worker in cluster ${cluster}.`,
  });
}

/** One sentence that says that no worker serves a cluster. */
export function noWorker(cluster: string, seen: string | undefined): string {
  return seen === undefined
    ? `No worker for cluster ${cluster} has ever been seen.`
    : `No worker for cluster ${cluster} has been seen since ${seen}.`;
}

/** The job for everyone who waits for a flight; the release before knows no further questions. */
export function jobNameOf(asks: readonly Ask[], workers: readonly WorkerState[]): 'diagnose' | 'diagnoseFurther' {
  const known = workers.length > 0 && workers.every(({ jobs }) => jobs.includes('diagnoseFurther'));
  return known && asks.every(({ further }) => further === true) ? 'diagnoseFurther' : 'diagnose';
}

/** The payload of the job that answers this question and everyone who joins it. */
export function jobOf(record: Ask) {
  return { version: 1 as const, flight: flightOf(record), cluster: record.cluster, target: record.target };
}

/**
 * The job's id is made from the flight, its instance and the number of times it was taken: queueing the same work twice
 * gives one job, and neither a finished job nor the stalled job of a dead worker swallows the next one. It contains no
 * `:` and is not all digits, because BullMQ refuses both.
 */
export function jobId({
  flight,
  instance,
  takes,
}: Pick<LostFlight, 'flight' | 'instance' | 'takes'>): NonNullable<EnqueueOptions['id']> {
  const hash = createHash('sha256').update(`${flight} ${instance}`).digest('hex').slice(0, 32);
  return `flight-${hash}-${takes}`;
}
