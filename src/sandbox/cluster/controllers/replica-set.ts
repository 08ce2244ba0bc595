import { fields, type KubeObject, number, text } from '../objects/object.ts';
import { typeOf } from '../write/admission.ts';
import {
  type Controller,
  type ControllerContext,
  deleteOwned,
  isActive,
  isReady,
  objectOf,
  ownOrOwned,
  podsOf,
  writeStatus,
} from './controller.ts';
import { controllerManager, createPod } from './pod-template.ts';

const component = 'replicaset-controller';

/** Keeps the number of pods at `spec.replicas`. */
export function replicaSetController(context: ControllerContext): Controller {
  const type = typeOf(context.store, 'replicasets', 'apps');
  return {
    concerns: ownOrOwned('ReplicaSet'),
    reconcile: (key) => {
      const replicaSet = objectOf(context.store, type, key);
      if (replicaSet === undefined || replicaSet.metadata.deletionTimestamp !== undefined) return undefined;
      try {
        scale(context, replicaSet);
      } finally {
        reportStatus(context, replicaSet);
      }
      return undefined;
    },
  };
}

function scale(context: ControllerContext, replicaSet: KubeObject): void {
  const active = podsOf(context.store, replicaSet).filter(isActive);
  const wanted = number(replicaSet, 'spec', 'replicas') ?? 1;
  for (let missing = wanted - active.length; missing > 0; missing -= 1) createPod(context, replicaSet, component, {});
  for (const pod of [...active].sort(dispensableFirst).slice(0, Math.max(0, active.length - wanted))) {
    deleteOwned(context, pod);
    const message = `Deleted pod: ${pod.metadata.name}`;
    context.emit(replicaSet, component, { type: 'Normal', reason: 'SuccessfulDelete', message });
  }
}

/** Unassigned before assigned, pending before running, not ready before ready, young before old (`ActivePods`). */
function dispensableFirst(left: KubeObject, right: KubeObject): number {
  const rank = (pod: KubeObject) => [
    text(pod, 'spec', 'nodeName') === '' ? 0 : 1,
    text(pod, 'status', 'phase') === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
  ];
  const [a, b] = [rank(left), rank(right)];
  const differing = a.findIndex((value, index) => value !== b[index]);
  if (differing >= 0) return (a[differing] ?? 0) - (b[differing] ?? 0);
  return right.metadata.creationTimestamp.localeCompare(left.metadata.creationTimestamp);
}

function reportStatus(context: ControllerContext, replicaSet: KubeObject): void {
  const active = podsOf(context.store, replicaSet).filter(isActive);
  const ready = active.filter(isReady).length;
  writeStatus(context, controllerManager, replicaSet, {
    ...fields(replicaSet, 'status'),
    replicas: active.length,
    fullyLabeledReplicas: active.length,
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: replicaSet.metadata.generation ?? 1,
  });
}
