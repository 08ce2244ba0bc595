import { type Fields, fields, type KubeObject, number, records, text, timestamp } from '../objects/object.ts';
import { type Again, type ControllerContext, writeStatus } from './controller.ts';
import { allowance } from './deployment-strategy.ts';
import { controllerManager } from './pod-template.ts';

/**
 * Writes the numbers and conditions of a Deployment; asks to be called again when the progress deadline may have
 * passed.
 */
export function reportDeployment(
  context: ControllerContext,
  deployment: KubeObject,
  replicaSets: readonly KubeObject[],
  current: KubeObject | undefined,
  { isScaling }: { readonly isScaling: boolean },
): Again {
  const { store, now } = context;
  const type = store.typeOfKind(deployment.apiVersion, deployment.kind);
  const { namespace = '', name } = deployment.metadata;
  const latest = type === undefined ? undefined : store.get(type, namespace, name);
  if (latest === undefined) return undefined;
  const total = (field: string) => replicaSets.reduce((sum, set) => sum + (number(set, 'status', field) ?? 0), 0);
  const wanted = number(latest, 'spec', 'replicas') ?? 1;
  const available = total('availableReplicas');
  const numbers = {
    observedGeneration: latest.metadata.generation ?? 1,
    replicas: total('replicas'),
    updatedReplicas: number(current, 'status', 'replicas') ?? 0,
    readyReplicas: total('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
  };
  const isComplete = numbers.updatedReplicas === wanted && numbers.replicas === wanted && available === wanted;
  const needed = wanted - allowance(latest, 'maxUnavailable', Math.floor);
  const isAvailable = available >= needed;
  const deadlineMs = (number(latest, 'spec', 'progressDeadlineSeconds') ?? 600) * 1000;
  const progress =
    pausing(latest, now()) ??
    unmoved(latest, isScaling) ??
    progressing(latest, current, numbers, isComplete, deadlineMs, now());
  const conditions = [
    condition(
      latest,
      'Available',
      isAvailable,
      isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      `Deployment ${isAvailable ? 'has' : 'does not have'} minimum availability.`,
      now(),
    ),
    progress,
  ];
  writeStatus(context, controllerManager, latest, { ...numbers, conditions });
  return isComplete || text(progress, 'status') !== 'True' ? undefined : deadlineMs;
}

/** A paused Deployment makes no progress, and that isn't a failure; the deadline restarts when it is resumed. */
function pausing(deployment: KubeObject, now: Date): Fields | undefined {
  const present = records(deployment, 'status', 'conditions').find(({ type }) => type === 'Progressing');
  const reason = text(present, 'reason');
  const unknown = (why: string, message: string) => condition(deployment, 'Progressing', 'Unknown', why, message, now);
  if (fields(deployment, 'spec')['paused'] === true) {
    return reason === 'ProgressDeadlineExceeded' ? present : unknown('DeploymentPaused', 'Deployment is paused');
  }
  return reason === 'DeploymentPaused' ? unknown('DeploymentResumed', 'Deployment is resumed') : undefined;
}

/**
 * While a change of `spec.replicas` is being settled, the progress condition stays as it is (`syncDeploymentStatus`).
 */
function unmoved(deployment: KubeObject, isScaling: boolean): Fields | undefined {
  if (!isScaling) return undefined;
  return records(deployment, 'status', 'conditions').find(({ type }) => type === 'Progressing');
}

function progressing(
  deployment: KubeObject,
  current: KubeObject | undefined,
  numbers: Readonly<Record<string, number>>,
  isComplete: boolean,
  deadlineMs: number,
  now: Date,
): Fields {
  const name = `ReplicaSet "${current?.metadata.name ?? ''}"`;
  const present = records(deployment, 'status', 'conditions').find(({ type }) => type === 'Progressing');
  if (isComplete)
    return condition(
      deployment,
      'Progressing',
      true,
      'NewReplicaSetAvailable',
      `${name} has successfully progressed.`,
      now,
    );
  const isDone =
    text(present, 'reason') === 'NewReplicaSetAvailable' && numbers['replicas'] === numbers['updatedReplicas'];
  if (present !== undefined && isDone && text(present, 'message').startsWith(name)) return present;
  const moved = ['updatedReplicas', 'readyReplicas', 'availableReplicas'].some(
    (field) => (number(deployment, 'status', field) ?? 0) !== numbers[field],
  );
  const since = Date.parse(text(present, 'lastUpdateTime') || timestamp(now));
  const sameSet = text(present, 'message').startsWith(name);
  if (!moved && sameSet && now.getTime() - since >= deadlineMs) {
    return condition(
      deployment,
      'Progressing',
      false,
      'ProgressDeadlineExceeded',
      `${name} has timed out progressing.`,
      now,
    );
  }
  if (present !== undefined && sameSet && !moved) return present;
  const updated = {
    ...condition(deployment, 'Progressing', true, 'ReplicaSetUpdated', `${name} is progressing.`, now),
  };
  return { ...updated, lastUpdateTime: timestamp(now) };
}

function condition(
  deployment: KubeObject,
  type: string,
  holds: boolean | 'Unknown',
  reason: string,
  message: string,
  now: Date,
): Fields {
  const status = holds === 'Unknown' ? holds : holds ? 'True' : 'False';
  const present = records(deployment, 'status', 'conditions').find((known) => known['type'] === type);
  if (
    present !== undefined &&
    present['status'] === status &&
    present['reason'] === reason &&
    present['message'] === message
  ) {
    return present;
  }
  const lastTransitionTime = present?.['status'] === status ? present['lastTransitionTime'] : timestamp(now);
  return { type, status, lastUpdateTime: timestamp(now), lastTransitionTime, reason, message };
}
