import type { Rollout } from '../../model/change/rollout.ts';
import { isPodReady } from '../../model/snapshot/pods.ts';
import type { Pod } from '../../model/snapshot/snapshot.ts';
import { formatWorkload, type Workload } from '../../model/workload/workload.ts';
import type { Applied, Applying, ClusterWriter } from '../../ports/changes.ts';
import { core, workloadResources } from '../read/kinds.ts';
import { WorkloadObject } from '../read/objects.ts';
import { podsOf } from '../read/pods-of-workload.ts';
import { type ClusterSource, getObject } from '../read/read.ts';
import { rolloutOf } from '../read/rollout.ts';
import { workloadOf } from '../read/workloads.ts';
import { deleteObject, endOf, pause } from './guarded-write.ts';
import { textDiff } from './object-diff.ts';
import type { Written } from './write-answer.ts';

type DeletePods = Parameters<ClusterWriter['deletePods']>[0];

/** Requests in parallel. */
const atOnce = 5;

/**
 * Deletes the pods of a workload that are older than a given time, each by its uid, a few requests in parallel. Nothing
 * else paces it: it does not wait for budgets and readiness, which the plan has to say. A pod that is gone or was
 * recreated under its name is not a failure.
 */
export async function removePods(source: ClusterSource, operation: DeletePods, how: Applying): Promise<Applied> {
  const { workload: target, createdBefore } = operation;
  if (target.kind === 'Pod')
    return { kind: 'refused', message: 'a bare pod would not come back, so it is not deleted' };
  const where = { resource: workloadResources[target.kind], namespace: target.namespace, name: target.name };
  const found = await getObject(source, where, WorkloadObject, how);
  const what = formatWorkload(target);
  if (found.kind === 'absent') return { kind: 'absent', what: `${what} does not exist` };
  if (found.kind === 'unknown') return unread(found);
  if (found.value.metadata.uid !== target.uid) {
    return { kind: 'conflict', what: `${what} was deleted and recreated since` };
  }
  const workload = workloadOf(target, found.value, { owners: [] });
  const rollout = await rolloutSeen(source, workload, how);
  if ('kind' in rollout) return rollout;
  const pods = await podsOf(source, workload, how);
  if (!pods.known) return unread(pods);
  const isInTheWay = operation.onlyNotReady === true;
  const old = isInTheWay ? podsInTheWay(pods.value, rollout, how) : podsToDelete(pods.value, createdBefore);
  if (old.length === 0) return { kind: 'already', marked: false };
  return summaryOf(what, await deleteAll(source, target.namespace, old, how));
}

/** Pods created before the given time that are not being deleted. Pure. */
export function podsToDelete(pods: readonly Pod[], createdBefore: string): readonly Pod[] {
  const before = Date.parse(createdBefore);
  return pods.filter(({ createdAt, deletedAt }) => deletedAt === undefined && Date.parse(createdAt) < before);
}

/** How often the controller is asked whether it has seen the template, and how long to wait in between. */
const looks = { most: 20, everyMs: 200 } as const;

/**
 * The rollout once the controller knows the current template: a pod that is deleted earlier is recreated from the
 * previous one.
 */
async function rolloutSeen(source: ClusterSource, workload: Workload, how: Applying): Promise<Rollout | Applied> {
  for (let look = 1; ; look += 1) {
    const found = await rolloutOf(source, workload, how);
    if (found.kind === 'absent') return { kind: 'absent', what: `${formatWorkload(workload.ref)} does not exist` };
    if (found.kind === 'unknown') return unread(found);
    if (how.dryRun || found.value.observedGeneration >= found.value.generation) return found.value;
    if (look < looks.most && (await pause(looks.everyMs, how))) continue;
    const why = `the controller of ${formatWorkload(workload.ref)} has not looked at the change yet`;
    return { kind: 'unknown', why, maybeDone: false };
  }
}

/** Pods that an ordered StatefulSet waits for in vain. In a dry run the template is still the previous one. Pure. */
export function podsInTheWay(
  pods: readonly Pod[],
  { revision, partition }: Pick<Rollout, 'revision' | 'partition'>,
  { dryRun }: Pick<Applying, 'dryRun'>,
): readonly Pod[] {
  return pods.filter((pod) => {
    const ordinal = Number(/-(\d+)$/.exec(pod.name)?.[1] ?? -1);
    const isOld = dryRun || pod.revision !== revision;
    return pod.deletedAt === undefined && isOld && ordinal >= partition && !isPodReady(pod);
  });
}

function unread({ why, missingRight }: { readonly why: string; readonly missingRight?: string }): Applied {
  return missingRight === undefined ? { kind: 'unknown', why, maybeDone: false } : { kind: 'forbidden', missingRight };
}

interface Deleted {
  readonly name: string;
  readonly written: Written;
}

async function deleteAll(
  source: ClusterSource,
  namespace: string,
  pods: readonly Pod[],
  how: Applying,
): Promise<readonly Deleted[]> {
  const results: Deleted[] = [];
  const waiting = [...pods];
  const work = async (): Promise<void> => {
    for (let pod = waiting.shift(); pod !== undefined; pod = waiting.shift()) {
      const written = await deleteObject(
        source,
        { resource: core('pods'), namespace, name: pod.name },
        { uid: pod.uid },
        how,
      );
      results.push({ name: pod.name, written });
      // Each of them would get the same refusal.
      if (written.kind === 'forbidden' || written.kind === 'refused') waiting.length = 0;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, pods.length) }, work));
  return results;
}

function summaryOf(what: string, deleted: readonly Deleted[]): Applied {
  const isGone = ({ written }: Deleted): boolean => ['done', 'absent', 'stale'].includes(written.kind);
  const gone = deleted.filter(isGone).map(({ name }) => name);
  const failed = deleted.find((each) => !isGone(each));
  if (failed !== undefined && failed.written.kind !== 'done') {
    const end = endOf(failed.written, { resource: core('pods'), namespace: '', name: failed.name });
    if (gone.length === 0) return end;
    const why = end.kind === 'unknown' ? end.why : end.kind === 'refused' ? end.message : end.kind;
    return {
      kind: 'unknown',
      why: `${gone.length} pods were deleted, pod/${failed.name} was not: ${why}`,
      maybeDone: true,
    };
  }
  const lines = [...gone]
    .sort()
    .map((name) => `pod/${name}\n`)
    .join('');
  const before = `pods: ${[...gone].sort().join(', ')}`.slice(0, 2_000);
  return { kind: 'applied', diff: textDiff(`pods of ${what}`, lines, ''), before, after: 'pods: recreated' };
}
