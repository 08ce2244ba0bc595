import type { ImageProbe, RunningImage } from '../../model/snapshot/snapshot.ts';

/** The digest in a container status's `imageID`, however the runtime formats it (docs/facts/runtimes.md#image-ids). */
export function digestOfImageId(imageId: string): string | undefined {
  return /sha256:[0-9a-f]{64}/.exec(imageId)?.[0];
}

/**
 * A bare `sha256:…` (also behind `docker://`) is the digest of the image's config, not of a manifest: the image was
 * side-loaded or built on the node, or the runtime is Docker.
 */
export function isConfigId(imageId: string): boolean {
  return digestOfImageId(imageId) !== undefined && !imageId.includes('@');
}

/**
 * Every digest that a node may report for the image that this reference currently names: the manifest's own, those of
 * the platform manifests, and those of the configs. The repository in `imageID` is not compared, because CRI-O combines
 * any repository with any digest.
 */
export function digestsOf(probe: ImageProbe): ReadonlySet<string> {
  const digests = new Set<string>();
  if (probe.digest.known) digests.add(probe.digest.value);
  if (probe.manifest.known) {
    const { digest, body } = probe.manifest.value;
    digests.add(digest);
    if (body.kind === 'index') for (const child of body.children) digests.add(child.digest);
    if (body.kind === 'image') digests.add(body.configDigest);
  }
  if (probe.configs.known) for (const config of probe.configs.value) digests.add(config.digest);
  return digests;
}

/** `same`, `other`, or why it is not known. */
export type Sameness = 'same' | 'other' | { readonly unclear: string };

/**
 * Whether a pod runs the image that the reference currently names. Equal configs mean the same image under a re-pushed
 * manifest. If the index was not read, or no registry knows the digest (CRI-O "may create digested references that
 * never existed"), a difference proves nothing.
 */
export function compareRunning(running: RunningImage, probe: ImageProbe, imageIds: readonly string[]): Sameness {
  const current = digestsOf(probe);
  if (current.has(running.digest)) return 'same';
  if (probe.image.known && probe.image.value.digest === running.digest) return 'same';
  if (!probe.digest.known) return { unclear: probe.digest.why };
  if (running.config.known && current.has(running.config.value.digest)) return 'same';
  if (running.manifest.known && running.manifest.value.body.kind === 'index') {
    const { children } = running.manifest.value.body;
    if (children.some((child) => current.has(child.digest))) return 'same';
  }
  if (!probe.manifest.known) return { unclear: 'the tag’s manifest couldn’t be read' };
  if (imageIds.some(isConfigId) && !probe.configs.known && probe.manifest.value.body.kind === 'index') {
    return { unclear: 'the node reports only the image id, and the tag’s configs couldn’t be read' };
  }
  return 'other';
}
