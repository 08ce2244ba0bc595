import type { Platform } from '../../model/image/outcome.ts';
import { canRun } from '../../model/image/platform-fit.ts';
import { nodesFor } from '../../model/snapshot/placement.ts';
import type { ImageProbe, Node, Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { nodeOfPod } from './seen.ts';

/** The platforms that a reference offers; empty if unknown. */
export function offeredPlatforms(probe: ImageProbe): readonly Platform[] {
  if (probe.manifest.known && probe.manifest.value.body.kind === 'index') {
    return probe.manifest.value.body.children.flatMap(({ platform }) => platform ?? []);
  }
  return probe.configs.known ? probe.configs.value.map(({ platform }) => platform) : [];
}

/** Whether the reference is an index, from which the runtime chooses, rather than a single image for every platform. */
export function isIndex(probe: ImageProbe): boolean {
  return probe.manifest.known && probe.manifest.value.body.kind === 'index';
}

/** The nodes that count: those of the given pods, otherwise those where new pods may be scheduled. */
export function targetNodes(snapshot: Snapshot, pods: readonly Pod[]): readonly Node[] {
  const placed = pods.flatMap((pod) => nodeOfPod(snapshot, pod) ?? []);
  if (placed.length > 0) return [...new Set(placed)];
  return snapshot.nodes.known ? nodesFor(snapshot.template.placement, snapshot.nodes.value) : [];
}

/** The nodes among these that certainly cannot run what the reference offers. */
export function unfitNodes(probe: ImageProbe, nodes: readonly Node[]): readonly Node[] {
  const offered = offeredPlatforms(probe);
  if (offered.length === 0) return [];
  return nodes.filter((node) => !offered.some((platform) => canRun(node.platform, platform)));
}

/**
 * Whether the reference fits the nodes where its pods run or may be scheduled; `unknown` if platforms or nodes are
 * unknown.
 */
export function canRunSomewhere(
  snapshot: Snapshot,
  probe: ImageProbe,
): 'everywhere' | 'somewhere' | 'nowhere' | 'unknown' {
  const pods = snapshot.pods.known ? snapshot.pods.value : [];
  const nodes = targetNodes(snapshot, pods);
  if (nodes.length === 0 || offeredPlatforms(probe).length === 0) return 'unknown';
  const unfit = unfitNodes(probe, nodes).length;
  return unfit === 0 ? 'everywhere' : unfit === nodes.length ? 'nowhere' : 'somewhere';
}
