import type { Progress } from '../../model/finding/report.ts';
import { isPodReady, isStaying, isTroubled } from '../../model/snapshot/pods.ts';
import type { ContainerState, Pod, Snapshot } from '../../model/snapshot/snapshot.ts';
import { counted, cut } from '../../model/text/words.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import { defineCheck } from './check.ts';
import { groupBy } from './grouping.ts';
import { usualPullMs, usualWaitMs } from './patience.ts';
import { openPullOf } from './pulls.ts';
import { hasGivenUp, isImageQuestion, isReplicated, nodeOfPod, podsText } from './seen.ts';
import { ageMs, millisOf, spanText } from './time.ts';

/** One thing that the workload waits for, and how long that is usual. */
export interface Wait extends Progress {
  readonly patienceMs: number;
}

/** What the workload still waits for within the usual time: empty if it is Ready, or if waiting no longer helps. */
export function progressOf(snapshot: Snapshot): readonly Progress[] {
  return waitsOf(snapshot)
    .filter((wait) => !isOverdue(snapshot, wait))
    .map(({ patienceMs: _patienceMs, ...progress }) => progress);
}

/**
 * Pods that are not Ready for longer than usual although no check finds anything wrong with them: never healthy. Runs
 * only if the checks found nothing.
 */
export const unexplained = defineCheck({
  id: 'not-ready',
  *run(snapshot) {
    const { workload, takenAt } = snapshot;
    for (const wait of waitsOf(snapshot)) {
      if (!isOverdue(snapshot, wait)) continue;
      yield {
        status: hasGivenUp(workload) ? 'fail' : 'unknown',
        cause: 'unknown',
        confidence: 'possible',
        title: `${formatWorkload(workload.ref)} has been waiting for ${spanText(ageMs(takenAt, wait.since))} for ${wait.waitsFor}`,
        evidence: [
          {
            source: 'spec',
            subject: formatWorkload(workload.ref),
            observed: `${workload.ready} of ${workload.desired ?? 0} pods Ready`,
          },
        ],
        conclusion: 'Nothing that was read says why; the images are not known to be the problem.',
        next: `Look at the pods and their events: kubectl describe ${formatWorkload(workload.ref)} -n ${workload.ref.namespace}`,
      };
    }
  },
});

/** Whether it has been waited for longer than usual, or Kubernetes itself has given up. */
function isOverdue({ takenAt, workload }: Snapshot, { since, patienceMs }: Wait): boolean {
  return hasGivenUp(workload) || ageMs(takenAt, since) > patienceMs;
}

/**
 * Everything between the workload and Ready. The pods tell most; only if all of them are Ready, or there are too few,
 * the controller’s counts tell what is missing.
 */
export function waitsOf(snapshot: Snapshot): readonly Wait[] {
  const { pods, workload } = snapshot;
  if (!pods.known || isImageQuestion(snapshot)) return [];
  const staying = pods.value.filter(isStaying);
  const waiting = staying.filter((pod) => nodeOfPod(snapshot, pod)?.ready !== false && !isDone(snapshot, pod));
  const waits = waiting.map((pod) => ({ pod, ...waitOf(snapshot, pod) }));
  if (waits.length === 0) return isReplicated(workload) ? rolloutWaits(snapshot, staying.length) : [];
  return groupBy(waits, ({ what }) => what).map((group) => {
    const [{ what, since: first, patienceMs }] = group;
    const since = group.flatMap((one) => one.since ?? []).toSorted()[0] ?? first;
    const waitsFor = `${podsText(group.map(({ pod }) => pod))}, ${group.length === 1 ? 'which is' : 'which are'} ${what}`;
    return { waitsFor, ...(since === undefined ? {} : { since }), patienceMs };
  });
}

/** A pod of a Job need not be Ready, only running. */
function isDone({ workload: { ref } }: Snapshot, pod: Pod): boolean {
  if (isPodReady(pod)) return true;
  if (ref.kind !== 'Job' && ref.kind !== 'CronJob') return false;
  const main = pod.containers.filter(({ type }) => type === 'main');
  return (
    main.length > 0 && main.every(({ waiting, runningSince }) => waiting === undefined && runningSince !== undefined)
  );
}

interface PodWait {
  /** Follows `is` or `are`. */
  readonly what: string;
  readonly since?: string;
  readonly patienceMs: number;
}

function waitOf(snapshot: Snapshot, pod: Pod): PodWait {
  const usual = usualWaitMs(snapshot);
  const notReady = pod.conditions.find(({ type }) => type === 'Ready');
  const created = { since: pod.createdAt, patienceMs: usual };
  if (pod.node === undefined) return { what: 'waiting for a node', ...created };
  const pull = openPullOf(snapshot, pod);
  const state = pod.containers.find(isHolding);
  if (state?.waiting !== undefined && pull !== undefined && !isTroubled(state)) {
    const patience = usualPullMs(snapshot, pod, pull.image);
    return { what: `pulling ${cut(pull.image, 120)}`, since: pull.since, patienceMs: patience };
  }
  if (state === undefined) {
    const message = notReady?.reason === 'ReadinessGatesNotReady' ? (notReady.message ?? '') : '';
    const what = message === '' ? 'running and not Ready yet' : `held by a readiness gate: ${cut(message, 160)}`;
    return { what, ...sinceOf(notReady?.since ?? pod.createdAt), patienceMs: usual };
  }
  const { name, type, runningSince, waiting } = state;
  if (runningSince === undefined) {
    const what = isTroubled(state) ? `not running (container ${name}: ${waiting?.reason ?? 'ended'})` : 'being created';
    return { what, ...created };
  }
  const what = type === 'init' ? `running its init container ${name}` : `starting (container ${name} is not ready yet)`;
  return { what, since: later(runningSince, notReady?.since), patienceMs: usualWaitMs(snapshot, name) };
}

/** The first container that keeps its pod from being Ready. An init container that restarts always is a sidecar. */
function isHolding({ type, terminated, ready }: ContainerState): boolean {
  if (type === 'ephemeral' || type === 'volume') return false;
  return type === 'init' ? !ready && terminated?.exitCode !== 0 : !ready;
}

/** The rollout of a workload whose pods are all Ready, or whose pods are too few. */
function rolloutWaits(snapshot: Snapshot, pods: number): readonly Wait[] {
  const { workload } = snapshot;
  const { rollout, desired = 0, updateStrategy, paused } = workload;
  const wait = (waitsFor: string): readonly Wait[] => [
    { waitsFor, since: lastStepAt(snapshot), patienceMs: usualWaitMs(snapshot) },
  ];
  if (rollout?.isSeen === false) return wait('the controller, which has not seen the latest change yet');
  if (pods < desired)
    return wait(`${counted(desired - pods, 'pod')} that ${desired - pods === 1 ? 'does' : 'do'} not exist yet`);
  // A snapshot of an earlier release has no counts.
  if (rollout === undefined) return uncounted(workload, wait);
  // What is paused, kept by a partition or replaced by hand stays as it is on purpose.
  const wanted = paused || updateStrategy === 'OnDelete' ? 0 : Math.max(0, desired - (rollout.partition ?? 0));
  if (rollout.updated < wanted) return wait(`the rollout: ${rollout.updated} of ${counted(wanted, 'pod')} are updated`);
  if (wanted === desired && rollout.pods > rollout.updated) {
    return wait(`${counted(rollout.pods - rollout.updated, 'old pod')} to end`);
  }
  if (rollout.available < desired && (rollout.minReadySeconds ?? 0) > 0) {
    return wait(`pods to stay Ready for ${rollout.minReadySeconds ?? 0} s (${rollout.available} of ${desired} have)`);
  }
  return uncounted(workload, wait);
}

/** Pods that are Ready by their own condition, but not yet for their controller. */
function uncounted(
  { ready, desired = 0 }: Snapshot['workload'],
  wait: (waitsFor: string) => readonly Wait[],
): readonly Wait[] {
  const left = desired - ready;
  return left > 0 ? wait(`${counted(left, 'pod')} that the controller does not count as Ready yet`) : [];
}

/** When a rollout last moved: a revision, a pod or a condition changed. */
function lastStepAt({ workload, revisions, pods }: Snapshot): string {
  const times = [
    workload.createdAt,
    ...(revisions.known ? revisions.value.slice(0, 1).map(({ createdAt }) => createdAt) : []),
    ...(pods.known ? pods.value.flatMap(({ createdAt, deletedAt }) => [createdAt, deletedAt ?? '']) : []),
    ...(workload.conditions ?? []).map(({ since = '' }) => since),
  ];
  return times.reduce(later, '');
}

function later(left: string, right: string | undefined): string {
  return right !== undefined && (millisOf(right) ?? 0) > (millisOf(left) ?? 0) ? right : left;
}

function sinceOf(since: string): { readonly since?: string } {
  return since === '' ? {} : { since };
}
