import { createHash } from 'node:crypto';
import { layerOf } from './layer.ts';

/** One stored manifest or blob: the bytes, and their digest. */
export interface Stored {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** The recipe of a pushed image; enough to build real manifests, configs and an index. */
export interface ImageRecipe {
  /**
   * `linux/amd64`, `linux/arm64/v8`, `windows/amd64 10.0.20348.2113`; one entry gives a single manifest unless `index`
   * is set.
   */
  readonly platforms: readonly string[];
  /** ISO 8601; becomes `created` of the configs. */
  readonly created: string;
  readonly revision?: string;
  readonly source?: string;
  readonly env?: readonly string[];
  /** Distinguishes builds that are otherwise equal. */
  readonly seed: string;
  /** Builds an index even for one platform, as buildx does. */
  readonly index?: boolean;
  /** Size of each layer as the manifest states it, for an image too big to keep; it cannot be pulled. */
  readonly layerBytes?: number;
  /** Docker media types instead of OCI ones. */
  readonly docker?: boolean;
}

/** Media types of the two families (image-spec media-types.md; Docker image manifest v2 schema 2). */
const families = {
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    index: 'application/vnd.oci.image.index.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;

/** Media types that are served as manifests rather than blobs. */
export const manifestTypes: ReadonlySet<string> = new Set([
  families.oci.manifest,
  families.oci.index,
  families.docker.manifest,
  families.docker.index,
]);

/** The content address of some bytes. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Builds an image: its manifests (the tag points to the last one) and its blobs. */
export function buildImage(recipe: ImageRecipe): {
  readonly top: Stored;
  readonly manifests: readonly Stored[];
  readonly blobs: readonly Stored[];
} {
  const types = recipe.docker === true ? families.docker : families.oci;
  const children = recipe.platforms.map((platform) => buildPlatform(recipe, platform, types));
  const [only] = children;
  if (only === undefined) throw new Error('an image needs at least one platform');
  const blobs = children.flatMap((child) => child.blobs);
  if (children.length === 1 && recipe.index !== true) return { top: only.manifest, manifests: [only.manifest], blobs };
  const index = stored(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: children.map(({ manifest, platform }) => ({
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.bytes.length,
      platform,
    })),
  });
  return { top: index, manifests: [...children.map(({ manifest }) => manifest), index], blobs };
}

type Types = (typeof families)[keyof typeof families];

function buildPlatform(recipe: ImageRecipe, text: string, types: Types) {
  const platform = parsePlatform(text);
  const { bytes, diffId } = layerOf(`layer of ${recipe.seed} for ${text}`);
  const layer = blob(types.layer, bytes);
  const labels = {
    ...(recipe.revision === undefined ? {} : { 'org.opencontainers.image.revision': recipe.revision }),
    ...(recipe.source === undefined ? {} : { 'org.opencontainers.image.source': recipe.source }),
  };
  const config = stored(types.config, {
    created: recipe.created,
    ...platform,
    config: { Env: recipe.env ?? ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['/app/run'], Labels: labels },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created: recipe.created, created_by: 'COPY . /app' }],
  });
  const manifest = stored(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: config.digest, size: config.bytes.length },
    layers: [{ mediaType: types.layer, digest: layer.digest, size: recipe.layerBytes ?? layer.bytes.length }],
  });
  return { platform, manifest, blobs: [config, layer] };
}

function parsePlatform(text: string): Record<string, string> {
  const [name = '', osVersion] = text.split(' ');
  const [os = 'linux', architecture = 'amd64', variant] = name.split('/');
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
  };
}

function stored(mediaType: string, content: unknown): Stored {
  return blob(mediaType, Buffer.from(JSON.stringify(content)));
}

function blob(mediaType: string, bytes: Buffer): Stored {
  return { digest: digestOf(bytes), mediaType, bytes };
}
