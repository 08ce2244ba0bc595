import { type Fields, fields, type KubeObject, number, text } from '../objects/object.ts';
import type { ControllerContext } from './controller.ts';
import { allowance, replicasOf } from './deployment-strategy.ts';

const desiredKey = 'deployment.kubernetes.io/desired-replicas';
const maxKey = 'deployment.kubernetes.io/max-replicas';

/** The `spec.replicas` for which a ReplicaSet was last scaled, and the number of pods that allows. */
export function replicasAnnotations(deployment: KubeObject): Readonly<Record<string, string>> {
  return { [desiredKey]: String(replicasOf(deployment)), [maxKey]: String(mostReplicas(deployment)) };
}

/** Whether its annotations match the Deployment's current replicas. */
export function isMadeFor({ metadata }: KubeObject, deployment: KubeObject): boolean {
  return Object.entries(replicasAnnotations(deployment)).every(([key, value]) => metadata.annotations?.[key] === value);
}

/** The ReplicaSet with this many replicas, annotated for the Deployment's current spec. */
export function scaled(replicaSet: KubeObject, deployment: KubeObject, replicas: number): KubeObject {
  const { metadata } = replicaSet;
  const spec: Fields = { ...fields(replicaSet, 'spec'), replicas };
  const annotations = { ...metadata.annotations, ...replicasAnnotations(deployment) };
  return { ...replicaSet, metadata: { ...metadata, annotations }, spec };
}

/** Whether `spec.replicas` changed since a ReplicaSet with pods was scaled (`isScalingEvent` of the real controller). */
export function isScalingEvent(deployment: KubeObject, replicaSets: readonly KubeObject[]): boolean {
  return replicaSets.some((replicaSet) => {
    const desired = replicaSet.metadata.annotations?.[desiredKey];
    return replicasOf(replicaSet) > 0 && desired !== undefined && Number(desired) !== replicasOf(deployment);
  });
}

type ScaleTo = (
  context: ControllerContext,
  deployment: KubeObject,
  replicaSet: KubeObject,
  replicas: number,
) => KubeObject;

/**
 * Scales existing ReplicaSets, as the real controller's `scale` does when `spec.replicas` changes and while paused: a
 * single ReplicaSet with pods takes all; several share proportionally, so that scaling makes a rollout neither faster
 * nor slower.
 */
export function scaleAll(
  { context, deployment, scaleTo }: { context: ControllerContext; deployment: KubeObject; scaleTo: ScaleTo },
  current: KubeObject | undefined,
  old: readonly KubeObject[],
): void {
  const known = current === undefined ? old : [...old, current];
  const active = known.filter((replicaSet) => replicasOf(replicaSet) > 0);
  const wanted = replicasOf(deployment);
  const scale = (replicaSet: KubeObject, replicas: number) => scaleTo(context, deployment, replicaSet, replicas);
  if (active.length <= 1) {
    const only = active[0] ?? current ?? old.at(-1);
    if (only !== undefined) scale(only, wanted);
  } else if (current !== undefined && isSaturated(current, deployment)) {
    for (const replicaSet of old.filter((one) => replicasOf(one) > 0)) scale(replicaSet, 0);
  } else if (text(deployment, 'spec', 'strategy', 'type') !== 'Recreate') {
    for (const [replicaSet, replicas] of proportions(deployment, active)) scale(replicaSet, replicas);
  }
}

function isSaturated(current: KubeObject, deployment: KubeObject): boolean {
  const wanted = replicasOf(deployment);
  const available = number(current, 'status', 'availableReplicas') ?? 0;
  const desired = Number(current.metadata.annotations?.[desiredKey] ?? Number.NaN);
  return replicasOf(current) === wanted && desired === wanted && available === wanted;
}

/** Each active ReplicaSet with its share of the pods to add or remove; the largest gets the remainder. */
function proportions(
  deployment: KubeObject,
  active: readonly KubeObject[],
): readonly (readonly [KubeObject, number])[] {
  const allowed = replicasOf(deployment) > 0 ? mostReplicas(deployment) : 0;
  const toAdd = allowed - active.reduce((sum, replicaSet) => sum + replicasOf(replicaSet), 0);
  let added = 0;
  const parts = [...active].sort(largestFirst(toAdd)).map((replicaSet) => {
    const part = partOf(replicaSet, deployment, toAdd, toAdd - added);
    added += part;
    return [replicaSet, replicasOf(replicaSet) + part] as const;
  });
  return parts.map(([replicaSet, replicas], index) => [
    replicaSet,
    index === 0 ? Math.max(0, replicas + toAdd - added) : replicas,
  ]);
}

/** At equal size, the newer grows first and the older shrinks first. */
function largestFirst(toAdd: number): (left: KubeObject, right: KubeObject) => number {
  return (left, right) => {
    const older = left.metadata.creationTimestamp.localeCompare(right.metadata.creationTimestamp);
    return replicasOf(right) - replicasOf(left) || (toAdd > 0 ? -older : older);
  };
}

function partOf(replicaSet: KubeObject, deployment: KubeObject, toAdd: number, left: number): number {
  if (toAdd === 0 || left === 0) return 0;
  const size = replicasOf(replicaSet);
  if (replicasOf(deployment) === 0) return Math.max(-size, left);
  const before =
    Number(replicaSet.metadata.annotations?.[maxKey] ?? 0) || (number(deployment, 'status', 'replicas') ?? 0);
  const part = before === 0 ? 0 : Math.round((size * mostReplicas(deployment)) / before) - size;
  return toAdd > 0 ? Math.min(part, left) : Math.max(part, left);
}

function mostReplicas(deployment: KubeObject): number {
  return replicasOf(deployment) + surgeOf(deployment);
}

/** A Deployment with the Recreate strategy has no surge. */
function surgeOf(deployment: KubeObject): number {
  const recreates = text(deployment, 'spec', 'strategy', 'type') === 'Recreate';
  return recreates ? 0 : allowance(deployment, 'maxSurge', Math.ceil);
}
