import { millisOf } from '../../checks/evidence/time.ts';
import { isLive, isUnwell } from '../../model/snapshot/pods.ts';
import type { ContainerState, Pod, Revision } from '../../model/snapshot/snapshot.ts';
import { type Fact, valueOr } from '../../model/values/fact.ts';
import type { Workload } from '../../model/workload/workload.ts';

/** Pods and revisions that are younger than the request by less than this were not created by it. */
const rolloutMs = 60_000;
/** Images usually arrive sooner. */
const slowMs = 5 * 60_000;

/**
 * What must be read beyond the digest. A GET costs a pull at a metered registry, so only what a check will use is read.
 */
export interface Closer {
  /**
   * Manifest and config: a container is not running, was never started, or runs a different digest from the one the tag
   * names.
   */
  readonly content: boolean;
  /** The tags of the repository: the image is missing. */
  readonly tags: boolean;
  /** Newer pushes: pods were recreated and their digest did not change. */
  readonly candidates: boolean;
}

/** How one image is used, and what its registry answered. */
export interface ImageSeen {
  /** As the pods write it. */
  readonly text: string;
  readonly pinned: boolean;
  readonly digest: Fact<string>;
  /** At least one identity was told that the image does not exist. */
  readonly absent: boolean;
  readonly runningDigests: readonly string[];
  readonly recreated: boolean;
}

/**
 * Decides from the cluster's facts and the registry's answers (docs/how-it-decides.md#what-is-read-and-what-is-not).
 */
export function lookCloser(seen: ImageSeen, pods: readonly Pod[], nowMs: number): Closer {
  const candidates = seen.digest.known && isComparable(seen);
  return {
    content: seen.digest.known && (candidates || differs(seen) || isWorthReading(seen.text, pods, nowMs)),
    tags: !seen.digest.known && seen.absent,
    candidates,
  };
}

/** Whether newer pushes of the repository could be what was intended. A digest is intended exactly as it is. */
export function isComparable({
  pinned,
  recreated,
  runningDigests,
}: Pick<ImageSeen, 'pinned' | 'recreated' | 'runningDigests'>): boolean {
  return recreated && !pinned && runningDigests.length > 0;
}

/** The node itself verified a pinned digest, whatever name CRI-O reports for it. */
function differs({ digest, pinned, runningDigests }: ImageSeen): boolean {
  return !pinned && digest.known && runningDigests.some((running) => running !== digest.value);
}

/** A container is not working, waits for a node, or its image was never started: the platform may explain why. */
function isWorthReading(text: string, pods: readonly Pod[], nowMs: number): boolean {
  let started = false;
  for (const pod of pods) {
    for (const state of pod.containers) {
      if (state.image !== text) continue;
      if (hasStarted(state)) started = true;
      if (isLive(pod) && (pod.node === undefined || isUnwell(state, nowMs) || isSlow(pod, state, nowMs))) return true;
    }
  }
  return !started;
}

/** Whether a container has waited for so long that the size of its image matters. */
function isSlow({ createdAt }: Pod, { waiting }: ContainerState, nowMs: number): boolean {
  return waiting?.reason === 'ContainerCreating' && nowMs - (millisOf(createdAt) ?? nowMs) > slowMs;
}

/** Whether a container got as far as having its image. */
function hasStarted(state: ContainerState): boolean {
  return state.imageId !== '' || (state.runningSince ?? state.terminated ?? state.lastTerminated) !== undefined;
}

const replicated: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/**
 * Whether pods were recreated while this container's image stayed the same: by a restart, another change of the
 * template, or deleting all pods. A version that was just set is a rollout, and one additional pod is an autoscaler.
 */
export function wasRecreated(
  container: string,
  { ref, template }: Pick<Workload, 'ref' | 'template'>,
  revisions: Fact<readonly Revision[]>,
  pods: readonly Pod[],
): boolean {
  if (!replicated.has(ref.kind)) return false;
  const [newest, ...older] = valueOr(revisions, []);
  if (newest === undefined) return template.restartedAt !== undefined;
  const image = imageOf(newest, container);
  const [before] = older;
  if (before !== undefined && imageOf(before, container) === image) return true;
  const madeMs = millisOf(newest.createdAt) ?? Number.POSITIVE_INFINITY;
  const askedMs = millisOf(template.restartedAt);
  // Older revisions are gone: the restart created the newest one, and what else it changed is unknown.
  if (before === undefined && askedMs !== undefined && Math.abs(madeMs - askedMs) <= rolloutMs) return true;
  const own = pods.filter(
    (pod) => isLive(pod) && pod.revision === newest.name && pod.containers.some(({ name }) => name === container),
  );
  return own.length > 0 && own.every((pod) => (millisOf(pod.createdAt) ?? 0) - madeMs > rolloutMs);
}

/** A container may be called `constructor`. */
function imageOf({ images }: Revision, container: string): string | undefined {
  return Object.hasOwn(images, container) ? images[container] : undefined;
}
