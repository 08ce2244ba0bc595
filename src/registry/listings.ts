import type { RegistryAnswer } from '../model/image/outcome.ts';
import { type Answered, type Authorizer, probeFailure } from './authorize.ts';
import { contentFailure } from './errors.ts';
import { largestBody } from './heap-limits.ts';
import { nextLink } from './link.ts';
import type { Manifests } from './manifests.ts';
import { mostTags, parseJson, readReferrers, readTags } from './schema.ts';
import { apiUrl, type Caller, isSameSite } from './site.ts';

const maxReferrers = 1_000;
const maxPages = 200;
const pageSize = 1_000;
/** Of all pages together. */
const maxTagsBytes = largestBody(8_388_608);
const maxReferrersBytes = largestBody(4_194_304);

/** A manifest that refers to another one. */
export interface Referrer {
  readonly digest: string;
  readonly artifactType: string;
}

export interface ListingsOptions {
  readonly authorizer: Authorizer;
  readonly manifests: Pick<Manifests, 'fetch'>;
  readonly now: () => Date;
}

interface Listing<T> {
  readonly first: URL;
  readonly accept: string;
  /** Of all pages together. */
  readonly maxBytes: number;
  readonly maxItems: number;
  readonly purpose: 'pull' | 'list';
  readonly read: (json: unknown) => readonly T[] | undefined;
  /** What to call the expected JSON in an error. */
  readonly name: string;
  /** Statuses of the first page that mean the registry has no such API. */
  readonly absent?: readonly number[];
}

/** All tags of a repository, at most 10,000; follows paging. */
export async function listTags(caller: Caller, options: ListingsOptions): Promise<RegistryAnswer<readonly string[]>> {
  const listing: Listing<string> = {
    first: apiUrl(caller, 'tags/list'),
    accept: 'application/json',
    maxBytes: maxTagsBytes,
    maxItems: mostTags,
    purpose: 'list',
    read: readTags,
    name: 'a list of tags',
  };
  const large = new URL(listing.first);
  large.searchParams.set('n', String(pageSize));
  // A registry with a smaller maximum rejects the page size (distribution's PAGINATION_NUMBER_INVALID).
  const tags = await followPages(caller, { ...listing, first: large, absent: [400] }, options);
  if (tags !== 'absent') return tags;
  const plain = await followPages(caller, listing, options);
  return plain === 'absent' ? { kind: 'ok', value: [] } : plain;
}

/**
 * The manifests that refer to a manifest (distribution-spec "Listing Referrers"); if a registry has no such API, the
 * index under the tag `sha256-<hex>` lists them. Filtered here too, because registries may ignore the filter.
 */
export async function listReferrers(
  caller: Caller,
  digest: string,
  artifactType: string | undefined,
  options: ListingsOptions,
): Promise<RegistryAnswer<readonly Referrer[]>> {
  const first = apiUrl(caller, `referrers/${digest}`);
  if (artifactType !== undefined) first.searchParams.set('artifactType', artifactType);
  const listing: Listing<Referrer> = {
    first,
    accept: 'application/vnd.oci.image.index.v1+json',
    maxBytes: maxReferrersBytes,
    maxItems: maxReferrers,
    purpose: 'pull',
    read: readReferrers,
    name: 'an index of referrers',
    absent: [400, 404, 405, 501],
  };
  const listed = await followPages(caller, listing, options);
  const all = listed === 'absent' ? await referrersByTag(caller, digest, options) : listed;
  if (all.kind !== 'ok' || artifactType === undefined) return all;
  return { kind: 'ok', value: all.value.filter((referrer) => referrer.artifactType === artifactType) };
}

async function referrersByTag(
  caller: Caller,
  digest: string,
  { manifests }: ListingsOptions,
): Promise<RegistryAnswer<readonly Referrer[]>> {
  const fetched = await manifests.fetch(caller, digest.replace(':', '-'));
  if (fetched.kind === 'not-found') return { kind: 'ok', value: [] };
  if (fetched.kind !== 'ok') return fetched;
  return { kind: 'ok', value: readReferrers(parseJson(fetched.value.body)?.json) ?? [] };
}

async function followPages<T>(
  caller: Caller,
  listing: Listing<T>,
  { authorizer, now }: ListingsOptions,
): Promise<RegistryAnswer<readonly T[]> | 'absent'> {
  const { accept, maxBytes, maxItems, purpose } = listing;
  const items: T[] = [];
  const seen = new Set<string>();
  let readBytes = 0;
  let url: URL | undefined = listing.first;
  while (url !== undefined && items.length < maxItems && seen.size < maxPages && !seen.has(url.href)) {
    seen.add(url.href);
    const answer = await authorizer.ask({
      ...caller,
      method: 'GET',
      url,
      accept,
      maxBytes: maxBytes - readBytes,
      purpose,
    });
    if (answer.kind !== 'answered') return answer;
    if (seen.size === 1 && listing.absent?.includes(answer.received.status) === true) return 'absent';
    if (answer.received.status !== 200) return probeFailure(answer, caller, 'repository', now());
    readBytes += answer.received.body.length;
    const page = listing.read(parseJson(answer.received.body)?.json);
    if (page === undefined)
      return contentFailure(answer.received, `the response is not ${listing.name}`, answer.secrets);
    for (const item of page) items.push(item);
    const next = nextPage(answer, caller);
    if (next === 'refused') {
      return contentFailure(answer.received, `the next page of ${listing.name} is on another host`, answer.secrets);
    }
    url = next;
  }
  return { kind: 'ok', value: items.slice(0, maxItems) };
}

function nextPage({ received }: Answered, { site }: Caller): URL | 'refused' | undefined {
  const target = nextLink(received.headers.all('link'));
  if (target === undefined) return undefined;
  if (!URL.canParse(target, received.url.href)) return 'refused';
  const next = new URL(target, received.url);
  if (site.namespace !== undefined) next.searchParams.set('ns', site.namespace);
  return isSameSite(next, site) && !received.foreign ? next : 'refused';
}
