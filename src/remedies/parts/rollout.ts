import type { Rollout } from '../../model/change/rollout.ts';
import { counted, cut, listed } from '../../model/text/words.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import { notReadyPods } from '../../operations/delete-pods.ts';
import type { RemedyWorld } from './remedy.ts';

type Seen = Pick<RemedyWorld, 'snapshot' | 'rollout' | 'budgets'>;

/**
 * How a changed template reaches pods. `rolls`: the controller replaces them. `by-deletion`: OnDelete waits for someone
 * to delete them. `next-run`: a CronJob's later pods. `in-place`: a bare pod restarts its container. `never`: a Job.
 */
export type PodReplacement = 'rolls' | 'by-deletion' | 'next-run' | 'in-place' | 'never';

/** How the workload gets new pods. */
export function replacingOf({ snapshot: { workload }, rollout }: Pick<Seen, 'snapshot' | 'rollout'>): PodReplacement {
  const { kind } = workload.ref;
  if (kind === 'Pod') return 'in-place';
  if (kind === 'Job') return 'never';
  if (kind === 'CronJob') return 'next-run';
  const strategy = rollout.kind === 'found' ? rollout.value.strategy : workload.updateStrategy;
  return strategy === 'OnDelete' ? 'by-deletion' : 'rolls';
}

/** A StatefulSet whose controller waits for every pod to be Ready before it replaces one. */
export function waitsInOrder(world: Pick<Seen, 'snapshot' | 'rollout'>): boolean {
  return replacingOf(world) === 'rolls' && world.rollout.kind === 'found' && world.rollout.value.ordered === true;
}

/** What a change of the template costs: which pods restart, how many at a time, what makes it slow. */
export function rolloutEffects(world: Seen): readonly string[] {
  const replacing = replacingOf(world);
  if (replacing === 'in-place') return ['The container restarts in place; the pod stays.'];
  if (replacing === 'next-run') return ['Counts from the next run on; a run under way is not touched.'];
  if (replacing === 'never') return [];
  const { rollout } = world;
  if (rollout.kind !== 'found') {
    const why = rollout.kind === 'unknown' ? rollout.why : 'its object does not exist';
    return [`The pods restart; how many at a time could not be read (${cut(why, 120)}).`, ...budgetEffects(world)];
  }
  return [
    restartText(world, rollout.value),
    ...(replacing === 'rolls' ? slowness(rollout.value) : []),
    ...orderEffects(world),
    ...budgetEffects(world),
  ];
}

function restartText(world: Seen, rollout: Rollout): string {
  const { kind } = world.snapshot.workload.ref;
  const { desired, strategy, maxUnavailable, maxSurge } = rollout;
  if (desired === 0) return 'The workload is scaled to 0 replicas, so no pod restarts.';
  const pods = desired === 1 ? '1 pod restarts' : `${desired} pods restart`;
  if (strategy === 'OnDelete') return `${pods}: all are deleted at once, and the controller makes new ones.`;
  if (strategy === 'Recreate') return `${pods}, all at once: the workload is down until the new ones are ready.`;
  const atOnce = Math.max(1, kind === 'Deployment' ? maxUnavailable + maxSurge : Math.max(maxUnavailable, maxSurge));
  const pace = desired === 1 ? '' : atOnce === 1 ? ', one at a time' : `, up to ${Math.min(atOnce, desired)} at a time`;
  const surge = maxSurge === 0 ? '' : `; needs capacity for ${counted(maxSurge, 'extra pod')} during the rollout`;
  const gap = desired === 1 && maxSurge === 0 ? '; it is briefly unavailable' : '';
  return `${pods}${pace}${surge}${gap}.`;
}

function slowness({ minReadySeconds, partition, desired, progressDeadlineSeconds }: Rollout): readonly string[] {
  return [
    ...(minReadySeconds > 0 ? [`Each new pod has to be ready for ${minReadySeconds} s before the next one.`] : []),
    ...(partition > 0
      ? [
          `Partition ${partition}: the ${counted(Math.min(partition, desired), 'pod')} below that ordinal keep what they run.`,
        ]
      : []),
    ...(progressDeadlineSeconds === undefined
      ? []
      : [`The rollout fails if it makes no progress for ${deadlineText(progressDeadlineSeconds)}.`]),
  ];
}

/** `10 minutes`; seconds if it isn't a whole number of minutes. */
function deadlineText(seconds: number): string {
  return seconds % 60 === 0 ? counted(seconds / 60, 'minute') : `${seconds} s`;
}

/** What deleting pods that are not Ready costs, if the template alone would not reach them. */
function orderEffects(world: Seen): readonly string[] {
  if (!waitsInOrder(world)) return [];
  const names = notReadyPods(world.snapshot);
  const now = names.length === 0 ? 'none now' : `now ${listed(names)}`;
  return [
    `Pods that are not Ready (${now}) are deleted: a StatefulSet that goes in order waits for them and replaces none.`,
  ];
}

/**
 * Rollouts and deletions ignore budgets; only evictions (drains) respect them. But budgets show how little room is
 * left.
 */
function budgetEffects({ budgets }: Seen): readonly string[] {
  if (!budgets.known || budgets.value.length === 0) return [];
  const list = budgets.value.map(
    ({ name, disruptionsAllowed }) => `${cut(name, 80)} (allows ${counted(disruptionsAllowed, 'disruption')} now)`,
  );
  return [
    `PodDisruptionBudget ${listed(list)}: restarts like this ignore it, but node drains have to wait for it in the meantime.`,
  ];
}

/** What keeps a change of the template from reaching the pods, or from lasting. */
export function rolloutWarnings({ snapshot: { workload }, rollout }: Seen): readonly string[] {
  const { owners, ownersUnread, ref } = workload;
  const paused = rollout.kind === 'found' ? rollout.value.paused : workload.paused;
  const name = formatWorkload(ref);
  return [
    ...(paused && ref.kind === 'Deployment'
      ? [
          `The rollout is paused: no pod restarts until it is resumed (kubectl -n ${ref.namespace} rollout resume ${name}).`,
        ]
      : []),
    ...(paused && ref.kind === 'CronJob'
      ? ['The CronJob is suspended: there is no next run until it is resumed.']
      : []),
    ...owners
      .slice(0, 1)
      .map(
        (owner) => `${owner.kind}/${owner.name} owns ${name} and may change it back; the lasting change belongs there.`,
      ),
    ...(ownersUnread === undefined
      ? []
      : [`What owns ${name} could not be read (${cut(ownersUnread.why, 100)}); it may change it back.`]),
  ];
}
