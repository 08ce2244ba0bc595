import { parseImage } from '../../model/image/image.ts';
import type { ImageProbe } from '../../model/snapshot/snapshot.ts';
import type { Fact } from '../../model/values/fact.ts';
import { known } from '../../model/values/fact.ts';
import type { ClusterReader } from '../../ports/cluster.ts';
import { isMissing } from './collect-images.ts';

/** Enough images to find a similar name; a cluster of ten thousand pods has a few hundred. */
const mostNames = 2_000;

/**
 * Images used elsewhere in the cluster, those at the missing images' registries first. Listed only if a name is missing
 * or a host cannot be resolved, to suggest similar ones. An image that no workload is seen to run is left out: it may
 * not exist either.
 */
export async function knownRepositories(
  probes: readonly ImageProbe[],
  listEverywhere: () => ReturnType<ClusterReader['workloads']>,
): Promise<Fact<readonly string[]>> {
  const hosts = new Set(probes.filter(isWanted).flatMap(({ image }) => (image.known ? [image.value.registry] : [])));
  if (hosts.size === 0) return known([]);
  const everywhere = await listEverywhere();
  if (!everywhere.known) return everywhere;
  const running = everywhere.value.filter(({ runsNowhere }) => runsNowhere !== true);
  const texts = new Set(running.flatMap(({ containers }) => containers.map(({ image }) => image)));
  const isNear = (text: string): boolean => {
    const parsed = parseImage(text);
    return parsed.ok && hosts.has(parsed.image.registry);
  };
  const [near, far]: [string[], string[]] = [[], []];
  for (const text of texts) (isNear(text) ? near : far).push(text);
  return known([...near, ...far].slice(0, mostNames), everywhere.incomplete);
}

/** The image is missing, or its host does not resolve: both may be typos. */
function isWanted(probe: ImageProbe): boolean {
  return (
    isMissing(probe) || probe.attempts.some(({ outcome }) => outcome.kind === 'unreachable' && outcome.how === 'dns')
  );
}
