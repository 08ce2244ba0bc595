import type { IncomingMessage } from 'node:http';
import { errorReply, jsonReply, type RegistryState, type Reply } from './personality.ts';
import { findManifest, type Repository } from './storage.ts';

/** The host of Docker Hub's own API; its requests also arrive here, with that host name. */
const apiHost = 'hub.docker.com';

/**
 * `GET /v2/namespaces/NS/repositories/NAME/tags/TAG` of Docker Hub's API reference, without a credential: a private
 * repository looks like a missing one. Undefined for requests to the registry.
 */
export function hubTags(request: IncomingMessage, url: URL, state: RegistryState): Reply | undefined {
  if (request.headers.host !== apiHost) return undefined;
  const found = /^\/v2\/namespaces\/([^/]+)\/repositories\/([^/]+)\/tags\/([^/]+)$/.exec(url.pathname);
  if (found === null) return errorReply(404, 'NOT_FOUND', 'page not found');
  const [, namespace = '', name = '', tag = ''] = found;
  const repository = state.storage.repositories.get(`${namespace}/${name}`);
  const manifest = findManifest(repository, tag);
  if (repository === undefined || repository.private || manifest === undefined) {
    return jsonReply(404, {
      message: 'httperror 404: object not found',
      errinfo: { namespace, repository: name, tag },
    });
  }
  const pushedAt = repository.pushes.get(tag)?.lastAt;
  const images = imagesOf(repository, tag).map((image) => ({ ...image, status: 'active', last_pushed: pushedAt }));
  return jsonReply(200, {
    images,
    last_updated: pushedAt,
    name: tag,
    v2: true,
    tag_status: 'active',
    tag_last_pushed: pushedAt,
    media_type: manifest.mediaType,
    content_type: 'image',
    digest: manifest.digest,
  });
}

interface Content {
  readonly manifests?: readonly {
    readonly digest: string;
    readonly size: number;
    readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
  }[];
}

function imagesOf(repository: Repository, tag: string) {
  const manifest = findManifest(repository, tag);
  if (manifest === undefined) return [];
  const { manifests } = JSON.parse(manifest.bytes.toString('utf8')) as Content;
  if (manifests === undefined) return [{ os: 'linux', digest: manifest.digest, size: manifest.bytes.length }];
  return manifests.map(({ digest, size, platform }) => ({ ...platform, digest, size }));
}
