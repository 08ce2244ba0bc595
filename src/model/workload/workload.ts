import { z } from 'zod';
import type { DeepReadonly } from '../values/deep-readonly.ts';

/** The kinds of workload that imagecheck can read; other owners are named, not read. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod'] as const;

/** Identifies one workload within a cluster. */
export const WorkloadRef = z.object({
  kind: z.enum(workloadKinds),
  namespace: z.string().min(1).max(63),
  name: z.string().min(1).max(253),
});
export type WorkloadRef = z.infer<typeof WorkloadRef>;
export type WorkloadKind = WorkloadRef['kind'];

/** `deployment/web`, as people and kubectl write it. */
export function formatWorkload({ kind, name }: Pick<WorkloadRef, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}/${name}`;
}

export const PullPolicy = z.enum(['Always', 'IfNotPresent', 'Never']);
export type PullPolicy = z.infer<typeof PullPolicy>;
/** What uses an image in a pod; an image volume is named by `volumePlace`. */
export const ContainerType = z.enum(['init', 'main', 'ephemeral', 'volume']);
export type ContainerType = z.infer<typeof ContainerType>;

/** One entry of a container's environment; values from Secrets are never read. */
export const EnvEntry = z.object({
  name: z.string(),
  /** Undefined when the value is not readable (Secret, field reference, missing ConfigMap). */
  value: z.string().exactOptional(),
  /** Where it is defined: `env`, `configMap/app`, `secret/app`, `field`, `image`. */
  from: z.string(),
  /** Key in the ConfigMap or Secret that `from` names. */
  key: z.string().exactOptional(),
});
export type EnvEntry = DeepReadonly<z.infer<typeof EnvEntry>>;

/** A container as the pod template or a pod's spec declares it. */
export const Container = z.object({
  name: z.string(),
  type: ContainerType,
  /** As written; possibly not a valid reference. */
  image: z.string(),
  pullPolicy: PullPolicy.exactOptional(),
  env: z.array(EnvEntry),
  /** `envFrom` sources, as `configMap/app` or `secret/app`, with the prefix they add. */
  envFrom: z.array(z.object({ source: z.string(), prefix: z.string() })),
  command: z.array(z.string()),
  args: z.array(z.string()),
  /** How long its probes let it start: the startup probe's whole allowance and the readiness probe's initial delay. */
  startSeconds: z.number().exactOptional(),
});
export type Container = DeepReadonly<z.infer<typeof Container>>;

/** One `matchExpressions` entry of a node affinity term. */
export const NodeExpression = z.object({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
  values: z.array(z.string()),
  /**
   * Set for a `matchFields` entry: `key` is a field, and the only field is `metadata.name`. DaemonSet pods have one.
   */
  field: z.literal(true).exactOptional(),
});
export type NodeExpression = DeepReadonly<z.infer<typeof NodeExpression>>;

/** A taint that pods accept (`tolerations` of the pod template). */
export const Toleration = z.object({
  key: z.string().exactOptional(),
  operator: z.enum(['Exists', 'Equal']).exactOptional(),
  value: z.string().exactOptional(),
  effect: z.string().exactOptional(),
});
export type Toleration = DeepReadonly<z.infer<typeof Toleration>>;

/** What decides which nodes a pod may run on. Only required terms; preferences do not exclude a node. */
export const Placement = z.object({
  nodeSelector: z.record(z.string(), z.string()),
  /** Required node affinity: one of these terms must match; each is a list of expressions that must all hold. */
  affinityTerms: z.array(z.array(NodeExpression)),
  tolerations: z.array(Toleration),
});
export type Placement = DeepReadonly<z.infer<typeof Placement>>;

/** The part of a pod template, or of a bare pod's spec, that matters for images. */
export const PodTemplate = z.object({
  containers: z.array(Container),
  serviceAccount: z.string(),
  pullSecretNames: z.array(z.string()),
  placement: Placement,
  /** Labels of the template; bare pods have their own. */
  labels: z.record(z.string(), z.string()),
  /** `kubectl.kubernetes.io/restartedAt`, if the template has it (ISO 8601). */
  restartedAt: z.string().exactOptional(),
});
export type PodTemplate = DeepReadonly<z.infer<typeof PodTemplate>>;

/** An owner above the workload: `DaskCluster/x` of `kubernetes.dask.org/v1`. */
export const OwnerRef = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
});
export type OwnerRef = DeepReadonly<z.infer<typeof OwnerRef>>;

/** A condition in an object's status. */
export const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().exactOptional(),
  message: z.string().exactOptional(),
  /** Since when it has this status; of a pod's conditions only `Ready` keeps it, and only while it is not True. */
  since: z.string().exactOptional(),
});
export type Condition = DeepReadonly<z.infer<typeof Condition>>;

/** How far the current template has been rolled out, as the controller counts it (`kubectl rollout status`). */
export const RolloutCounts = z.object({
  /** False: the controller has not seen the latest change, so the other numbers are about an earlier one. */
  isSeen: z.boolean(),
  /** Pods of any revision. */
  pods: z.number(),
  /** Pods of the current template. */
  updated: z.number(),
  /** Ready for `minReadySeconds`. */
  available: z.number(),
  minReadySeconds: z.number().exactOptional(),
  /** After this long without progress a Deployment counts as failed. */
  progressDeadlineSeconds: z.number().exactOptional(),
  /** A StatefulSet keeps the pods below this ordinal at their revision. */
  partition: z.number().exactOptional(),
});
export type RolloutCounts = DeepReadonly<z.infer<typeof RolloutCounts>>;

/** A workload as its object describes it, before its pods are read. */
export const Workload = z.object({
  ref: WorkloadRef,
  uid: z.string(),
  template: PodTemplate,
  /** Label selector of its pods, ready for a query string; empty for a bare pod. */
  selector: z.string(),
  /** Desired number of pods; undefined for kinds without one. */
  desired: z.number().exactOptional(),
  ready: z.number(),
  updateStrategy: z.enum(['RollingUpdate', 'Recreate', 'OnDelete']).exactOptional(),
  paused: z.boolean(),
  /** Of Deployments, StatefulSets and DaemonSets; absent in snapshots of earlier releases. */
  rollout: RolloutCounts.exactOptional(),
  /** Conditions set by its controller: `Progressing`, `ReplicaFailure`, a Job's `Failed`. */
  conditions: z.array(Condition).exactOptional(),
  createdAt: z.string(),
  /** Owners above it, nearest first; unknown kinds are only named. */
  owners: z.array(OwnerRef),
  /** Why there may be more owners above the last one. */
  ownersUnread: z.object({ why: z.string(), missingRight: z.string().exactOptional() }).exactOptional(),
  /** Who last wrote which field, from `managedFields`: manager name and time. */
  managers: z.array(
    z.object({
      name: z.string(),
      at: z.string().exactOptional(),
      ownsImages: z.boolean(),
      /** Fields of the template as model/git-owner.ts names them; absent when unknown. */
      owns: z.array(z.string()).exactOptional(),
    }),
  ),
  annotations: z.record(z.string(), z.string()),
  /** Of the object itself, not of its pods; absent when it has none. */
  labels: z.record(z.string(), z.string()).exactOptional(),
});
export type Workload = DeepReadonly<z.infer<typeof Workload>>;
