import { nameOfTarget } from '../../model/ask/ask.ts';
import type { LostFlight } from '../../model/ask/flight.ts';
import type { BotDeps } from '../../ports/processes.ts';
import type { WorkerState } from '../../ports/records.ts';
import { announce } from './announce.ts';
import { giveUp, mostDeaths, whyNotAgain } from './answer.ts';
import { jobId, jobNameOf, jobOf, noWorker } from './ask.ts';
import { parentMessage } from './ask-messages.ts';

type Deps = Pick<BotDeps, 'asks' | 'reports' | 'outbox' | 'workers' | 'queue' | 'now'>;

export interface ResumeOptions {
  /** A flight or landing that nobody has handled for this long is resumed; each process gets a share of them. */
  readonly lostAfterMs: number;
  /** A question is given up after this many workers took it and none answered. */
  readonly maxTakes: number;
  /** A question is given up if no worker of its cluster was alive and it waited this long. */
  readonly patienceMs: number;
  /** Called for each record that could not be resumed; the others still are. */
  readonly onTrouble: (what: string, error: unknown) => void;
}

export const usualResumeOptions = { lostAfterMs: 3000, maxTakes: 10, patienceMs: 10 * 60_000 } as const;

/**
 * One pass over records without a holder (docs/architecture.md#records): finishes landings whose worker died before
 * everyone was told, queues lost flights again, and tells people how long they may have to wait. Any number of
 * processes may do this at the same time. Throws if Redis cannot be reached.
 */
export async function resume(deps: Deps, options: ResumeOptions): Promise<void> {
  const [landings, flights] = await Promise.all([
    deps.asks.unsettled(options.lostAfterMs),
    deps.asks.lost(options.lostAfterMs),
  ]);
  const clusters = new Map<string, Promise<readonly WorkerState[]>>();
  const alive = (cluster: string): Promise<readonly WorkerState[]> => {
    const known = clusters.get(cluster) ?? deps.workers.alive(cluster);
    clusters.set(cluster, known);
    return known;
  };
  const guarded = async (what: string, work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      options.onTrouble(what, error);
    }
  };
  await Promise.all([
    ...landings.map((landing) => guarded(landing.flight, announce(landing, deps))),
    ...flights.map((lost) => guarded(lost.flight, resumeFlight(lost, deps, options, alive))),
  ]);
}

async function resumeFlight(
  lost: LostFlight,
  deps: Deps,
  options: ResumeOptions,
  aliveIn: (cluster: string) => Promise<readonly WorkerState[]>,
): Promise<void> {
  const [first] = lost.asks;
  const { cluster } = first;
  if (lost.deaths >= mostDeaths) {
    return giveUp(lost.flight, whyNotAgain(cluster, `Checking ${nameOfTarget(first.target)}`), deps);
  }
  if (lost.takes >= options.maxTakes) {
    const message = `The check was started ${lost.takes} times, and no worker in cluster ${cluster} ended it. Whoever runs imagecheck finds why in the log of the workers there.`;
    return giveUp(lost.flight, message, deps);
  }
  const alive = await aliveIn(cluster);
  const seen =
    alive
      .map(({ seenAt }) => seenAt)
      .sort()
      .at(-1) ?? (await deps.workers.lastSeen(cluster));
  if (alive.length === 0 && lost.waitedMs > options.patienceMs) {
    return giveUp(lost.flight, `${noWorker(cluster, seen)} The question waited ${minutes(lost.waitedMs)}.`, deps);
  }
  await deps.queue.enqueue(cluster, jobNameOf(lost.asks, alive), jobOf(first), { id: jobId(lost), again: true });
  const progress = waitingText(lost, cluster, seen, deps.now());
  await Promise.all(
    lost.asks.map((ask) => deps.outbox.put(parentMessage(ask, { state: 'queued', progress }, 'progress'), 'interim')),
  );
}

/** `waiting for worker dev-eu, 12 before you, last seen 4 s ago` */
function waitingText(lost: LostFlight, cluster: string, seen: string | undefined, now: Date): string {
  const { before, deaths } = lost;
  const further = lost.asks.every((ask) => ask.further === true);
  const whom = further ? `waiting for your other questions in ${cluster}` : `waiting for worker ${cluster}`;
  const parts = [deaths === 0 ? whom : `its worker died, waiting for another in ${cluster}`];
  if (deaths === 0) parts.push(before === 0 ? 'nobody before you' : `${before} before you`);
  const agoMs = seen === undefined ? Number.NaN : now.getTime() - Date.parse(seen);
  parts.push(Number.isFinite(agoMs) ? `last seen ${Math.max(0, Math.round(agoMs / 1000))} s ago` : 'never seen');
  return parts.join(', ');
}

function minutes(milliseconds: number): string {
  return `${Math.round(milliseconds / 60_000)} min`;
}
