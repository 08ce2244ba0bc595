import { familiarImage, type ImageRef, parseImage } from '../../model/image/image.ts';
import { nearestImages } from '../../model/image/nearest-images.ts';
import type { ImageProbe, Snapshot } from '../../model/snapshot/snapshot.ts';
import { nearestNames } from '../../model/text/nearest-names.ts';

/** How many similar names are offered; a longer list would not help. */
const most = 3;

/** Tags of the same repository that are similar to the missing one, best first. */
export function nearTags({ image, tags }: ImageProbe): readonly string[] {
  if (!image.known || !tags.known) return [];
  return nearestNames(image.value.tag ?? 'latest', tags.value.slice(0, 2000), most);
}

/**
 * Images used elsewhere in the cluster whose repository is similar to the missing one, best first, as people write
 * them.
 */
export function nearImages(snapshot: Snapshot, wanted: Repository): readonly string[] {
  const neighbours = snapshot.neighbours.known ? snapshot.neighbours.value : [];
  const texts = [
    ...snapshot.knownRepositories,
    ...neighbours
      .filter(({ runsNowhere }) => runsNowhere !== true)
      .flatMap(({ containers }) => containers.map((container) => container.image)),
  ];
  // An image that another workload cannot pull either does not help.
  const broken = new Set(neighbours.flatMap(({ pullFailures = [] }) => pullFailures.map(({ image }) => image)));
  const usable = texts.slice(0, 5000).flatMap((text) => {
    const parsed = parseImage(text);
    return broken.has(text) || !parsed.ok || isSameRepository(parsed.image, wanted)
      ? []
      : [familiarImage(parsed.image)];
  });
  return nearestImages(wanted, usable, most);
}

type Repository = Pick<ImageRef, 'registry' | 'repository'>;

function isSameRepository(a: Repository, b: Repository): boolean {
  return a.registry === b.registry && a.repository === b.repository;
}
