import type { IncomingMessage } from 'node:http';
import { bearerOf, errorReply, jsonReply, type RegistryState, type Reply } from './personality.ts';
import type { Pushed } from './storage.ts';

const attributes = { deleteEnabled: true, writeEnabled: true, readEnabled: true, listEnabled: true };

/**
 * ACR's own API about one tag or manifest, as docs/facts/registries.md#acr and the recordings of Azure's SDKs show it;
 * undefined for other paths. It requires a token with `metadata_read`, and says so in its challenge.
 */
export function acrMetadata(request: IncomingMessage, url: URL, state: RegistryState): Reply | undefined {
  const found = /^\/acr\/v1\/(.+)\/_(tags|manifests)\/([^/]+)$/.exec(decodeURIComponent(url.pathname));
  if (found === null || request.method !== 'GET') return undefined;
  const [, name = '', what = '', reference = ''] = found;
  const token = bearerOf(request);
  const grant = state.tokens.get(token ?? '');
  if (grant?.metadata?.includes(name) !== true) return unauthorized(name, token !== undefined, state);
  const repository = state.storage.repositories.get(name);
  if (repository === undefined) {
    return errorReply(404, 'NAME_UNKNOWN', 'repository name not known to registry', { Name: name });
  }
  const pushed = repository.pushes.get(reference);
  const head = { registry: state.host, imageName: name };
  if (what === 'tags') {
    const digest = repository.tags.get(reference);
    if (digest === undefined) return errorReply(404, 'TAG_UNKNOWN', 'the specified tag does not exist');
    const tag = { name: reference, digest, ...times(pushed), signed: false, changeableAttributes: attributes };
    return jsonReply(200, { ...head, tag });
  }
  const manifest = repository.manifests.get(reference);
  if (manifest === undefined) {
    return errorReply(404, 'MANIFEST_UNKNOWN', `manifest ${reference} is not found`, { Name: name });
  }
  const { digest, mediaType, bytes } = manifest;
  const about = { digest, imageSize: bytes.length, ...times(pushed), mediaType, changeableAttributes: attributes };
  return jsonReply(200, { ...head, manifest: about });
}

/** ACR writes ten-millionths of a second. */
function times(pushed: Pushed | undefined): Readonly<Record<string, string>> {
  const written = (at: string): string => new Date(at).toISOString().replace('Z', '0000Z');
  return pushed === undefined ? {} : { createdTime: written(pushed.firstAt), lastUpdateTime: written(pushed.lastAt) };
}

function unauthorized(name: string, hasToken: boolean, state: RegistryState): Reply {
  const scope = `repository:${name}:metadata_read`;
  const problem = hasToken ? ',error="insufficient_scope"' : '';
  return errorReply(
    401,
    'UNAUTHORIZED',
    'authentication required, visit https://aka.ms/acr/authorization for more information.',
    [{ Type: 'repository', Name: name, Action: 'metadata_read' }],
    {
      'www-authenticate': `Bearer realm="${state.url()}/oauth2/token",service="${state.host}",scope="${scope}"${problem}`,
    },
  );
}
