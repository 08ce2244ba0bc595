import { z } from 'zod';
import { foreignList } from '../values/foreign.ts';
import { type Provider, type PushRecord, plainTraits } from './provider.ts';

/**
 * The host that an image reference leaves out (distribution/reference), and where the kubelet looks for its credential.
 */
export const impliedRegistry = {
  host: 'docker.io',
  namespace: 'library',
  /** Equivalent to the same host in a reference. */
  alias: 'index.docker.io',
  /** The key of a pull secret that serves it when no other key matches (kubernetes pkg/credentialprovider). */
  credentialKey: 'index.docker.io',
} as const;

const hosts: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'auth.docker.io',
  'registry.hub.docker.com',
]);

/** Hosts that do not speak the protocol themselves, or only under another name. */
const renamed: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** Publishers that moved their older images to another namespace (docs/facts/registries.md#docker-hub). */
const movedNamespaces: ReadonlyMap<string, string> = new Map([['bitnami', 'bitnamilegacy']]);

const { messages } = plainTraits;
const publicOnly = 'Docker Hub reports it for public repositories only';

const Digest = z.string().optional().catch(undefined);
const Tag = z.object({
  tag_last_pushed: z.string(),
  digest: Digest,
  images: foreignList(z.object({ digest: Digest }), { most: 1_000 })
    .nullable()
    .optional()
    .catch(undefined),
});

/** A tag in Docker Hub's own API. Old tags have no digest themselves, only the digests of their images. */
function readTag(json: unknown): PushRecord | undefined {
  const found = Tag.safeParse(json);
  if (!found.success) return undefined;
  const { tag_last_pushed: at, digest, images } = found.data;
  return { at, digests: [digest, ...(images ?? []).map((image) => image.digest)].flatMap((one) => one ?? []) };
}

/**
 * Docker Hub (docs/facts/registries.md#docker-hub). It issues a token for anything; a repository that is missing or
 * private shows only as an empty grant and `insufficient_scope`.
 */
export const dockerHub: Provider = {
  ...plainTraits,
  id: 'docker-hub',
  serves: (host) => hosts.has(host),
  canonicalHost: (host) => {
    const name = host.toLowerCase();
    return hosts.has(name.replace(/:443$/, '')) ? impliedRegistry.host : name;
  },
  apiHost: (host) => (renamed.has(host) ? 'registry-1.docker.io' : host),
  /** Every tool writes this key and looks up no other. */
  secretKey: () => 'https://index.docker.io/v1/',
  tokenRealms: () => ['auth.docker.io'],
  metersManifests: true,
  manifestUnknownMeans: () => 'tag',
  hint: ({ stage, status, challengeError, emptyGrant, code }) =>
    stage === 'request' &&
    (status === 401 || status === 403) &&
    (challengeError === 'insufficient_scope' || emptyGrant || code?.toUpperCase() === 'DENIED')
      ? 'absent-or-private'
      : undefined,
  messages: {
    ...messages,
    tokenForbidden: { ...messages.tokenForbidden, anonymous: messages.tokenForbidden.unclear },
    mayBeCache: false,
    limitWords: /docker\.com\/(?:increase-rate-limit|docker-hub\/download-rate-limit)/i,
    isPublicOnly: (repository) => repository.startsWith(`${impliedRegistry.namespace}/`),
    movedTo: (_host, repository) => {
      const [namespace = '', ...name] = repository.split('/');
      const successor = movedNamespaces.get(namespace);
      return successor === undefined ? undefined : `docker.io/${[successor, ...name].join('/')}`;
    },
  },
  /** Docker Hub API reference, "Read repository tag": public repositories without a credential, tags only. */
  pushSource: ({ repository, tag }) => {
    const [namespace, name, ...more] = repository.split('/');
    if (tag === undefined) return { kind: 'untold', why: 'Docker Hub reports it for tags only' };
    if (namespace === undefined || name === undefined || more.length > 0) {
      return { kind: 'untold', why: `${repository} isn’t a Docker Hub repository` };
    }
    return {
      kind: 'api',
      host: 'hub.docker.com',
      path: `v2/namespaces/${namespace}/repositories/${name}/tags/${tag}`,
      read: readTag,
      refused: publicOnly,
      absent: publicOnly,
    };
  },
};
