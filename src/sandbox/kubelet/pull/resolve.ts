import type { ImageRef } from '../../../model/image/image.ts';
import type { Authorizer } from './authorizer.ts';
import { asksForWords, type Dialect, refusedResolve, unexpectedResponse } from './dialect.ts';
import { sha256 } from './digest.ts';
import { PullFailure } from './failure.ts';
import { goQuote } from './go-text.ts';
import { header, type Network, type Reply } from './http.ts';
import { type RegistryHost, sendWithRetries } from './registry-host.ts';

/** What a reference resolves to. */
export interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
}

/** One pull: its credentials, its hosts, and its wording. */
export interface PullSession {
  readonly network: Network;
  readonly authorizer: Authorizer;
  readonly dialect: Dialect;
  readonly hosts: readonly RegistryHost[];
  readonly image: ImageRef;
  /** Canonical, as shown in errors. */
  readonly reference: string;
}

const manifestTypes = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  '*/*',
].join(', ');

/**
 * Asks every host in turn with HEAD (containerd `dockerResolver.Resolve`). When none has the image, the most
 * informative error wins: an unexpected status over not found over a transport or authorization error
 * (docs/facts/runtimes.md#mirrors).
 */
export async function resolve(session: PullSession): Promise<Descriptor> {
  const { image } = session;
  const paths =
    image.digest === undefined
      ? [['manifests', image.tag ?? 'latest']]
      : [
          ['manifests', image.digest],
          ['blobs', image.digest],
        ];
  const errors: Ranked[] = [];
  for (const path of paths) {
    if (errors.some(({ rank }) => rank > 2)) break;
    for (const [index, host] of session.hosts.entries()) {
      const found = await ask(session, host, path, index === session.hosts.length - 1);
      if ('digest' in found) return found;
      errors.push(found);
    }
  }
  throw mostTelling(session, errors);
}

interface Ranked {
  readonly rank: number;
  readonly failure: PullFailure;
}

/** 1.6 has no ranks: it reports the first error that is not "not found". */
function mostTelling({ dialect }: PullSession, errors: readonly Ranked[]): PullFailure {
  const highest = Math.max(...errors.map(({ rank }) => rank));
  const told =
    dialect === 'containerd-1.6' ? errors.find(({ rank }) => rank !== 2) : errors.find(({ rank }) => rank === highest);
  return (told ?? errors[0])?.failure ?? new PullFailure('no resolve hosts: not found', { code: 'NotFound' });
}

async function ask(
  session: PullSession,
  host: RegistryHost,
  path: readonly string[],
  isLast: boolean,
): Promise<Descriptor | Ranked> {
  const { reference, dialect } = session;
  const reply = await attempt(session, 'HEAD', host, path, isLast);
  if (reply instanceof PullFailure) return { rank: 1, failure: reply };
  if (reply.status === 404) {
    return { rank: 2, failure: new PullFailure(`${reference}: not found`, { code: 'NotFound' }) };
  }
  if (reply.status > 399) return { rank: 3, failure: await refusal(session, host, path, reply) };
  if (reply.status > 299) throw new PullFailure(unexpectedResponse(dialect, reply));
  return describe(session, host, path, reply);
}

async function attempt(
  session: PullSession,
  method: 'HEAD' | 'GET',
  host: RegistryHost,
  path: readonly string[],
  isLast: boolean,
): Promise<Reply | PullFailure> {
  const { network, authorizer, image } = session;
  try {
    return await sendWithRetries(network, authorizer, {
      method,
      host,
      path,
      repository: image.repository,
      accept: manifestTypes,
      isLast,
    });
  } catch (error) {
    if (!(error instanceof PullFailure)) throw error;
    if (!error.refusedAuthorization) return error;
    return error.wrap('pull access denied, repository does not exist or may require authorization');
  }
}

/** A HEAD has no body, so after a 403 2.x repeats it as a GET for the registry's message. */
async function refusal(
  session: PullSession,
  host: RegistryHost,
  path: readonly string[],
  reply: Reply,
): Promise<PullFailure> {
  const { dialect } = session;
  const name = new URL(host.url).host;
  if (asksForWords(dialect, reply)) {
    const explained = await attempt(session, 'GET', host, path, false);
    if (!(explained instanceof PullFailure) && explained.status === 403) {
      return new PullFailure(refusedResolve(dialect, { ...reply, body: explained.body }, name, path));
    }
  }
  return new PullFailure(refusedResolve(dialect, reply, name, path));
}

/** The header is trusted for a tag; without it (or without a length) the manifest itself is fetched and measured. */
async function describe(
  session: PullSession,
  host: RegistryHost,
  path: readonly string[],
  reply: Reply,
): Promise<Descriptor> {
  const { image, dialect } = session;
  const length = header(reply, 'content-length');
  const claimed = image.digest ?? header(reply, 'docker-content-digest');
  if (claimed !== undefined && length !== undefined) {
    const problem = digestProblem(claimed);
    if (problem !== undefined) throw new PullFailure(`${goQuote(claimed)} in header not a valid digest: ${problem}`);
    return { digest: claimed, mediaType: mediaTypeOf(reply), size: Number(length) };
  }
  const got = await attempt(session, 'GET', host, path, true);
  if (got instanceof PullFailure) throw got;
  if (got.status >= 400) throw new PullFailure(unexpectedResponse(dialect, got));
  return { digest: claimed ?? sha256(got.bytes), mediaType: mediaTypeOf(got), size: got.bytes.length };
}

/** Why `digest.Validate` rejects a digest, in its wording. */
function digestProblem(digest: string): string | undefined {
  const [, algorithm = '', hex = ''] = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/.exec(digest) ?? [];
  if (algorithm === '') return 'invalid checksum digest format';
  const length = { sha256: 64, sha384: 96, sha512: 128 }[algorithm];
  if (length === undefined) return 'unsupported digest algorithm';
  if (hex.length !== length) return 'invalid checksum digest length';
  return /^[a-f0-9]+$/.test(hex) ? undefined : 'invalid checksum digest format';
}

function mediaTypeOf(reply: Reply): string {
  return (header(reply, 'content-type') ?? '').split(';')[0]?.trim() ?? '';
}
