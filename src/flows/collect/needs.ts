import { ownArtifacts } from '../../checks/evidence/artifacts.ts';
import { usualWaitMs } from '../../checks/evidence/patience.ts';
import { rulePull } from '../../checks/evidence/pull.ts';
import { livePods } from '../../checks/evidence/seen.ts';
import { ageMs, millisOf } from '../../checks/evidence/time.ts';
import { movedTag, taggedRunsOf } from '../../checks/staleness/moved-tag.ts';
import { olderTag } from '../../checks/staleness/older-tag.ts';
import { isLive, isPullFailing, isUnwell, wasPutOut } from '../../model/snapshot/pods.ts';
import type { Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { distinct } from '../../model/text/words.ts';

/** What checks use of the namespace besides the workload itself. */
export interface NamespaceNeeds {
  /** The other workloads, for comparisons and similar names. */
  readonly neighbours: boolean;
  /** Names of the objects whose events are needed, or all events of the namespace. */
  readonly events: readonly string[] | 'all';
}

/**
 * What the checks would still use of the namespace, judged from a snapshot that may lack neighbours, events, images and
 * logs: nothing for a healthy workload. May be called again when more is known, and then never needs less. A new use of
 * neighbours or events by a check has to be listed here; a test compares the reports with and without the rest.
 */
export function needsOf(snapshot: Snapshot): NamespaceNeeds {
  try {
    return judge(snapshot);
  } catch {
    // A rule that throws has a bug, which the report shows; until then everything is read.
    return { neighbours: true, events: 'all' };
  }
}

function judge(snapshot: Snapshot): NamespaceNeeds {
  const isPullInQuestion =
    livePods(snapshot).some(({ containers }) => containers.some(isPullFailing)) ||
    snapshot.images.some((probe) => (rulePull(snapshot, probe)?.status ?? 'pass') !== 'pass');
  const told = distinct([...unwellPods(snapshot), ...makers(snapshot), ...podsOfMovedTags(snapshot)]);
  // The names of a CronJob's Jobs without pods are unknown.
  const isUnnamed = snapshot.workload.ref.kind === 'CronJob' && told.length > 0;
  // What else its node pulls shows where a pull hangs.
  const isSlow = livePods(snapshot).some((pod) => isSlowToStart(snapshot, pod));
  return {
    neighbours: isPullInQuestion || handlesArtifacts(snapshot) || isLeftBehind(snapshot),
    // The events of other workloads' pods show whether they cannot pull either.
    events: isPullInQuestion || isUnnamed || isSlow ? 'all' : told,
  };
}

function isSlowToStart(snapshot: Snapshot, { node, createdAt, containers }: Pod): boolean {
  const waits = containers.some(({ waiting }) => waiting?.reason === 'ContainerCreating');
  return waits && node !== undefined && ageMs(snapshot.takenAt, createdAt) > usualWaitMs(snapshot);
}

/** What one workload pushes and another one fetches is compared between them. */
function handlesArtifacts(snapshot: Snapshot): boolean {
  return snapshot.template.containers.some((container) => ownArtifacts(snapshot, container).length > 0);
}

/** Workloads that use the same old tag are listed in the finding. */
function isLeftBehind(snapshot: Snapshot): boolean {
  const compared = snapshot.images.filter(({ candidates }) => candidates.length > 0);
  return compared.some((probe) => [...olderTag(snapshot, probe)].some((conclusion) => 'status' in conclusion));
}

/** Pods with a container that is waiting or in trouble, or was recently. */
function unwellPods(snapshot: Snapshot): readonly string[] {
  const nowMs = millisOf(snapshot.takenAt) ?? 0;
  const isSick = ({ containers }: Pod) =>
    containers.some((state) => state.waiting !== undefined || isUnwell(state, nowMs));
  return namesOf(livePods(snapshot).filter((pod) => !wasPutOut(pod) && isSick(pod)));
}

/** The events of the workload and of its pods' controllers show why pods are not created. */
function makers({ workload, pods, revisions }: Snapshot): readonly string[] {
  if (!pods.known || (workload.desired ?? 0) <= pods.value.filter(isLive).length) return [];
  return [
    workload.ref.name,
    ...(revisions.known ? namesOf(revisions.value) : []),
    ...pods.value.flatMap(({ revision }) => revision ?? []),
  ];
}

/** The pod's events show whether a node pulled the image or used its cached copy. */
function podsOfMovedTags(snapshot: Snapshot): readonly string[] {
  return snapshot.images.flatMap((probe) =>
    probe.containers
      .filter((container) => [...movedTag(snapshot, probe, container)].some(({ status }) => status === 'fail'))
      .flatMap((container) => taggedRunsOf(snapshot, probe, container).flatMap(({ pods }) => namesOf(pods))),
  );
}

function namesOf(named: readonly { readonly name: string }[]): readonly string[] {
  return named.map(({ name }) => name);
}
