import { z } from 'zod';
import { type Provider, type PushRecord, plainTraits } from './provider.ts';

/** The registry itself or its data endpoint, in each Azure cloud. */
const hostPattern = /^[a-z0-9]{1,50}(?:-[a-z0-9]{1,20})?(?:\.[a-z0-9]{1,30}\.data)?\.azurecr\.(?:io|cn|us)$/;
const networkPattern = /client with ip .{0,100} is not allowed|not allowed access|public network|firewall/i;

const Tag = z.object({ tag: z.object({ digest: z.string(), lastUpdateTime: z.string() }) });
const Manifest = z.object({ manifest: z.object({ digest: z.string(), createdTime: z.string() }) });

/** A tag's `lastUpdateTime` is its last push: locking the tag or changing another attribute does not update it. */
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
  ...plainTraits,
  id: 'acr',
  serves: (host) => hostPattern.test(host),
  refreshTokenUsers: ['00000000-0000-0000-0000-000000000000', '<token>'],
  streamingArtifactType: 'application/vnd.azure.artifact.streaming.v1',
  manifestUnknownMeans: () => 'tag',
  hint: ({ status, anonymous, authorized, message }) =>
    status === 403 && (anonymous || !authorized || networkPattern.test(message)) ? 'network-acl' : undefined,
  /**
   * ACR answers 401 to a caller without read permission; a 403 comes from its firewall (docs/facts/registries.md#acr).
   */
  messages: {
    ...plainTraits.messages,
    tokenForbidden: {
      anonymous: { cause: 'network_acl', confidence: 'likely', also: ['forbidden', 'no_credentials'] },
      unclear: { cause: 'forbidden', confidence: 'possible', also: ['network_acl', 'expired_credentials'] },
    },
    bareForbidden: { cause: 'network_acl', confidence: 'likely', also: ['forbidden', 'expired_credentials'] },
  },
  /**
   * Needs the scope `metadata_read`, which a scope map that only pulls does not grant (docs/facts/registries.md#acr).
   */
  pushSource: ({ host, repository, tag, digest, isPinned }) => {
    const byTag = tag !== undefined && !isPinned;
    return {
      kind: 'api',
      path: `acr/v1/${repository}/${byTag ? `_tags/${tag}` : `_manifests/${digest}`}`,
      read: byTag ? readTag : readManifest,
      refused: `${host} reports it only to a credential with metadata/read`,
      absent: `${host} has no record of it`,
    };
  },
};
