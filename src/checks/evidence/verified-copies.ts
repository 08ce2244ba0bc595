import type { Pod } from '../../model/snapshot/snapshot.ts';
import type { PullGroup, PullRuling } from './pull.ts';
import { containersWith, nodeOfPod } from './seen.ts';

/**
 * First Kubernetes minor version in which a node asks the registry again before it uses a private image from its cache
 * (KEP-2535).
 */
const verifiesSinceMinor = 35;

/** Why a kubelet may refuse an image that its node has. */
export const verifyingText =
  'From Kubernetes 1.35 the kubelet refuses an image that another pod pulled with a pull secret, unless this pod has a credential that was verified for it.';

/** Pods that run the image on a node where others may not pull it: the node has it, whatever it lists. */
export function runsBeside({ snapshot, probe, use }: PullRuling): readonly Pod[] {
  const nodes = new Set(use.seen.flatMap(({ pod }) => pod.node ?? []));
  return containersWith(snapshot, probe.text)
    .filter(({ pod, state }) => state.runningSince !== undefined && nodes.has(pod.node ?? ''))
    .map(({ pod }) => pod);
}

/** Whether a node on which pods wait for the image verifies the credential of each pod. */
export function verifiesCredentials({ rulings }: PullGroup): boolean {
  const versions = rulings.flatMap(({ use, snapshot }) =>
    use.seen.flatMap(({ pod }) => nodeOfPod(snapshot, pod)?.kubeletVersion ?? []),
  );
  return versions.some((version) => Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? 0) >= verifiesSinceMinor);
}
