import type { ImageRef } from '../model/image/image.ts';
import type { Manifest, ProbeFailure, ProbeOutcome, RegistryAnswer, Resolved } from '../model/image/outcome.ts';
import { type Answered, type Authorizer, probeFailure, type SiteRequest } from './authorize.ts';
import type { ContentStore } from './content.ts';
import { digestLike, isVerifiableDigest, sha256 } from './digest.ts';
import { contentFailure, looksLikeHtml, mediaTypeOf } from './errors.ts';
import { largestBody } from './heap-limits.ts';
import type { Quota } from './quota.ts';
import { readRateLimit } from './rate.ts';
import { parseJson, readManifest } from './schema.ts';
import { apiUrl, type Caller } from './site.ts';
import { redactUrl } from './text.ts';

/**
 * All four manifest types; if the request does not accept indexes, a registry returns a single platform or 404
 * (docs/facts/registries.md#manifests).
 */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  '*/*;q=0.1',
].join(', ');
const signedSchema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
const maxManifestBytes = largestBody(4_194_304);

export interface ManifestsOptions {
  readonly authorizer: Authorizer;
  readonly content: ContentStore;
  readonly quota: Quota;
  readonly now: () => Date;
}

/** A manifest as received, verified. */
interface Fetched {
  readonly manifest: Manifest;
  readonly body: Buffer;
}

/** Manifests of a site: what a reference resolves to, and what a digest contains. */
export interface Manifests {
  resolve(caller: Caller, image: ImageRef): Promise<ProbeOutcome>;
  byDigest(caller: Caller, digest: string): Promise<RegistryAnswer<Manifest>>;
  /** GET of a tag or digest, bypassing the content cache. */
  fetch(caller: Caller, reference: string): Promise<RegistryAnswer<Fetched>>;
}

/** Reads manifests through `authorizer`; keeps verified ones in `content` and checks the quota before each GET. */
export function createManifests(options: ManifestsOptions): Manifests {
  const { authorizer, content, quota } = options;

  const ask = async (method: 'HEAD' | 'GET', caller: Caller, reference: string): Promise<Answered | ProbeFailure> => {
    const answer = await authorizer.ask(manifestRequest(method, caller, reference));
    if (answer.kind === 'answered') quota.saw(caller, readRateLimit(answer.received.headers));
    return answer;
  };

  const fetch = async (caller: Caller, reference: string): Promise<RegistryAnswer<Fetched>> => {
    const spared = quota.refusal(caller);
    if (spared !== undefined) return spared;
    const answer = await ask('GET', caller, reference);
    return answer.kind === 'answered' ? read(answer, caller, reference, options) : answer;
  };

  const resolve = async (caller: Caller, image: ImageRef): Promise<ProbeOutcome> => {
    const reference = image.digest ?? image.tag ?? 'latest';
    const head = await ask('HEAD', caller, reference);
    if (head.kind !== 'answered') return head;
    const found = readHead(head, reference);
    if (found !== undefined) return found;
    const failure = probeFailure(head, caller, subjectOf(reference), options.now());
    const { status } = head.received;
    if (status === 429 || (status >= 500 && status !== 501)) return failure;
    // A HEAD carries no body: the GET returns what was missing, or the registry's own reason for the refusal.
    const undecided = status < 400 || status === 405 || status === 501;
    const spared = quota.refusal(caller);
    if (spared !== undefined) return undecided ? spared : failure;
    const get = await ask('GET', caller, reference);
    if (get.kind !== 'answered') return undecided ? get : failure;
    const fetched = await read(get, caller, reference, options);
    return fetched.kind === 'ok' ? resolvedOf(fetched.value.manifest, get) : fetched;
  };

  const byDigest = async (caller: Caller, digest: string): Promise<RegistryAnswer<Manifest>> => {
    const kept = await content.get(digest);
    const known = kept === undefined ? undefined : manifestOf(Buffer.from(kept), '');
    if (typeof known === 'object') return { kind: 'ok', value: { ...known, digest } };
    const fetched = await fetch(caller, digest);
    return fetched.kind === 'ok' ? { kind: 'ok', value: fetched.value.manifest } : fetched;
  };

  return { fetch, resolve, byDigest };
}

/** The manifest of a GET, its digest verified over the raw bytes; cached for later reads by digest. */
async function read(
  answer: Answered,
  caller: Caller,
  reference: string,
  { content, now }: ManifestsOptions,
): Promise<RegistryAnswer<Fetched>> {
  const { received } = answer;
  if (received.status !== 200) return probeFailure(answer, caller, subjectOf(reference), now());
  const mediaType = mediaTypeOf(received.headers.get('content-type'));
  const manifest = manifestOf(received.body, mediaType);
  if (typeof manifest === 'string') return contentFailure(received, manifest, answer.secrets);
  const digest = verifiedDigest(answer, reference, mediaType);
  if (digest.kind !== 'ok') return digest;
  if (mediaType !== signedSchema1) await content.put(digest.value, received.body.toString('utf8'));
  return { kind: 'ok', value: { manifest: { ...manifest, digest: digest.value }, body: received.body } };
}

/** The manifest, or what is wrong with the text. Nothing keeps its JSON afterwards, which takes much memory. */
function manifestOf(body: Buffer, mediaType: string): Omit<Manifest, 'digest'> | string {
  const parsed = parseJson(body);
  if (parsed === undefined) return 'the manifest is not JSON';
  return readManifest('', mediaType, parsed.json) ?? 'the JSON is not a manifest';
}

function manifestRequest(method: 'HEAD' | 'GET', caller: Caller, reference: string): SiteRequest {
  const url = apiUrl(caller, `manifests/${encodeURIComponent(reference).replaceAll('%3A', ':')}`);
  return { ...caller, method, url, accept: manifestTypes, maxBytes: maxManifestBytes, purpose: 'pull' };
}

function subjectOf(reference: string): 'digest' | 'tag' {
  return reference.includes(':') ? 'digest' : 'tag';
}

/** The outcome of a HEAD if that is enough; undefined when it takes a GET. */
function readHead(answer: Answered, reference: string): ProbeOutcome | undefined {
  const { received } = answer;
  const digest = received.headers.get('docker-content-digest')?.trim();
  if (received.status !== 200 || looksLikeHtml(received) || !isVerifiableDigest(digest)) return undefined;
  if (isVerifiableDigest(reference) && digest !== reference) {
    const message = `asked for ${reference}, the registry returned ${digest}`;
    return { kind: 'bad-content', message, url: redactUrl(received.url) };
  }
  const size = received.headers.get('content-length') ?? '';
  return {
    ...rateLimitOf(answer),
    kind: 'found',
    digest,
    mediaType: mediaTypeOf(received.headers.get('content-type')),
    ...(/^[1-9]\d{0,12}$/.test(size) ? { sizeBytes: Number(size) } : {}),
  };
}

function resolvedOf({ digest, mediaType }: Manifest, answer: Answered): Resolved {
  return { ...rateLimitOf(answer), kind: 'found', digest, mediaType, sizeBytes: answer.received.body.length };
}

function rateLimitOf({ received }: Answered): Pick<Resolved, 'rateLimit'> {
  const rateLimit = readRateLimit(received.headers);
  return rateLimit === undefined ? {} : { rateLimit };
}

/**
 * The digest of the raw bytes, after comparing it with the one asked for and the one the registry claims. Signed schema
 * 1 is the exception: its digest leaves out the signatures, so the registry's claim is trusted.
 */
function verifiedDigest(answer: Answered, reference: string, mediaType: string): RegistryAnswer<string> {
  const { received, secrets } = answer;
  const claimed = received.headers.get('docker-content-digest')?.trim();
  const expected = isVerifiableDigest(reference) ? [reference] : [];
  if (mediaType === signedSchema1) {
    return { kind: 'ok', value: expected[0] ?? (isVerifiableDigest(claimed) ? claimed : sha256(received.body)) };
  }
  const claims = [...expected, ...(isVerifiableDigest(claimed) ? [claimed] : [])];
  const wrong = claims.find((digest) => digestLike(digest, received.body) !== digest);
  if (wrong !== undefined) {
    const message = `the content has digest ${digestLike(wrong, received.body)}, not ${wrong}`;
    return contentFailure(received, message, secrets);
  }
  return { kind: 'ok', value: claims[0] ?? sha256(received.body) };
}
