import { LRUCache } from 'lru-cache';
import type { ProbeFailure } from '../model/image/outcome.ts';
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
    notBefore?: number,
  ): Promise<T | ProbeFailure>;
}

interface Kept {
  readonly outcome: object;
  readonly askedMs: number;
  readonly untilMs: number;
}

/**
 * Successes are kept for 30 s, failures for 5 s, a deadline not at all: the next caller may have more time. Who names a
 * moment (epoch milliseconds) gets nothing that was asked before it, and joins no flight of those who named another one.
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
