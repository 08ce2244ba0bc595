import type { ContainerState, Pod, Termination } from '../../model/snapshot/snapshot.ts';
import type { ContainerType } from '../../model/workload/workload.ts';
import type { ConditionObject, ContainerStatus, OwnerReference, PodObject, TerminatedState } from './objects.ts';
import type { Share } from './sharing.ts';
import { imageVolumesOf, placementOf, pullPolicyOf, secretNames, serviceAccountOf } from './template.ts';
import { withVolumes } from './volume-states.ts';

/** Pods per page, measured with 10,000 pods of 5.7 kB: pages of 250 cost 20 MB more, pages of 50 take longer. */
export const podPages = { pageSize: 100 } as const;

/** A pod as diagnoses need it: from its own spec and status, never from its template. */
export function podOf({ metadata, spec, status }: PodObject, share: Share = (value) => value): Pod {
  const revision = revisionOf(metadata);
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const waitsForNode = scheduled?.status === 'False';
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    phase: status?.phase ?? 'Unknown',
    createdAt: metadata.creationTimestamp ?? '',
    ...(metadata.deletionTimestamp == null ? {} : { deletedAt: metadata.deletionTimestamp }),
    ...(spec?.nodeName == null || spec.nodeName === '' ? {} : { node: share(spec.nodeName) }),
    ...(revision === undefined ? {} : { revision: share(revision) }),
    serviceAccount: share(serviceAccountOf(spec ?? {})),
    pullSecretNames: share(secretNames(spec?.imagePullSecrets)),
    placement: share(placementOf(spec ?? {})),
    containers: containerStates(spec, status, share),
    ...(waitsForNode ? { unschedulable: scheduled.message ?? scheduled.reason ?? '' } : {}),
    ...(status?.reason == null || status.reason === '' ? {} : { statusReason: status.reason }),
    ...(status?.message == null || status.message === '' ? {} : { statusMessage: status.message }),
    conditions: share(conditionsOf(status, isUnready)),
  };
}

/** Conditions without empty reasons and messages; `keepsTime` picks those whose time is kept. */
export function conditionsOf(
  status: Pick<NonNullable<PodObject['status']>, 'conditions'> | null | undefined,
  keepsTime: (condition: ConditionObject) => boolean = () => true,
): Pod['conditions'] {
  return (status?.conditions ?? []).map((condition) => {
    const { type, status: value, reason, message, lastTransitionTime: since } = condition;
    return {
      type,
      status: value,
      ...(reason == null || reason === '' ? {} : { reason }),
      ...(message == null || message === '' ? {} : { message }),
      ...(since == null || !keepsTime(condition) ? {} : { since }),
    };
  });
}

/** Times differ from pod to pod: without them thousands of ready pods share one list. */
function isUnready({ type, status }: ConditionObject): boolean {
  return type === 'Ready' && status !== 'True';
}

/** The owner that manages an object; there is at most one. */
export function controllerOf(owners: readonly OwnerReference[] | null | undefined): OwnerReference | undefined {
  return owners?.find(({ controller }) => controller === true);
}

/**
 * Name of the object with the pod's template: its ReplicaSet or Job, or its ControllerRevision, which a StatefulSet
 * names in full and a DaemonSet by its hash alone (both in `controller-revision-hash`).
 */
export function revisionOf({ labels, ownerReferences }: PodObject['metadata']): string | undefined {
  const owner = controllerOf(ownerReferences);
  const hash = labels?.['controller-revision-hash'];
  if (owner?.kind === 'StatefulSet') return hash;
  if (owner?.kind === 'DaemonSet') return hash === undefined ? undefined : `${owner.name}-${hash}`;
  return owner?.name;
}

function containerStates(
  spec: PodObject['spec'],
  status: PodObject['status'],
  share: Share,
): readonly ContainerState[] {
  type Declared = NonNullable<NonNullable<PodObject['spec']>['containers']>;
  const join = (
    type: ContainerType,
    declared: Declared | null | undefined,
    seen: readonly ContainerStatus[] | null | undefined,
  ): readonly ContainerState[] => {
    const byName = new Map((seen ?? []).map((each) => [each.name, each]));
    return (declared ?? []).map((container) => stateOf(container, type, byName.get(container.name), share));
  };
  const containers = [
    ...join('init', spec?.initContainers, status?.initContainerStatuses),
    ...join('main', spec?.containers, status?.containerStatuses),
    ...join('ephemeral', spec?.ephemeralContainers, status?.ephemeralContainerStatuses),
  ];
  return withVolumes(containers, imageVolumesOf(spec ?? {}), share);
}

function stateOf(
  declared: { name: string; image?: string | null | undefined; imagePullPolicy?: string | null | undefined },
  type: ContainerType,
  seen: ContainerStatus | undefined,
  share: Share,
): ContainerState {
  const { waiting, running, terminated } = seen?.state ?? {};
  const last = seen?.lastState?.terminated;
  return {
    name: share(declared.name),
    type,
    image: share(declared.image ?? ''),
    ...pullPolicyOf(declared.imagePullPolicy),
    imageId: share(seen?.imageID ?? ''),
    ready: seen?.ready ?? false,
    restartCount: seen?.restartCount ?? 0,
    ...(waiting == null ? {} : { waiting: { reason: waiting.reason ?? '', message: waiting.message ?? '' } }),
    ...(running?.startedAt == null ? {} : { runningSince: running.startedAt }),
    ...(terminated == null ? {} : { terminated: terminationOf(terminated) }),
    ...(last == null ? {} : { lastTerminated: terminationOf(last) }),
  };
}

function terminationOf({ reason, exitCode, message, finishedAt }: TerminatedState): Termination {
  return {
    reason: reason ?? '',
    exitCode: exitCode ?? 0,
    message: message ?? '',
    ...(finishedAt == null ? {} : { finishedAt }),
  };
}
