import { ownArtifacts } from '../../checks/evidence/artifacts.ts';
import { rulePull } from '../../checks/evidence/pull.ts';
import { livePods } from '../../checks/evidence/seen.ts';
import { millisOf } from '../../checks/evidence/time.ts';
import { movedTag, taggedRunsOf } from '../../checks/staleness/moved-tag.ts';
import { olderTag } from '../../checks/staleness/older-tag.ts';
import { isLive, isPullFailing, isUnwell, wasPutOut } from '../../model/snapshot/pods.ts';
import type { Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { distinct } from '../../model/text/words.ts';

/** What checks use of the namespace beside the workload itself. */
export interface NamespaceNeeds {
  /** The other workloads, for comparisons and near names. */
  readonly neighbours: boolean;
  /** Names of the objects whose events tell something, or those of the whole namespace. */
  readonly events: readonly string[] | 'all';
}

/**
 * What the checks would still use of the namespace, judged from a snapshot that may lack neighbours, events, images and
 * logs: nothing for a workload that is well. It may be asked again when more is known, and then never needs less. What
 * a new check uses of neighbours or events has to be named here; a test compares the reports with and without the rest.
 */
export function needsOf(snapshot: Snapshot): NamespaceNeeds {
  try {
    return judge(snapshot);
  } catch {
    // A rule that throws is a bug, which the report tells; until then nothing is spared.
    return { neighbours: true, events: 'all' };
  }
}

function judge(snapshot: Snapshot): NamespaceNeeds {
  const isPullInQuestion =
    livePods(snapshot).some(({ containers }) => containers.some(isPullFailing)) ||
    snapshot.images.some((probe) => (rulePull(snapshot, probe)?.status ?? 'pass') !== 'pass');
  const told = distinct([...unwellPods(snapshot), ...makers(snapshot), ...podsOfMovedTags(snapshot)]);
  // The Jobs of a CronJob that have no pod are known by no name.
  const isUnnamed = snapshot.workload.ref.kind === 'CronJob' && told.length > 0;
  return {
    neighbours: isPullInQuestion || handlesArtifacts(snapshot) || isLeftBehind(snapshot),
    // Whether others cannot pull either is told by their pods' events.
    events: isPullInQuestion || isUnnamed ? 'all' : told,
  };
}

/** What one workload pushes and another fetches is compared between them. */
function handlesArtifacts(snapshot: Snapshot): boolean {
  return snapshot.template.containers.some((container) => ownArtifacts(snapshot, container).length > 0);
}

/** Workloads that name the same old tag are told. */
function isLeftBehind(snapshot: Snapshot): boolean {
  const compared = snapshot.images.filter(({ candidates }) => candidates.length > 0);
  return compared.some((probe) => [...olderTag(snapshot, probe)].some((conclusion) => 'status' in conclusion));
}

/** Pods with a container that waits, is in trouble, or was lately. */
function unwellPods(snapshot: Snapshot): readonly string[] {
  const nowMs = millisOf(snapshot.takenAt) ?? 0;
  const isSick = ({ containers }: Pod) =>
    containers.some((state) => state.waiting !== undefined || isUnwell(state, nowMs));
  return namesOf(livePods(snapshot).filter((pod) => !wasPutOut(pod) && isSick(pod)));
}

/** Why pods are not made is told by the events of the workload and of what makes its pods. */
function makers({ workload, pods, revisions }: Snapshot): readonly string[] {
  if (!pods.known || (workload.desired ?? 0) <= pods.value.filter(isLive).length) return [];
  return [
    workload.ref.name,
    ...(revisions.known ? namesOf(revisions.value) : []),
    ...pods.value.flatMap(({ revision }) => revision ?? []),
  ];
}

/** Whether a node pulled anew or used its copy is told by the pod's events. */
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
