import { openPullIn } from '../../checks/evidence/pulls.ts';
import { isLive } from '../../model/snapshot/pods.ts';
import type { ClusterEvent, NearbyPull, Snapshot } from '../../model/snapshot/snapshot.ts';
import { valueOr } from '../../model/values/fact.ts';

/** More than this says nothing more about a node. */
const most = 50;

/**
 * What else the nodes pull on which a pod of the workload waits for its image, from the events of its namespace: they
 * show whether the node, its queue or the registry is hanging. Nothing if no such events were read.
 */
export function nearbyPulls(
  { pods }: Pick<Snapshot, 'pods'>,
  events: readonly ClusterEvent[],
): Pick<Snapshot, 'nearbyPulls'> {
  const live = valueOr(pods, []).filter(isLive);
  const waiting = live.filter(({ containers }) => containers.some(({ waiting }) => waiting !== undefined));
  const nodes = new Set(waiting.flatMap(({ node }) => node ?? []));
  const byPod = Map.groupBy(
    events.filter(({ object, node }) => object.kind === 'Pod' && node !== undefined && nodes.has(node)),
    ({ object }) => object.name,
  );
  const pulls = [...byPod].flatMap(([pod, about]) => [...open(pod, about), ...ended(pod, about)]);
  return pulls.length === 0 ? {} : { nearbyPulls: pulls.slice(0, most) };
}

function open(pod: string, events: readonly ClusterEvent[]): readonly NearbyPull[] {
  const pull = openPullIn(events);
  const node = events[0]?.node;
  return pull === undefined || node === undefined ? [] : [{ pod, node, ...pull }];
}

/** A pull that failed has ended as well: the runtime answered. */
function ended(pod: string, events: readonly ClusterEvent[]): readonly NearbyPull[] {
  return events.flatMap(({ message, node, lastAt }) => {
    const image = /^(?:Successfully pulled|Failed to pull) image "([^"]+)"/.exec(message)?.[1];
    return image === undefined || node === undefined || lastAt === undefined
      ? []
      : [{ pod, node, image, since: lastAt, endedAt: lastAt }];
  });
}
