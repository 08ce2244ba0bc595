import type { ImageProbe } from '../../model/snapshot/snapshot.ts';

/** The type of the artifact that a reference names; undefined if it is an image, an index, or was not read. */
export function artifactTypeOf({ manifest }: ImageProbe): string | undefined {
  if (!manifest.known || manifest.value.body.kind !== 'artifact') return undefined;
  return manifest.value.artifactType ?? manifest.value.mediaType;
}
