import { LRUCache } from 'lru-cache';
import type { ProbeFailure } from '../model/outcome.ts';
import type { Flights } from './flights.ts';

const foundMs = 30_000;
const failedMs = 5_000;
const maxOutcomes = 5_000;
/** All outcomes together, as JSON: what registries send decides how large they are. */
const maxCharacters = 16_777_216;

/** Outcomes of the last seconds, and one flight for everybody who asks the same at once. */
export interface OutcomeCache {
  remember<T extends { readonly kind: string }>(
    key: string,
    host: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | ProbeFailure>;
}

/** Successes are kept for 30 s, failures for 5 s, a deadline not at all: the next caller may have more time. */
export function createCache(flights: Flights, now: () => Date): OutcomeCache {
  const kept = new LRUCache<string, { readonly outcome: object; readonly untilMs: number }>({
    max: maxOutcomes,
    maxSize: maxCharacters,
    sizeCalculation: ({ outcome }) => JSON.stringify(outcome).length,
  });
  return {
    remember: async <T extends { readonly kind: string }>(
      key: string,
      host: string,
      signal: AbortSignal,
      work: (signal: AbortSignal) => Promise<T>,
    ) => {
      const known = kept.get(key);
      if (known !== undefined && known.untilMs > now().getTime()) return known.outcome as T;
      return flights.run(key, host, signal, async (shared) => {
        const outcome = await work(shared);
        const good = outcome.kind === 'found' || outcome.kind === 'ok';
        if (!isDeadline(outcome)) kept.set(key, { outcome, untilMs: now().getTime() + (good ? foundMs : failedMs) });
        return outcome;
      });
    },
  };
}

function isDeadline(outcome: { readonly kind: string }): boolean {
  return outcome.kind === 'not-probed' && 'why' in outcome && outcome.why === 'deadline';
}
