import { deadlineSpent } from './network-failure.ts';

/** Shares one piece of work between callers who ask for the same at the same time. */
export interface Flights {
  /**
   * Joins the work under this key, or starts it. A caller whose signal ends leaves without affecting the others; the
   * work is aborted only when nobody waits any more.
   */
  run<T>(
    key: string,
    host: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | ReturnType<typeof deadlineSpent>>;
}

interface Flight {
  readonly landed: Promise<unknown>;
  readonly abort: AbortController;
  waiting: number;
}

/** Nothing in flight yet. */
export function createFlights(): Flights {
  const flying = new Map<string, Flight>();
  const start = (key: string, work: (signal: AbortSignal) => Promise<unknown>): Flight => {
    const abort = new AbortController();
    const flight: Flight = { abort, waiting: 0, landed: work(abort.signal).finally(() => end(key, flight)) };
    flight.landed.catch(() => undefined);
    flying.set(key, flight);
    return flight;
  };
  const end = (key: string, flight: Flight): void => {
    if (flying.get(key) === flight) flying.delete(key);
  };
  return {
    run: async <T>(key: string, host: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>) => {
      if (signal.aborted) return deadlineSpent({ host });
      const flight = flying.get(key) ?? start(key, work);
      flight.waiting += 1;
      const outcome = await untilAborted(flight.landed as Promise<T>, signal);
      flight.waiting -= 1;
      if (outcome.kind === 'landed') return outcome.value;
      if (flight.waiting === 0) {
        end(key, flight);
        flight.abort.abort();
      }
      return deadlineSpent({ host });
    },
  };
}

/** The promise's value, or an error if the signal ended first; leaves no listener behind. */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly kind: 'landed'; readonly value: T } | { readonly kind: 'aborted' }> {
  if (signal.aborted) return { kind: 'aborted' };
  let leave: () => void = () => undefined;
  const aborted = new Promise<{ readonly kind: 'aborted' }>((resolve) => {
    leave = () => resolve({ kind: 'aborted' });
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise.then((value) => ({ kind: 'landed' as const, value })), aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
