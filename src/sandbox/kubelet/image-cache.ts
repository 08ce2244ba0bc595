import { formatImage, parseImage, pullReference } from '../../model/image/image.ts';
import type { PulledImage } from './pull/pull.ts';

/** An image on a node, and how the kubelet got it. */
export interface CachedImage extends Omit<PulledImage, 'reference'> {
  /** Value of `status.imageID` instead of `repository@digest`: other runtimes, side-loaded images. */
  readonly imageId?: string;
  /** Uids of the Secrets it was pulled with; undefined for preloaded or public images, which every pod may use. */
  readonly pulledWith?: readonly string[];
}

/** The images of one node by reference. */
export interface ImageCache {
  /** Looks up a reference as written in a pod, or `repository@digest`. */
  readonly find: (image: string) => CachedImage | undefined;
  readonly add: (image: string, cached: CachedImage) => void;
  readonly remove: (image?: string) => void;
  /** The list for `node.status.images`. */
  readonly list: () => readonly { readonly names: readonly string[]; readonly sizeBytes: number }[];
}

export function createImageCache(): ImageCache {
  const images = new Map<string, CachedImage>();
  return {
    find: (image) => images.get(canonical(image)),
    add: (image, cached) => {
      images.set(canonical(image), cached);
      images.set(`${cached.repository}@${cached.digest}`, cached);
    },
    remove: (image) => {
      if (image === undefined) images.clear();
      else images.delete(canonical(image));
    },
    list: () => {
      const byConfig = Map.groupBy(images, ([, { configDigest }]) => configDigest);
      return [...byConfig.values()].map((entries) => ({
        names: entries.map(([name]) => name),
        sizeBytes: entries[0]?.[1].sizeBytes ?? 0,
      }));
    },
  };
}

function canonical(image: string): string {
  const parsed = parseImage(image);
  return parsed.ok ? formatImage(pullReference(parsed.image)) : image;
}

/** `status.imageID` as the runtime writes it (docs/facts/runtimes.md#image-ids). */
export function imageIdOf(runtime: string, { imageId, repository, digest, manifestDigest }: CachedImage): string {
  if (imageId !== undefined) return imageId;
  // CRI-O may show the digest of the platform's manifest instead of the index.
  if (runtime.startsWith('cri-o://')) return `${repository}@${manifestDigest}`;
  const pullable = `${repository}@${digest}`;
  return runtime.startsWith('docker://') ? `docker-pullable://${pullable}` : pullable;
}
