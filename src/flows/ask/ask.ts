import { createHash } from 'node:crypto';
import { UnavailableError, UserError } from '../../errors.ts';
import { type Ask, flightOf } from '../../model/ask/ask.ts';
import type { LostFlight } from '../../model/ask/flight.ts';
import type { BotDeps } from '../../ports/processes.ts';
import type { EnqueueOptions } from '../../ports/queue.ts';
import { within } from '../../timing/within.ts';
import { parentMessage } from './ask-messages.ts';

type Deps = Pick<BotDeps, 'asks' | 'outbox' | 'workers' | 'queue'>;

/** A person hears within a second whether their question was taken. */
const patienceMs = 950;

/**
 * Records a question, joins or opens its flight, queues the job of a new one, and shows "queued". When it returns, the
 * question survives any crash. The same ask twice (Slack repeats events) is one question. Throws a UserError, within a
 * second, when no worker of that cluster is alive or when it could not be recorded.
 */
export async function ask(question: Ask, deps: Deps): Promise<'first' | 'joined'> {
  // The id begins with the team, so that every key made of it does.
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

async function accept(record: Ask, deps: Deps, hurry: AbortSignal): Promise<'first' | 'joined'> {
  const { asks, outbox, queue } = deps;
  await needWorker(record.cluster, deps);
  const joined = await asks.open(record);
  try {
    hurry.throwIfAborted();
    if (joined === 'first') {
      const id = jobId({ flight: flightOf(record), instance: record.id, takes: 0 });
      await queue.enqueue(record.cluster, 'diagnose', jobOf(record), { id });
    }
  } catch (error) {
    // The person is told to ask again, so this question should not be answered later as well.
    await asks.drop(record).catch(() => {});
    throw error;
  }
  // Recorded and queued, so nobody waits for this message any more: were it lost, the answer would bring it.
  outbox.put(parentMessage(record, { state: 'queued' }, 'answer'), 'first').catch(() => {});
  return joined;
}

/** Rejects a question that nobody would answer, with when somebody last would have. */
async function needWorker(cluster: string, { workers }: Pick<BotDeps, 'workers'>): Promise<void> {
  if ((await workers.alive(cluster)).length > 0) return;
  const seen = await workers.lastSeen(cluster);
  throw new UserError(noWorker(cluster, seen), {
    remedy: `Whoever runs imagecheck should look at the worker in cluster ${cluster}.`,
  });
}

/** That nobody works for a cluster, in one sentence. */
export function noWorker(cluster: string, seen: string | undefined): string {
  return seen === undefined
    ? `No worker for cluster ${cluster} has ever been seen.`
    : `No worker for cluster ${cluster} has been seen since ${seen}.`;
}

/** The payload of the job that answers this question and everyone who joins it. */
export function jobOf(record: Ask) {
  return { version: 1 as const, flight: flightOf(record), cluster: record.cluster, target: record.target };
}

/**
 * The job's id follows from the flight, its instance and how often it was taken: queueing the same work twice is one
 * job, and neither a finished job nor the stalled one of a dead worker swallows the next. It holds neither `:` nor only
 * digits, which BullMQ refuses.
 */
export function jobId({
  flight,
  instance,
  takes,
}: Pick<LostFlight, 'flight' | 'instance' | 'takes'>): NonNullable<EnqueueOptions['id']> {
  const hash = createHash('sha256').update(`${flight} ${instance}`).digest('hex').slice(0, 32);
  return `flight-${hash}-${takes}`;
}
