import type { Demand } from './challenge.ts';
import { type Site, siteKey } from './site.ts';

/** Registries may demand one scope to pull, another to list, and another for their own APIs. */
export type Purpose = 'pull' | 'list' | 'metadata';

/** The known demands of a site. Scopes are per purpose, with a placeholder for the repository. */
export type Learned = { readonly scheme: 'basic' } | { readonly scheme: 'none' } | LearnedBearer;

/** Where a site's tokens come from, and what to ask for. */
export interface LearnedBearer {
  readonly scheme: 'bearer';
  readonly realm: string;
  readonly service?: string;
  readonly scopes: ReadonlyMap<Purpose, string>;
}

/** The repository and purpose for which a demand was made. */
interface Occasion {
  readonly site: Site;
  readonly repository: string;
  readonly purpose: Purpose;
}

/** Remembers what each site demands, so that the next request sends it straight away. */
export interface Demands {
  known(site: Site): Learned | undefined;
  learn(occasion: Occasion, demand: Demand): Learned;
  /** The site answered a request without authorization. */
  sawOpen(site: Site): void;
  /**
   * Resolves when the request that learns this site's demands is answered; undefined when no request is learning them.
   */
  learning(site: Site): Promise<unknown> | undefined;
  /** Lets others wait for this request. */
  learnBy(site: Site, lesson: Promise<unknown>): void;
}

/** An empty memory that never forgets: a site that changes its demands is learned again. */
export function createDemands(): Demands {
  const learned = new Map<string, Learned>();
  const lessons = new Map<string, Promise<unknown>>();
  return {
    known: (site) => learned.get(siteKey(site)),
    learn: (occasion, demand) => {
      const key = siteKey(occasion.site);
      const next = demand.scheme === 'basic' ? { scheme: demand.scheme } : bearer(occasion, demand, learned.get(key));
      learned.set(key, next);
      return next;
    },
    sawOpen: (site) => {
      learned.set(siteKey(site), { scheme: 'none' });
    },
    learning: (site) => (learned.has(siteKey(site)) ? undefined : lessons.get(siteKey(site))),
    learnBy: (site, lesson) => {
      const key = siteKey(site);
      const ended = lesson
        .catch(() => undefined)
        .finally(() => {
          if (lessons.get(key) === ended) lessons.delete(key);
        });
      lessons.set(key, ended);
    },
  };
}

const repositoryPlace = '{repository}';

function bearer(
  { repository, purpose }: Occasion,
  demand: Extract<Demand, { readonly scheme: 'bearer' }>,
  before: Learned | undefined,
): LearnedBearer {
  const scopes = new Map(before?.scheme === 'bearer' && before.realm === demand.realm ? before.scopes : []);
  const template = scopeTemplate(demand.scope, repository);
  if (template !== undefined) scopes.set(purpose, template);
  return {
    scheme: 'bearer',
    realm: demand.realm,
    scopes,
    ...(demand.service === undefined ? {} : { service: demand.service }),
  };
}

/** A scope for a repository other than the requested one is not used: the token would open more than was asked for. */
function scopeTemplate(scope: string | undefined, repository: string): string | undefined {
  if (scope === undefined || scope.length > 1000) return undefined;
  const parts = scope.split(' ');
  const own = parts.every((part) => !part.startsWith('repository:') || part.startsWith(`repository:${repository}:`));
  return own ? scope.replaceAll(`repository:${repository}:`, `repository:${repositoryPlace}:`) : undefined;
}

/** The scope to ask for; `repository:<name>:pull` if the site named none (distribution's token specification). */
export function scopeFor({ scopes }: LearnedBearer, repository: string, purpose: Purpose): string {
  const template = scopes.get(purpose) ?? scopes.get('pull') ?? `repository:${repositoryPlace}:pull`;
  return template.replaceAll(repositoryPlace, repository);
}
