import { type Explanation, explainText } from '../../explain/explain.ts';
import type { ClusterEvent, Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { perSnapshot } from './per-snapshot.ts';
import { nodeOfPod, type Seen, seenContainers } from './seen.ts';
import { ageMs, millisOf } from './time.ts';

/** Mounts and networks that are late by less than this usually recover by themselves. */
export const settlingMs = 60_000;
/** Kubelet events that prevent a container from being created. */
const holdUps = /^(FailedMount|FailedAttachVolume|FailedCreatePodSandBox|NetworkNotReady)$/;

/** What the creation of a pod waits for, in the kubelet's words. */
export interface HoldUp {
  readonly reason: string;
  readonly message: string;
  readonly at?: string;
}

/** Containers that have not been created yet, and whose pod has a node that works. */
export function uncreatedContainers(snapshot: Snapshot): readonly Seen[] {
  return seenContainers(snapshot).filter(
    ({ pod, state }) =>
      state.waiting?.reason === 'ContainerCreating' &&
      pod.node !== undefined &&
      nodeOfPod(snapshot, pod)?.ready !== false,
  );
}

/** Whether a pod has existed for longer than mounts and networks usually need. */
export function isSettled({ takenAt }: Pick<Snapshot, 'takenAt'>, { createdAt }: Pick<Pod, 'createdAt'>): boolean {
  return ageMs(takenAt, createdAt) > settlingMs;
}

const latestByPod = perSnapshot(({ events }): ReadonlyMap<string, ClusterEvent> => {
  const latest = new Map<string, ClusterEvent>();
  for (const event of events.known ? events.value : []) {
    const { name } = event.object;
    const before = latest.get(name);
    const isLater = (millisOf(event.lastAt) ?? 0) > (millisOf(before?.lastAt) ?? 0);
    if (holdUps.test(event.reason) && (before === undefined || isLater)) latest.set(name, event);
  }
  return latest;
});

/** The latest event that says what a pod's creation is waiting for. */
export function holdUpOf(snapshot: Snapshot, { name }: Pick<Pod, 'name'>): HoldUp | undefined {
  const latest = latestByPod(snapshot).get(name);
  if (latest === undefined) return undefined;
  const { reason, message, lastAt } = latest;
  return { reason, message, ...(lastAt === undefined ? {} : { at: lastAt }) };
}

/**
 * What is wrong with the image of the node's sandbox, if that is why a pod cannot be created: the runtime starts every
 * pod with it, and pulls it without any credential of the pod. Undefined for a network plugin and everything else.
 */
export function sandboxImageTrouble(holdUp: HoldUp | undefined): Explanation | undefined {
  if (holdUp?.reason !== 'FailedCreatePodSandBox') return undefined;
  const explanation = explainText(holdUp.message, { eventReason: holdUp.reason });
  return explanation.subject === 'sandbox_image' && explanation.cause !== 'unknown' ? explanation : undefined;
}
