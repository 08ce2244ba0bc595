import { parseKubeletEvent } from '../../explain/kubelet-events.ts';
import type { ClusterEvent, Neighbour } from '../../model/snapshot/snapshot.ts';
import type { WorkloadRef } from '../../model/workload/workload.ts';
import type { WorkloadSummary } from '../../ports/cluster.ts';

/** A few lines of kubelet messages per failing pull are enough; more is noise. */
const mostText = 1000;

/** The other workloads of the namespace, each with the kubelet's messages about images that it cannot pull. */
export function neighboursOf(
  self: WorkloadRef,
  all: readonly WorkloadSummary[],
  events: readonly ClusterEvent[],
): readonly Neighbour[] {
  const failures = failuresByImage(events);
  return all
    .filter(({ ref }) => ref.kind !== self.kind || ref.name !== self.name || ref.namespace !== self.namespace)
    .map(({ ref, containers, ready, desired, runsNowhere }) => {
      const failing =
        desired === undefined || ready >= desired ? [] : [...new Set(containers.map(({ image }) => image))];
      const pullFailures = failing.flatMap((image) => {
        const message = failures.get(image);
        return message === undefined ? [] : [{ image, message }];
      });
      return {
        ref,
        containers,
        ...(pullFailures.length === 0 ? {} : { pullFailures }),
        ...(runsNowhere === true ? { runsNowhere } : {}),
      };
    });
}

/**
 * For each image the latest event that gives a reason; `Back-off pulling image` gives none. A pod that did get the
 * image waits for something else.
 */
function failuresByImage(events: readonly ClusterEvent[]): ReadonlyMap<string, string> {
  const said = events
    .filter(({ object }) => object.kind === 'Pod')
    .flatMap(({ object, message, lastAt = '' }) => {
      const event = parseKubeletEvent(message);
      if (event?.kind !== 'failed' && event?.kind !== 'pulled' && event?.kind !== 'present') return [];
      return [{ pod: object.name, image: event.image, message, lastAt, isFailure: event.kind === 'failed' }];
    })
    .toSorted((left, right) => left.lastAt.localeCompare(right.lastAt));
  const byPod = new Map(said.map((one) => [`${one.pod} ${one.image}`, one]));
  const failures = said.filter((one) => one.isFailure && byPod.get(`${one.pod} ${one.image}`)?.isFailure === true);
  return new Map(failures.map(({ image, message }) => [image, message.slice(0, mostText)]));
}
