import { longRead, refusedFetch, shortRead } from './dialect.ts';
import { sha256 } from './digest.ts';
import { PullFailure } from './failure.ts';
import type { Reply } from './http.ts';
import { type RegistryRequest, sendWithRetries, urlOf } from './registry-host.ts';
import type { Descriptor, PullSession } from './resolve.ts';

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const imageTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

export function isIndex(mediaType: string): boolean {
  return indexTypes.includes(mediaType);
}

export function isManifest(mediaType: string): boolean {
  return imageTypes.includes(mediaType);
}

/**
 * Fetches content by digest from the first host that has it, and verifies size and digest as the content store does.
 */
export async function fetchContent(session: PullSession, descriptor: Descriptor): Promise<Buffer> {
  const { digest, mediaType, size } = descriptor;
  const isAManifest = isIndex(mediaType) || isManifest(mediaType);
  const bytes = await fromAnyHost(session, descriptor, [isAManifest ? 'manifests' : 'blobs', digest]);
  const reference = `${isIndex(mediaType) ? 'index' : isManifest(mediaType) ? 'manifest' : kindOfBlob(mediaType)}-${digest}`;
  const { dialect } = session;
  if (bytes.length < size) throw new PullFailure(shortRead(dialect, size, bytes.length));
  if (bytes.length > size)
    throw new PullFailure(longRead(dialect, reference, size, bytes.length), { code: 'FailedPrecondition' });
  const actual = sha256(bytes);
  if (digest.startsWith('sha256:') && actual !== digest) {
    throw new PullFailure(
      `failed commit on ref "${reference}": unexpected commit digest ${actual}, expected ${digest}: failed precondition`,
      { code: 'FailedPrecondition' },
    );
  }
  return bytes;
}

function kindOfBlob(mediaType: string): string {
  return mediaType.includes('config') || mediaType.includes('container.image') ? 'config' : 'layer';
}

async function fromAnyHost(session: PullSession, descriptor: Descriptor, path: readonly string[]): Promise<Buffer> {
  const { network, authorizer, image, hosts } = session;
  let first: PullFailure | undefined;
  for (const [index, host] of hosts.entries()) {
    const isLast = index === hosts.length - 1;
    try {
      const wanted: RegistryRequest = {
        method: 'GET',
        host,
        path,
        repository: image.repository,
        accept: `${descriptor.mediaType}, */*`,
        isLast,
      };
      const reply = await sendWithRetries(network, authorizer, wanted);
      if (reply.status <= 299) return reply.bytes;
      throw fetchFailure(session, descriptor, reply, urlOf(wanted));
    } catch (error) {
      if (!(error instanceof PullFailure)) throw error;
      if (first === undefined || (first.code === 'NotFound' && error.code !== 'NotFound')) first = error;
    }
  }
  throw (first ?? new PullFailure('no pull hosts: not found', { code: 'NotFound' })).wrap(
    'failed to copy: httpReadSeeker: failed open',
  );
}

function fetchFailure(
  { dialect }: PullSession,
  { digest, mediaType }: Descriptor,
  reply: Reply,
  asked: string,
): PullFailure {
  if (reply.status !== 404) return new PullFailure(refusedFetch(dialect, reply, asked));
  if (isIndex(mediaType) || isManifest(mediaType))
    return new PullFailure(`content at ${asked} not found: not found`, { code: 'NotFound' });
  return new PullFailure(`could not fetch content descriptor ${digest} (${mediaType}) from remote: not found`, {
    code: 'NotFound',
  });
}
