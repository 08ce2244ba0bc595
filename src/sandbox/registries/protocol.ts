import type { IncomingMessage } from 'node:http';
import { digestOf, manifestTypes } from './content.ts';
import { errorReply, jsonReply, type Personality, type RegistryState, type Reply, type Wanted } from './personality.ts';
import { listReferrers, subjectOf } from './referrers.ts';
import { findManifest, recordPush, repositoryOf } from './storage.ts';
import { upload } from './uploads.ts';

const pageSize = 100;

/** Parses a request to one of the distribution specification's endpoints; undefined outside /v2/NAME/. */
export function wantedOf(method: string, url: URL): Wanted | undefined {
  const found = /^\/v2\/(.+)\/(manifests|blobs|referrers|tags)\/(.+)$/.exec(decodeURI(url.pathname));
  if (found === null) return undefined;
  const [, repository = '', endpoint, reference = ''] = found;
  if (endpoint === 'blobs' && reference.startsWith('uploads'))
    return { method, repository, what: 'uploads', reference };
  return { method, repository, what: endpoint as Wanted['what'], reference };
}

/** Answers a request that the personality allowed. */
export function serve(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  wanted: Wanted,
  state: RegistryState,
  personality: Personality,
): Reply {
  const { what, method } = wanted;
  if (what === 'uploads') return upload(url, body, wanted, state);
  if (what === 'manifests') {
    return method === 'PUT'
      ? putManifest(request, body, wanted, state)
      : getManifest(request, wanted, state, personality);
  }
  const repository = state.storage.repositories.get(wanted.repository);
  if (repository === undefined) return personality.missing(wanted, state);
  if (what === 'tags') return listTags(url, wanted, [...repository.tags.keys()]);
  if (what === 'referrers') return listReferrers(url, repository, wanted.reference);
  const blob = repository.blobs.get(wanted.reference);
  if (blob === undefined)
    return errorReply(404, 'BLOB_UNKNOWN', 'blob unknown to registry', { digest: wanted.reference });
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'docker-content-digest': blob.digest },
    body: blob.bytes,
  };
}

/** A client that does not accept the stored type gets 404, as with registries that never convert. */
function getManifest(request: IncomingMessage, wanted: Wanted, state: RegistryState, personality: Personality): Reply {
  const repository = state.storage.repositories.get(wanted.repository);
  const manifest = findManifest(repository, wanted.reference);
  const accepts = request.headers.accept ?? '';
  if (manifest === undefined || !(accepts.includes(manifest.mediaType) || accepts.includes('*/*')))
    return personality.missing(wanted, state);
  const metered = personality.meter?.(request, wanted, state) ?? { headers: {} };
  if (metered.refusal !== undefined) return metered.refusal;
  const headers = { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest, ...metered.headers };
  return { status: 200, headers, body: manifest.bytes };
}

function listTags(url: URL, wanted: Wanted, tags: readonly string[]): Reply {
  const count = Number(url.searchParams.get('n') ?? pageSize) || pageSize;
  const last = url.searchParams.get('last');
  const from = last === null ? 0 : tags.indexOf(last) + 1;
  const page = tags.slice(from, from + count);
  const next =
    from + count < tags.length
      ? `</v2/${wanted.repository}/tags/list?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${count}>; rel="next"`
      : undefined;
  const reply = jsonReply(200, { name: wanted.repository, tags: page });
  return next === undefined ? reply : { ...reply, headers: { ...reply.headers, link: next } };
}

function putManifest(request: IncomingMessage, body: Buffer, wanted: Wanted, state: RegistryState): Reply {
  const mediaType = request.headers['content-type'] ?? '';
  if (!manifestTypes.has(mediaType)) return errorReply(400, 'MANIFEST_INVALID', `unsupported media type ${mediaType}`);
  const digest = digestOf(body);
  if (wanted.reference.startsWith('sha256:') && wanted.reference !== digest)
    return errorReply(400, 'DIGEST_INVALID', 'digest does not match');
  const repository = repositoryOf(state.storage, wanted.repository);
  const manifest = { digest, mediaType, bytes: body };
  repository.manifests.set(digest, manifest);
  if (!wanted.reference.startsWith('sha256:')) repository.tags.set(wanted.reference, digest);
  recordPush(repository, [wanted.reference, digest], state.now().toISOString());
  const location = `/v2/${wanted.repository}/manifests/${digest}`;
  const subject = subjectOf(manifest);
  // Without this header, a client maintains the list of referrers itself, under a tag.
  const noticed = subject === undefined ? {} : { 'oci-subject': subject };
  return { status: 201, headers: { location, 'docker-content-digest': digest, ...noticed } };
}
