import { familiarImage, type ImageRef, nearestNames, parseImage } from '../../model/image.ts';
import type { ImageProbe, Snapshot } from '../../model/snapshot.ts';

/** How many near names are offered; more is a list to read, not a hint. */
const most = 3;

/** Tags of the same repository that are like the missing one, best first. */
export function nearTags({ image, tags }: ImageProbe): readonly string[] {
  if (!image.known || !tags.known) return [];
  return nearestNames(image.value.tag ?? 'latest', tags.value.slice(0, 2000), most);
}

/** Images used elsewhere in the cluster whose repository is like the missing one, best first, as people write them. */
export function nearImages(
  snapshot: Snapshot,
  { registry, repository }: Pick<ImageRef, 'registry' | 'repository'>,
): readonly string[] {
  const byName = new Map<string, string>();
  const neighbours = snapshot.neighbours.known ? snapshot.neighbours.value : [];
  const texts = [
    ...snapshot.knownRepositories,
    ...neighbours.flatMap(({ containers }) => containers.map((container) => container.image)),
  ];
  // What another workload cannot pull either is no help.
  const broken = new Set(neighbours.flatMap(({ pullFailures = [] }) => pullFailures.map(({ image }) => image)));
  for (const text of texts.slice(0, 5000)) {
    if (broken.has(text)) continue;
    const parsed = parseImage(text);
    if (!parsed.ok || parsed.image.registry === '') continue;
    const name = `${parsed.image.registry}/${parsed.image.repository}`;
    if (!byName.has(name)) byName.set(name, familiarImage(parsed.image));
  }
  const wanted = `${registry}/${repository}`;
  return nearestNames(wanted, byName.keys(), most).map((name) => byName.get(name) ?? name);
}
