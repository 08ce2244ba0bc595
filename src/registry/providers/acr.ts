import { z } from 'zod';
import { registryFamily } from '../../model/image/registry-family.ts';
import { type Provider, type PushRecord, plainHabits } from './provider.ts';

const networkPattern = /client with ip .* is not allowed|not allowed access|public network|firewall/i;

const Tag = z.looseObject({ tag: z.looseObject({ digest: z.string(), lastUpdateTime: z.string() }) });
const Manifest = z.looseObject({ manifest: z.looseObject({ digest: z.string(), createdTime: z.string() }) });

/** A tag's `lastUpdateTime` is its last push: locking it or changing another attribute leaves it as it is. */
function readTag(json: unknown): PushRecord | undefined {
  const found = Tag.safeParse(json);
  return found.success ? { at: found.data.tag.lastUpdateTime, digests: [found.data.tag.digest] } : undefined;
}

/** A manifest's `createdTime` is the first push of its digest. */
function readManifest(json: unknown): PushRecord | undefined {
  const found = Manifest.safeParse(json);
  return found.success ? { at: found.data.manifest.createdTime, digests: [found.data.manifest.digest] } : undefined;
}

/** Azure Container Registry (docs/facts/registries.md#acr). Realms are on the registry's own host. */
export const acr: Provider = {
  ...plainHabits,
  id: 'acr',
  serves: (host) => registryFamily(host) === 'acr',
  refreshTokenUsers: ['00000000-0000-0000-0000-000000000000', '<token>'],
  manifestUnknownMeans: () => 'tag',
  hint: ({ status, anonymous, authorized, message }) =>
    status === 403 && (anonymous || !authorized || networkPattern.test(message)) ? 'network-acl' : undefined,
  /**
   * Needs the scope `metadata_read`, which a scope map that only pulls does not grant (docs/facts/registries.md#acr).
   */
  pushSource: ({ host, repository, tag, digest, isPinned }) => {
    const byTag = tag !== undefined && !isPinned;
    return {
      kind: 'api',
      path: `acr/v1/${repository}/${byTag ? `_tags/${tag}` : `_manifests/${digest}`}`,
      read: byTag ? readTag : readManifest,
      refused: `${host} tells it only to a credential with metadata/read`,
      absent: `${host} has no record of it`,
    };
  },
};
