import { imageOf } from '../../model/image/tags.ts';
import { isLive } from '../../model/snapshot/pods.ts';
import type { NodeImages, Snapshot } from '../../model/snapshot/snapshot.ts';
import { valueOr } from '../../model/values/fact.ts';
import type { ClusterReader, Reading } from '../../ports/cluster.ts';

/** Enough nodes to see what they have in common. */
const most = 3;

/**
 * What the nodes list of the images that containers may not pull there (`ErrImageNeverPull`). Nothing if there is no
 * such container, or where a node could not be read.
 */
export async function readNodeImages(
  { pods }: Pick<Snapshot, 'pods'>,
  cluster: Pick<ClusterReader, 'nodeImages'>,
  reading: Reading,
): Promise<Pick<Snapshot, 'nodeImages'>> {
  const waiting = valueOr(pods, [])
    .filter(isLive)
    .flatMap(({ node, containers }) => containers.map((state) => ({ node, state })))
    .filter(({ state }) => state.waiting?.reason === 'ErrImageNeverPull');
  const wanted = new Set(waiting.map(({ state }) => repositoryOf(state.image)));
  const nodes = [...new Set(waiting.flatMap(({ node }) => node ?? []))].slice(0, most);
  const read = nodes.map(async (node): Promise<readonly NodeImages[]> => {
    const images = await cluster.nodeImages(node, reading);
    if (!images.known) return [];
    const names = images.value.filter((all) => all.some((name) => wanted.has(repositoryOf(name)))).flat();
    return [{ node, listed: images.value.length, names: names.slice(0, 50) }];
  });
  const nodeImages = (await Promise.all(read)).flat();
  return nodeImages.length === 0 ? {} : { nodeImages };
}

function repositoryOf(text: string): string {
  const image = imageOf(text);
  return image === undefined ? text : `${image.registry}/${image.repository}`;
}
