import type { Moment } from '../../model/finding/finding.ts';
import type { Pod, Revision, Snapshot } from '../../model/snapshot/snapshot.ts';
import { counted, cut } from '../../model/text/words.ts';
import { valueAt } from '../evidence/lookup.ts';
import { isCurrent } from '../evidence/rewritten.ts';
import { containersWith, type Seen } from '../evidence/seen.ts';
import { millisOf } from '../evidence/time.ts';

/** Pods this much younger than their revision were recreated rather than rolled out. */
const rolloutMs = 60_000;

/** How the pods came to be recreated while the container's image stayed the same. */
export interface Restart {
  /**
   * `restart`: someone restarted the workload. `recreation`: pods were deleted. `rollout`: another part of the
   * template changed.
   */
  readonly how: 'restart' | 'recreation' | 'rollout';
  readonly atMs: number;
}

/** When the template began to name the current image, as far back as the revisions go. */
export interface Naming {
  readonly sinceMs: number;
  /** The remaining revisions do not show the change, so it happened then or earlier. */
  readonly orEarlier: boolean;
}

/** Since when the template has named its current image; undefined if no revision shows it. */
export function namingOf({ revisions, workload }: Snapshot, container: string): Naming | undefined {
  if (!revisions.known) return undefined;
  const [newest] = revisions.value;
  const image = newest === undefined ? undefined : valueAt(newest.images, container);
  if (newest === undefined || image === undefined) return undefined;
  const changed = revisions.value.findIndex((revision) => valueAt(revision.images, container) !== image);
  const before = changed < 0 ? undefined : revisions.value[changed];
  const first = changed < 0 ? revisions.value.at(-1) : revisions.value[changed - 1];
  const firstMs = millisOf(first?.createdAt);
  const createdMs = millisOf(workload.createdAt);
  if (firstMs === undefined) return undefined;
  if (before !== undefined) {
    // A rollback reuses an old ReplicaSet: the choice of image is as recent as the revision it replaced.
    return { sinceMs: Math.max(firstMs, millisOf(before.createdAt) ?? firstMs), orEarlier: false };
  }
  return { sinceMs: firstMs, orEarlier: createdMs === undefined || createdMs < firstMs - rolloutMs };
}

/** The container with this image, as far as pods of the current revision run it. */
export function currentSeen(snapshot: Snapshot, container: string, image: string): readonly Seen[] {
  return containersWith(snapshot, image).filter(
    ({ state, pod }) => state.name === container && state.imageId !== '' && isCurrent(snapshot, pod) !== false,
  );
}

/** Their pods. */
export function currentPods(snapshot: Snapshot, container: string, image: string): readonly Pod[] {
  return currentSeen(snapshot, container, image).map(({ pod }) => pod);
}

/** The latest restart or recreation that replaced all the given pods; undefined if some pod is older than `afterMs`. */
export function restartAfter(snapshot: Snapshot, pods: readonly Pod[], afterMs: number): Restart | undefined {
  const created = pods.flatMap((pod) => millisOf(pod.createdAt) ?? []);
  if (created.length === 0 || created.length < pods.length) return undefined;
  const earliest = created.reduce((least, ms) => Math.min(least, ms), Infinity);
  if (earliest < afterMs) return undefined;
  const asked = millisOf(snapshot.template.restartedAt);
  if (asked !== undefined && asked >= afterMs && asked <= earliest + rolloutMs) return { how: 'restart', atMs: asked };
  const [newest] = snapshot.revisions.known ? snapshot.revisions.value : [];
  const revisionMs = millisOf(newest?.createdAt);
  if (revisionMs !== undefined && revisionMs >= afterMs && earliest <= revisionMs + rolloutMs) {
    return { how: 'rollout', atMs: revisionMs };
  }
  return { how: 'recreation', atMs: earliest };
}

/** Template changes and their authors, restarts, and recreations of pods, for a timeline. */
export function historyMoments(
  snapshot: Snapshot,
  container: string,
  pods: readonly Pod[],
  digestText: string,
): readonly Moment[] {
  const revisions = snapshot.revisions.known ? snapshot.revisions.value.slice(0, 6) : [];
  // Oldest first: two changes within a second keep their order.
  const changes = revisions
    .flatMap((revision, index) => changeMoment(revision, revisions[index + 1], container))
    .reverse();
  const created = pods.map(({ createdAt }) => createdAt).sort((a, b) => (millisOf(a) ?? 0) - (millisOf(b) ?? 0));
  const [first] = created;
  return first === undefined
    ? changes
    : [...changes, { at: first, what: `${counted(pods.length, 'pod')} created${digestText}` }];
}

function changeMoment(revision: Revision, before: Revision | undefined, container: string): readonly Moment[] {
  const by = revision.by === undefined ? '' : ` by ${cut(revision.by, 60)}`;
  if (revision.restartedAt !== undefined && revision.restartedAt !== before?.restartedAt) {
    return [{ at: revision.restartedAt, what: `rollout restart${by}` }];
  }
  const image = valueAt(revision.images, container);
  if (image === undefined) return [];
  if (before === undefined) return [{ at: revision.createdAt, what: `template named ${cut(image, 100)}${by}` }];
  return valueAt(before.images, container) === image
    ? [{ at: revision.createdAt, what: `template changed${by}, not the image` }]
    : [{ at: revision.createdAt, what: `template set to ${cut(image, 100)}${by}` }];
}

/** Moments in chronological order; those without a readable time are left out. */
export function inTimeOrder(moments: readonly Moment[]): Moment[] {
  return moments
    .filter(({ at }) => millisOf(at) !== undefined)
    .sort((a, b) => (millisOf(a.at) ?? 0) - (millisOf(b.at) ?? 0));
}
