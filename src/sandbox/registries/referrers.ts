import type { Stored } from './content.ts';
import { jsonReply, type Reply } from './personality.ts';
import type { Repository } from './storage.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';

interface Referring {
  readonly artifactType?: unknown;
  readonly annotations?: unknown;
  readonly config?: { readonly mediaType?: unknown };
  readonly subject?: { readonly digest?: unknown };
}

/** The digest that a manifest refers to (image-spec, `subject`). */
export function subjectOf(manifest: Stored): string | undefined {
  const digest = read(manifest).subject?.digest;
  return typeof digest === 'string' ? digest : undefined;
}

/**
 * The manifests that refer to a manifest, of one artifact type or all (distribution-spec, "Listing Referrers"); an
 * empty list is not an error.
 */
export function listReferrers(url: URL, { manifests }: Repository, digest: string): Reply {
  const wanted = url.searchParams.get('artifactType');
  const referring = [...manifests.values()]
    .filter((manifest) => subjectOf(manifest) === digest)
    .map(describe)
    .filter(({ artifactType }) => wanted === null || artifactType === wanted);
  const reply = jsonReply(200, { schemaVersion: 2, mediaType: indexType, manifests: referring });
  const applied = wanted === null ? {} : { 'oci-filters-applied': 'artifactType' };
  return { ...reply, headers: { ...reply.headers, 'content-type': indexType, ...applied } };
}

function describe(manifest: Stored) {
  const { artifactType, config, annotations } = read(manifest);
  return {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    artifactType: artifactType ?? config?.mediaType,
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function read({ bytes }: Stored): Referring {
  try {
    return (JSON.parse(bytes.toString('utf8')) ?? {}) as Referring;
  } catch {
    return {};
  }
}
