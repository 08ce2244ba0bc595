import type { Workload, WorkloadKind, WorkloadRef } from '../../model/workload/workload.ts';
import type { WorkloadSummary } from '../../ports/cluster.ts';
import { managersOf } from './managed-fields.ts';
import type { Selector, Template, WorkloadObject } from './objects.ts';
import type { Owners } from './owners.ts';
import { conditionsOf } from './pods.ts';
import { templateOf } from './template.ts';

/** A workload as its object describes it. The caller has followed `owners`. */
export function workloadOf(ref: WorkloadRef, object: WorkloadObject, { owners, unread }: Owners): Workload {
  const { metadata, spec } = object;
  // A pod's own state is read with the pod.
  const conditions = ref.kind === 'Pod' ? [] : conditionsOf(object.status);
  const updateStrategy = updateStrategyOf(spec?.updateStrategy?.type ?? spec?.strategy?.type);
  return {
    ref,
    uid: metadata.uid ?? '',
    template: templateOf(templateSourceOf(ref.kind, object)),
    selector: ref.kind === 'Pod' || ref.kind === 'CronJob' ? '' : selectorText(spec?.selector),
    ...countsOf(ref.kind, object),
    ...(updateStrategy === undefined ? {} : { updateStrategy }),
    paused: spec?.paused === true || spec?.suspend === true,
    ...rolloutOf(ref.kind, object),
    ...(conditions.length === 0 ? {} : { conditions }),
    createdAt: metadata.creationTimestamp ?? '',
    owners,
    ...(unread === undefined ? {} : { ownersUnread: unread }),
    managers: managersOf(metadata.managedFields),
    annotations: metadata.annotations ?? {},
    ...(metadata.labels == null ? {} : { labels: metadata.labels }),
  };
}

/** The counts of a rollout; the API server leaves out a count of 0. */
function rolloutOf(kind: WorkloadKind, { metadata, spec, status }: WorkloadObject): Pick<Workload, 'rollout'> {
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'DaemonSet') return {};
  const { minReadySeconds, progressDeadlineSeconds, updateStrategy } = spec ?? {};
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
  const counts =
    kind === 'DaemonSet'
      ? {
          pods: status?.currentNumberScheduled ?? 0,
          updated: status?.updatedNumberScheduled ?? 0,
          available: status?.numberAvailable ?? 0,
        }
      : {
          pods: status?.replicas ?? 0,
          updated: status?.updatedReplicas ?? 0,
          available: status?.availableReplicas ?? 0,
        };
  return {
    rollout: {
      isSeen: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
      ...counts,
      ...((minReadySeconds ?? 0) === 0 ? {} : { minReadySeconds: minReadySeconds ?? 0 }),
      ...(progressDeadlineSeconds == null ? {} : { progressDeadlineSeconds }),
      ...(partition === 0 ? {} : { partition }),
    },
  };
}

/** A workload of a list. */
export function summaryOf(kind: WorkloadKind, object: WorkloadObject): WorkloadSummary {
  const { metadata } = object;
  const { containers } = templateOf(templateSourceOf(kind, object));
  return {
    ref: { kind, namespace: metadata.namespace ?? '', name: metadata.name },
    containers: containers.map(({ name, type, image, env }) => ({ name, type, image, env })),
    ...countsOf(kind, object),
    ...(templateRuns(kind, object) === false ? { runsNowhere: true } : {}),
  };
}

function templateSourceOf(kind: WorkloadKind, { metadata, spec }: WorkloadObject): Template | null | undefined {
  if (kind === 'Pod') return { metadata, spec };
  if (kind === 'CronJob') return spec?.jobTemplate?.spec?.template;
  return spec?.template;
}

/** Wanted and ready pods; CronJobs have no such number. */
function countsOf(kind: WorkloadKind, { spec, status }: WorkloadObject): { ready: number; desired?: number } {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
      // The API server defaults an absent number to 1.
      return { ready: status?.readyReplicas ?? 0, desired: spec?.replicas ?? 1 };
    case 'DaemonSet':
      return { ready: status?.numberReady ?? 0, desired: status?.desiredNumberScheduled ?? 0 };
    case 'Job':
      return { ready: status?.ready ?? 0, desired: spec?.parallelism ?? 1 };
    case 'CronJob':
      return { ready: 0 };
    case 'Pod': {
      const ready = (status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
      return { ready: ready ? 1 : 0, desired: 1 };
    }
    default:
      return kind satisfies never;
  }
}

/** Whether a pod of the current template is known to run; undefined if the status does not show it. */
function templateRuns(kind: WorkloadKind, object: WorkloadObject): boolean | undefined {
  const { spec, status } = object;
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
      if (spec?.replicas === 0) return undefined;
      return isRunBy(status?.readyReplicas, status?.updatedReplicas, status?.replicas);
    case 'DaemonSet': {
      const wanted = status?.desiredNumberScheduled ?? 0;
      return wanted === 0 ? undefined : isRunBy(status?.numberReady, status?.updatedNumberScheduled, wanted);
    }
    case 'Job':
      // A finished one did run; a suspended one shows nothing.
      if ((status?.active ?? 0) === 0 || (status?.succeeded ?? 0) > 0) return undefined;
      return (status?.ready ?? 0) > 0;
    case 'Pod':
      return status?.phase === 'Succeeded' ? undefined : countsOf(kind, object).ready > 0;
    case 'CronJob':
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** In a rollout that waits for its new pods, the ready pods are the old ones. */
function isRunBy(ready?: number | null, updated?: number | null, all?: number | null): boolean {
  const isStuck = (updated ?? 0) < (all ?? 0) && (ready ?? 0) < (all ?? 0);
  return (ready ?? 0) > 0 && !isStuck;
}

function updateStrategyOf(type: string | null | undefined): Workload['updateStrategy'] {
  return type === 'RollingUpdate' || type === 'Recreate' || type === 'OnDelete' ? type : undefined;
}

/** A label selector as a query string; empty if it selects nothing that can be expressed. */
export function selectorText(selector: Selector): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).flatMap(({ key, operator, values }) => {
    const among = `(${(values ?? []).join(',')})`;
    if (operator === 'In') return [`${key} in ${among}`];
    if (operator === 'NotIn') return [`${key} notin ${among}`];
    if (operator === 'Exists') return [key];
    return operator === 'DoesNotExist' ? [`!${key}`] : [];
  });
  return [...labels, ...expressions].join(',');
}
