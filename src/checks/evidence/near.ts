import { familiarImage, type ImageRef, parseImage } from '../../model/image/image.ts';
import { nearestImages } from '../../model/image/nearest-images.ts';
import { imageOf } from '../../model/image/tags.ts';
import type { ImageProbe, Snapshot } from '../../model/snapshot/snapshot.ts';
import { nearestNames } from '../../model/text/nearest-names.ts';
import { distinct } from '../../model/text/words.ts';
import { perSnapshot } from './per-snapshot.ts';
import { seenContainers } from './seen.ts';

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

const runningByPlace = perSnapshot((snapshot) => {
  const tags = new Map<string, Set<string>>();
  for (const { state } of seenContainers(snapshot)) {
    const used = state.imageId === '' ? undefined : imageOf(state.image);
    if (used?.tag === undefined) continue;
    const place = placeOf(state.name, used);
    tags.set(place, (tags.get(place) ?? new Set()).add(used.tag));
  }
  return tags;
});

function placeOf(container: string, { registry, repository }: Repository): string {
  return `${container} ${registry}/${repository}`;
}

/** Tags of the same repository that pods run in the same containers now, newest first. */
export function runningTags(snapshot: Snapshot, { image, containers, tags }: ImageProbe): readonly string[] {
  if (!image.known) return [];
  const { value } = image;
  const running = containers.flatMap((name) => [...(runningByPlace(snapshot).get(placeOf(name, value)) ?? [])]);
  const existing = distinct(running).filter(
    (tag) => tag !== value.tag && (!tags.known || tags.value.length === 0 || tags.value.includes(tag)),
  );
  return [...existing].sort(new Intl.Collator('en', { numeric: true }).compare).reverse();
}
