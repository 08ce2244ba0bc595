import { LRUCache } from 'lru-cache';
import type { ProbeFailure } from '../model/image/outcome.ts';
import type { Flights } from './flights.ts';
import { largestBody } from './heap-limits.ts';

const foundMs = 30_000;
const failedMs = 5_000;
const maxOutcomes = 5_000;
/** Maximum size of all outcomes together, as JSON: the size depends on what registries send. */
const maxCharacters = largestBody(4_194_304) * 4;

/** Recent outcomes, and one shared request for callers who ask the same at the same time. */
export interface OutcomeCache {
  remember<T extends { readonly kind: string }>(
    key: string,
    host: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
    notBefore?: number,
  ): Promise<T | ProbeFailure>;
}

interface Kept {
  readonly outcome: object;
  readonly askedMs: number;
  readonly untilMs: number;
}

/**
 * Successes are kept for 30 s, failures for 5 s, a missed deadline not at all: the next caller may have more time. A
 * caller that names a time (epoch milliseconds) gets nothing requested before it, and joins no request of a caller that
 * named another time.
 */
export function createCache(flights: Flights, now: () => Date): OutcomeCache {
  const kept = new LRUCache<string, Kept>({
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
      notBefore = 0,
    ) => {
      const known = kept.get(key);
      if (known !== undefined && known.untilMs > now().getTime() && known.askedMs >= notBefore)
        return known.outcome as T;
      return flights.run(notBefore === 0 ? key : `${key} ${notBefore}`, host, signal, async (shared) => {
        const askedMs = now().getTime();
        const outcome = await work(shared);
        const good = outcome.kind === 'found' || outcome.kind === 'ok';
        const untilMs = now().getTime() + (good ? foundMs : failedMs);
        if (!isDeadline(outcome)) kept.set(key, { outcome, askedMs, untilMs });
        return outcome;
      });
    },
  };
}

function isDeadline(outcome: { readonly kind: string }): boolean {
  return outcome.kind === 'not-probed' && 'why' in outcome && outcome.why === 'deadline';
}
