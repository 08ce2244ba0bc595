import { type Fact, valueOr } from '../model/fact.ts';
import type { Pod, ProbeAttempt, Revision } from '../model/snapshot.ts';
import type { PodTemplate } from '../model/workload.ts';

/** Seconds by which a pod must be younger than its revision to count as recreated rather than rolled out. */
const recreationGapMs = 60_000;

/** What must be read beyond the digest; a GET costs a pull at a metered registry, so only what a check will use. */
export interface Closer {
  /** Manifest and config: something does not run, or runs another digest than the tag names. */
  readonly content: boolean;
  /** The tags of the repository: the image is missing. */
  readonly tags: boolean;
  /** Newer pushes: pods were recreated and their digest did not change (seed 000). */
  readonly candidates: boolean;
}

/** Decides from what the cluster says and what the registry answered (design section 6). */
export function lookCloser(
  seen: {
    readonly containers: readonly string[];
    readonly attempts: readonly ProbeAttempt[];
    readonly digest: Fact<string>;
    readonly pinned: boolean;
    readonly runningDigests: readonly string[];
    readonly recreated: boolean;
  },
  pods: readonly Pod[],
): Closer {
  const missing = !seen.digest.known && seen.attempts.some(({ outcome }) => outcome.kind === 'not-found');
  const differs = seen.digest.known && seen.runningDigests.some((digest) => digest !== valueOr(seen.digest, digest));
  const troubled = pods.some((pod) =>
    pod.containers.some((state) => seen.containers.includes(state.name) && isTroubled(state)),
  );
  const unscheduled = pods.some((pod) => pod.node === undefined);
  const candidates = seen.recreated && !seen.pinned && seen.digest.known && seen.runningDigests.length > 0;
  return {
    content: seen.digest.known && (differs || troubled || unscheduled || candidates),
    tags: missing,
    candidates,
  };
}

function isTroubled(state: Pod['containers'][number]): boolean {
  const completed = state.terminated?.exitCode === 0;
  return !completed && (!state.ready || state.restartCount > 0);
}

/**
 * Whether somebody restarted the workload without changing this container's image: a restart annotation, a revision with
 * the same image as the one before, or pods clearly younger than their revision.
 */
export function wasRecreated(
  container: string,
  template: PodTemplate,
  revisions: Fact<readonly Revision[]>,
  pods: readonly Pod[],
): boolean {
  if (template.restartedAt !== undefined) return true;
  const [current, before] = valueOr(revisions, []);
  if (current === undefined) return false;
  if (before !== undefined && before.images[container] === current.images[container]) return true;
  const since = Date.parse(current.createdAt);
  return pods.some((pod) => Date.parse(pod.createdAt) - since > recreationGapMs);
}
