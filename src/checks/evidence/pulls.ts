import type { ClusterEvent, Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { millisOf } from './time.ts';

/** A pull that has begun and not ended, as far as events tell. */
export interface OpenPull {
  /** As the kubelet writes it; with `:latest` where the pod names no tag. */
  readonly image: string;
  /** When it began: the last time, if it was tried more than once. */
  readonly since: string;
}

const pullReasons: ReadonlySet<string> = new Set(['Pulling', 'Pulled', 'Failed']);

/** The pull that a pod is waiting for; undefined if it waits for none, or events do not tell. */
export function openPullOf({ events }: Snapshot, { name }: Pick<Pod, 'name'>): OpenPull | undefined {
  if (!events.known) return undefined;
  return openPullIn(events.value.filter(({ object }) => object.kind === 'Pod' && object.name === name));
}

/** The same, from the events of one pod. A kubelet pulls the images of a pod one after the other. */
export function openPullIn(events: readonly ClusterEvent[]): OpenPull | undefined {
  const pulls = events.filter(({ reason }) => pullReasons.has(reason));
  // Times have whole seconds: what ends a pull in the second in which it began comes after it.
  const [latest] = pulls.toSorted(
    (a, b) =>
      (millisOf(b.lastAt) ?? 0) - (millisOf(a.lastAt) ?? 0) ||
      Number(a.reason === 'Pulling') - Number(b.reason === 'Pulling'),
  );
  const image = /^Pulling image "([^"]+)"/.exec(latest?.message ?? '')?.[1];
  if (latest?.reason !== 'Pulling' || image === undefined || latest.lastAt === undefined) return undefined;
  return { image, since: latest.lastAt };
}
