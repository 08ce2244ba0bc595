import type { ProbeFailure, RateLimit } from '../model/image/outcome.ts';
import { type Site, siteKey } from './site.ts';

/** Remembers the rest of an anonymous quota, so that a check never causes the outage it looks for. */
export interface Quota {
  saw(who: Asker, rateLimit: RateLimit | undefined): void;
  /**
   * Why a GET of a manifest is skipped now: it costs a pull, and less than a fifth of the quota is left for the nodes.
   */
  refusal(who: Asker): ProbeFailure | undefined;
}

interface Asker {
  readonly site: Site;
  readonly credential?: unknown;
}

/** A memory of quotas; each ends with the window that the registry reported. */
export function createQuota(now: () => Date): Quota {
  const last = new Map<string, { readonly rateLimit: RateLimit; readonly endsAtMs: number }>();
  return {
    saw: ({ site, credential }, rateLimit) => {
      if (rateLimit === undefined || credential !== undefined || !site.provider.metersManifests) return;
      last.set(siteKey(site), { rateLimit, endsAtMs: now().getTime() + rateLimit.windowSeconds * 1000 });
    },
    refusal: ({ site, credential }) => {
      if (credential !== undefined || !site.provider.metersManifests) return undefined;
      const known = last.get(siteKey(site));
      if (known === undefined || known.endsAtMs <= now().getTime()) return undefined;
      const { limit, remaining } = known.rateLimit;
      if (remaining * 5 >= limit) return undefined;
      const message = `${site.host} has ${remaining} of ${limit} anonymous pulls left; skipped the manifest read because it would use up a pull`;
      return { kind: 'not-probed', why: 'spared', message };
    },
  };
}
