import { fields, type KubeObject, number, text } from '../objects/object.ts';
import { typeOf } from '../write/admission.ts';
import {
  type Controller,
  type ControllerContext,
  deleteOwned,
  isReady,
  objectOf,
  ownOrOwned,
  podsOf,
  writeStatus,
} from './controller.ts';
import { controllerManager, createPod } from './pod-template.ts';
import { ensureRevision, revisionHash, revisionLabel } from './revisions.ts';

const component = 'statefulset-controller';

/** Pods `name-0`, `name-1`, …: created in order, updated from the highest down, one at a time. */
export function statefulSetController(context: ControllerContext): Controller {
  const type = typeOf(context.store, 'statefulsets', 'apps');
  return {
    concerns: ownOrOwned('StatefulSet'),
    reconcile: (key) => {
      const statefulSet = objectOf(context.store, type, key);
      if (statefulSet === undefined || statefulSet.metadata.deletionTimestamp !== undefined) return undefined;
      const revision = ensureRevision(context, statefulSet);
      try {
        step(context, statefulSet, revisionHash(revision));
      } finally {
        report(context, statefulSet, revision);
      }
      return undefined;
    },
  };
}

function ordinal(pod: KubeObject): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);
}

/** One step at a time with `OrderedReady`; all missing pods at once with `Parallel`. */
function step(context: ControllerContext, statefulSet: KubeObject, hash: string): void {
  const pods = [...podsOf(context.store, statefulSet)].sort((a, b) => ordinal(a) - ordinal(b));
  const wanted = number(statefulSet, 'spec', 'replicas') ?? 1;
  const isOrdered = text(statefulSet, 'spec', 'podManagementPolicy') !== 'Parallel';
  for (let index = 0; index < wanted; index += 1) {
    const pod = pods.find((known) => ordinal(known) === index);
    if (pod === undefined) create(context, statefulSet, index, hash);
    else if (isFinished(pod)) deleteOwned(context, pod);
    // A pod that never becomes ready blocks everything after it, including an update, until someone deletes it.
    if (isOrdered && (pod === undefined || !isReady(pod))) return;
  }
  const excess = pods.filter((pod) => ordinal(pod) >= wanted && pod.metadata.deletionTimestamp === undefined).reverse();
  for (const pod of isOrdered ? excess.slice(0, 1) : excess) deleteOwned(context, pod);
  if (excess.length === 0) updateNext(context, statefulSet, pods, hash);
}

function isFinished(pod: KubeObject): boolean {
  const phase = text(pod, 'status', 'phase');
  return (phase === 'Failed' || phase === 'Succeeded') && pod.metadata.deletionTimestamp === undefined;
}

function create(context: ControllerContext, statefulSet: KubeObject, index: number, hash: string): void {
  const name = `${statefulSet.metadata.name}-${index}`;
  const labels = {
    [revisionLabel]: `${statefulSet.metadata.name}-${hash}`,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(index),
  };
  const spec = { hostname: name, subdomain: text(statefulSet, 'spec', 'serviceName') };
  createPod(context, statefulSet, component, { name, labels, spec });
}

function isOld(pod: KubeObject, statefulSet: KubeObject, hash: string): boolean {
  return pod.metadata.labels?.[revisionLabel] !== `${statefulSet.metadata.name}-${hash}`;
}

function updates(statefulSet: KubeObject): boolean {
  return text(statefulSet, 'spec', 'updateStrategy', 'type') !== 'OnDelete';
}

/** Deletes the highest old pod, ready or not; waits for a new one that is not ready yet. */
function updateNext(
  context: ControllerContext,
  statefulSet: KubeObject,
  pods: readonly KubeObject[],
  hash: string,
): void {
  if (!updates(statefulSet)) return;
  const partition = number(statefulSet, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
  const isDue = (pod: KubeObject) => pod.metadata.deletionTimestamp === undefined && isOld(pod, statefulSet, hash);
  const next = pods.findLast((pod) => ordinal(pod) >= partition && (isDue(pod) || !isReady(pod)));
  if (next !== undefined && isDue(next)) deleteOwned(context, next);
}

function report(context: ControllerContext, statefulSet: KubeObject, revision: KubeObject): void {
  const pods = podsOf(context.store, statefulSet);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => !isOld(pod, statefulSet, revisionHash(revision))).length;
  const { currentRevision } = fields(statefulSet, 'status');
  const isDone = updated === pods.length;
  writeStatus(context, controllerManager, statefulSet, {
    observedGeneration: statefulSet.metadata.generation ?? 1,
    replicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: isDone ? updated : pods.length - updated,
    updatedReplicas: updated,
    currentRevision: isDone || currentRevision === undefined ? revision.metadata.name : currentRevision,
    updateRevision: revision.metadata.name,
    collisionCount: 0,
  });
}
