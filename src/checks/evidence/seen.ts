import { isLive, isPullFailing, isTroubled, wasPutOut } from '../../model/snapshot/pods.ts';
import type { ContainerState, ImageProbe, Node, Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { perSnapshot } from './per-snapshot.ts';
import { millisOf } from './time.ts';

/** One container of one pod. */
export interface Seen {
  readonly pod: Pod;
  readonly state: ContainerState;
}

/** The pods of a snapshot that count, and their containers by image. */
interface Sorted {
  readonly live: readonly Pod[];
  readonly byImage: ReadonlyMap<string, readonly Seen[]>;
}

const sortedPods = perSnapshot((snapshot): Sorted => {
  const live = snapshot.pods.known ? snapshot.pods.value.filter(isLive) : [];
  const byImage = Map.groupBy(
    live.flatMap((pod) => pod.containers.map((state) => ({ pod, state }))),
    ({ state }) => state.image,
  );
  return { live, byImage };
});

/** Pods that count: not being deleted, and not completed successfully. Empty if the pods could not be read. */
export function livePods(snapshot: Snapshot): readonly Pod[] {
  return sortedPods(snapshot).live;
}

/** Containers with this image in pods that count, including pods that the cluster ended. */
export function containersWith(snapshot: Snapshot, image: string): readonly Seen[] {
  return sortedPods(snapshot).byImage.get(image) ?? [];
}

/** Whether the workload works although some pod does not: other pods are ready, or a Job is done. */
export function servesAnyway({ workload, pods }: Snapshot): boolean {
  return workload.ready > 0 || (pods.known && pods.value.some(({ phase }) => phase === 'Succeeded'));
}

const replicated: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Whether the workload keeps a number of pods Ready. */
export function isReplicated({ ref }: Pick<Snapshot['workload'], 'ref'>): boolean {
  return replicated.has(ref.kind);
}

/** Whether Kubernetes itself counts the rollout as failed. */
export function hasGivenUp({ conditions }: Pick<Snapshot['workload'], 'conditions'>): boolean {
  return conditions?.some(({ reason }) => reason === 'ProgressDeadlineExceeded') === true;
}

/** Whether as many pods are Ready as are wanted, although some pod is not, and no rollout has failed. */
export function isServedInFull(snapshot: Snapshot): boolean {
  const { workload } = snapshot;
  if (hasGivenUp(workload)) return false;
  return servesAnyway(snapshot) && (!isReplicated(workload) || workload.ready >= (workload.desired ?? 0));
}

/** An older eviction is history if other pods serve; the pod object may stay for weeks. */
const putOutRecentlyMs = 24 * 60 * 60_000;

/** Pods that the cluster ended recently, or that have not been replaced. */
export function putOutPods(snapshot: Snapshot): readonly Pod[] {
  const now = millisOf(snapshot.takenAt) ?? 0;
  return livePods(snapshot).filter((pod) => {
    if (!wasPutOut(pod)) return false;
    const ends = pod.containers.flatMap(({ terminated }) => millisOf(terminated?.finishedAt) ?? []);
    return !servesAnyway(snapshot) || ends.length === 0 || now - Math.max(...ends) <= putOutRecentlyMs;
  });
}

/** Every container of every pod that counts. A pod that the cluster ended is gone; only its object is left. */
export const seenContainers = perSnapshot((snapshot): readonly Seen[] =>
  livePods(snapshot)
    .filter((pod) => !wasPutOut(pod))
    .flatMap((pod) => pod.containers.map((state) => ({ pod, state }))),
);

/**
 * What the pods report about an image. `failing`: some container waits for it. `runs`: it is on a node. `untried`: no
 * pod got that far. `unseen`: pods could not be read.
 */
export type Use = 'failing' | 'runs' | 'untried' | 'unseen';

/** An image as the pods use it. */
export interface ImageUse {
  readonly use: Use;
  /** The containers that matter: the failing ones, otherwise those that have the image. */
  readonly seen: readonly Seen[];
  /** How many pods use the image in total. */
  readonly podCount: number;
}

/** How the pods use the image of a probe. */
export function useOf(snapshot: Snapshot, probe: ImageProbe): ImageUse {
  const using = containersWith(snapshot, probe.text).filter(({ pod }) => !wasPutOut(pod));
  const podCount = new Set(using.map(({ pod }) => pod.name)).size;
  const failing = using.filter(({ state }) => isPullFailing(state));
  if (failing.length > 0) return { use: 'failing', seen: failing, podCount };
  const present = using.filter(({ state }) => state.imageId !== '' || state.runningSince !== undefined);
  if (present.length > 0) return { use: 'runs', seen: present, podCount };
  return { use: snapshot.pods.known ? 'untried' : 'unseen', seen: [], podCount };
}

/** The question is about an image, not a workload: whether it can be pulled is all that matters. */
export function isImageQuestion({ asked }: Snapshot): boolean {
  return asked !== undefined;
}

/** Names of containers in trouble, each once. */
export const troubledContainers = perSnapshot(
  (snapshot): ReadonlySet<string> =>
    new Set(
      seenContainers(snapshot)
        .filter(({ state }) => isTroubled(state))
        .map(({ state }) => state.name),
    ),
);

/** Nodes by name, per list of nodes: each of a thousand pods looks for its own. */
const nodesByName = new WeakMap<readonly Node[], ReadonlyMap<string, Node>>();

/** The node of a pod, if nodes could be read. */
export function nodeOfPod({ nodes }: Snapshot, pod: Pod): Node | undefined {
  if (!nodes.known || pod.node === undefined) return undefined;
  const byName = nodesByName.get(nodes.value) ?? new Map(nodes.value.map((node) => [node.name, node]));
  nodesByName.set(nodes.value, byName);
  return byName.get(pod.node);
}

/** `pod/web-1`, or `pod/web-1 and 2 more`. */
export function podsText(pods: readonly Pick<Pod, 'name'>[]): string {
  const names = [...new Set(pods.map(({ name }) => name))];
  const [first = ''] = names;
  return names.length <= 1 ? `pod/${first}` : `pod/${first} and ${names.length - 1} more`;
}
