import type { ClusterEvent, Neighbour } from '../model/snapshot.ts';
import type { WorkloadRef } from '../model/workload.ts';
import type { WorkloadSummary } from '../ports.ts';

/** The kubelet's words about one failing pull are a few lines; more is noise. */
const mostText = 1000;

/** The other workloads of the namespace, each with what the kubelet says of images of it that it cannot pull. */
export function neighboursOf(
  self: WorkloadRef,
  all: readonly WorkloadSummary[],
  events: readonly ClusterEvent[],
): readonly Neighbour[] {
  const failures = failuresByImage(events);
  return all
    .filter(({ ref }) => ref.kind !== self.kind || ref.name !== self.name || ref.namespace !== self.namespace)
    .map(({ ref, containers, ready, desired }) => {
      const failing =
        desired === undefined || ready >= desired ? [] : [...new Set(containers.map(({ image }) => image))];
      const pullFailures = failing.flatMap((image) => {
        const message = failures.get(image);
        return message === undefined ? [] : [{ image, message }];
      });
      return { ref, containers, ...(pullFailures.length === 0 ? {} : { pullFailures }) };
    });
}

/** By image, the latest event that says why; `Back-off pulling image` says nothing. */
function failuresByImage(events: readonly ClusterEvent[]): ReadonlyMap<string, string> {
  const latest = new Map<string, ClusterEvent>();
  for (const event of events) {
    const image = /^Failed to pull image "([^"]+)"/.exec(event.message)?.[1];
    if (image === undefined || event.object.kind !== 'Pod') continue;
    const before = latest.get(image);
    if (before === undefined || (before.lastAt ?? '') <= (event.lastAt ?? '')) latest.set(image, event);
  }
  return new Map([...latest].map(([image, { message }]) => [image, message.slice(0, mostText)]));
}
