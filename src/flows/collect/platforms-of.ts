import { formatPlatform, type Platform } from '../../model/image/outcome.ts';
import { nodesFor } from '../../model/snapshot/placement.ts';
import { isLive } from '../../model/snapshot/pods.ts';
import type { Node, Pod } from '../../model/snapshot/snapshot.ts';
import type { Workload } from '../../model/workload/workload.ts';

/** The platforms that count: those of the pods' nodes, and of nodes where unscheduled pods may be placed. */
export function platformsOf(workload: Workload, pods: readonly Pod[], nodes: readonly Node[]): readonly Platform[] {
  const live = pods.filter(isLive);
  const used = new Set(live.map(({ node }) => node));
  const placed = nodes.filter(({ name }) => used.has(name));
  const waits = placed.length === 0 || live.some(({ node }) => node === undefined);
  const all = waits ? [...placed, ...nodesFor(workload.template.placement, nodes)] : placed;
  return distinctPlatforms(all);
}

/** Each platform once: a thousand nodes have two or three platforms. */
export function distinctPlatforms(nodes: readonly Node[]): readonly Platform[] {
  return [...new Map(nodes.map(({ platform }) => [formatPlatform(platform), platform])).values()];
}
