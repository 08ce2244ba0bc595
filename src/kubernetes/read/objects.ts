import { z } from 'zod';
import { foreignList, foreignRecord } from '../../model/values/foreign.ts';

/**
 * The fields of Kubernetes objects that images depend on. Unknown fields are dropped, absent and null are the same (Go
 * writes both), and only a wrong type makes an object unreadable.
 */
const text = z.string().nullish();
const flag = z.boolean().nullish();
const count = z.number().nullish();
const map = foreignRecord(z.string()).nullish();
const listOf = <T>(item: z.ZodType<T>) => foreignList(item).nullish();

const OwnerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: flag,
});
export type OwnerReference = z.infer<typeof OwnerReference>;

const metadata = {
  name: z.string(),
  namespace: text,
  uid: text,
  creationTimestamp: text,
  deletionTimestamp: text,
  labels: map,
  annotations: map,
  ownerReferences: listOf(OwnerReference),
};

/** An object of which only the metadata is read. */
export const MetadataOnly = z.object({ metadata: z.object(metadata) });
export type MetadataOnly = z.infer<typeof MetadataOnly>;

/** Metadata including `managedFields`; those are large, so lists leave them out. */
const Managed = z.object({
  ...metadata,
  generation: count,
  managedFields: listOf(
    z.object({ manager: text, operation: text, subresource: text, time: text, fieldsV1: z.unknown().optional() }),
  ),
});
export type ManagedMetadata = z.infer<typeof Managed>;

/** An object of which only the metadata is read, including who wrote which fields. */
export const ManagedObject = z.object({ metadata: Managed });

const KeyOf = z.object({ name: text, key: text });
const ContainerFields = { name: z.string(), image: text, imagePullPolicy: text };
const Probe = z.object({ initialDelaySeconds: count, periodSeconds: count, failureThreshold: count }).nullish();
export type ProbeSpec = z.infer<typeof Probe>;
const Container = z.object({
  ...ContainerFields,
  startupProbe: Probe,
  readinessProbe: Probe,
  command: listOf(z.string()),
  args: listOf(z.string()),
  env: listOf(
    z.object({
      name: z.string(),
      value: text,
      valueFrom: z.object({ configMapKeyRef: KeyOf.nullish(), secretKeyRef: KeyOf.nullish() }).nullish(),
    }),
  ),
  envFrom: listOf(
    z.object({
      prefix: text,
      configMapRef: z.object({ name: text }).nullish(),
      secretRef: z.object({ name: text }).nullish(),
    }),
  ),
});
export type ContainerSpec = z.infer<typeof Container>;
const SlimContainer = z.object(ContainerFields);

const Expression = z.object({ key: z.string(), operator: z.string(), values: listOf(z.string()) });
const placement = {
  nodeSelector: map,
  affinity: z
    .object({
      nodeAffinity: z
        .object({
          requiredDuringSchedulingIgnoredDuringExecution: z
            .object({
              nodeSelectorTerms: listOf(
                z.object({ matchExpressions: listOf(Expression), matchFields: listOf(Expression) }),
              ),
            })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
  tolerations: listOf(z.object({ key: text, operator: text, value: text, effect: text })),
};
const podSpec = {
  ...placement,
  volumes: listOf(z.object({ name: z.string(), image: z.object({ reference: text, pullPolicy: text }).nullish() })),
  serviceAccountName: text,
  imagePullSecrets: listOf(z.object({ name: text })),
  nodeName: text,
};
export const PlacementSpec = z.object(placement);
export type PlacementSpec = z.infer<typeof PlacementSpec>;

const FullSpec = z.object({
  ...podSpec,
  containers: listOf(Container),
  initContainers: listOf(Container),
  ephemeralContainers: listOf(Container),
});
export type FullSpec = z.infer<typeof FullSpec>;

/** A pod template; its metadata has no name. */
export const Template = z.object({
  metadata: z.object({ labels: map, annotations: map }).nullish(),
  spec: FullSpec.nullish(),
});
export type Template = z.infer<typeof Template>;

const ConditionFields = z.object({
  type: z.string(),
  status: z.string(),
  reason: text,
  message: text,
  lastTransitionTime: text,
});
export type ConditionObject = z.infer<typeof ConditionFields>;

const Terminated = z.object({ reason: text, exitCode: count, message: text, finishedAt: text }).nullish();
const State = z
  .object({
    waiting: z.object({ reason: text, message: text }).nullish(),
    running: z.object({ startedAt: text }).nullish(),
    terminated: Terminated,
  })
  .nullish();
const ContainerStatus = z.object({
  name: z.string(),
  imageID: text,
  ready: flag,
  restartCount: count,
  state: State,
  lastState: State,
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;
export type TerminatedState = NonNullable<z.infer<typeof Terminated>>;

/** A pod as a list keeps it: no environment, no commands, and of volumes only those that are images. */
export const PodObject = z.object({
  metadata: z.object(metadata),
  spec: z
    .object({
      ...podSpec,
      containers: listOf(SlimContainer),
      initContainers: listOf(SlimContainer),
      ephemeralContainers: listOf(SlimContainer),
    })
    .nullish(),
  status: z
    .object({
      phase: text,
      reason: text,
      message: text,
      conditions: listOf(ConditionFields),
      containerStatuses: listOf(ContainerStatus),
      initContainerStatuses: listOf(ContainerStatus),
      ephemeralContainerStatuses: listOf(ContainerStatus),
    })
    .nullish(),
});
export type PodObject = z.infer<typeof PodObject>;

const Selector = z
  .object({
    matchLabels: map,
    matchExpressions: listOf(z.object({ key: z.string(), operator: z.string(), values: listOf(z.string()) })),
  })
  .nullish();
export type Selector = z.infer<typeof Selector>;

/** Any kind of workload: the union of the fields of the six kinds, each of which uses its own. */
export const WorkloadObject = z.object({
  metadata: Managed,
  spec: z
    .object({
      ...FullSpec.shape,
      replicas: count,
      parallelism: count,
      completions: count,
      paused: flag,
      suspend: flag,
      selector: Selector,
      minReadySeconds: count,
      progressDeadlineSeconds: count,
      strategy: z.object({ type: text }).nullish(),
      updateStrategy: z.object({ type: text, rollingUpdate: z.object({ partition: count }).nullish() }).nullish(),
      template: Template.nullish(),
      jobTemplate: z.object({ spec: z.object({ template: Template.nullish() }).nullish() }).nullish(),
    })
    .nullish(),
  status: z
    .object({
      replicas: count,
      readyReplicas: count,
      updatedReplicas: count,
      numberReady: count,
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      ready: count,
      active: count,
      succeeded: count,
      phase: text,
      observedGeneration: count,
      availableReplicas: count,
      numberAvailable: count,
      currentNumberScheduled: count,
      conditions: listOf(ConditionFields),
    })
    .nullish(),
});
export type WorkloadObject = z.infer<typeof WorkloadObject>;

export const ReplicaSetObject = z.object({
  metadata: z.object(metadata),
  spec: z.object({ template: Template.nullish() }).nullish(),
  status: z.object({ replicas: count }).nullish(),
});
export type ReplicaSetObject = z.infer<typeof ReplicaSetObject>;

export const ControllerRevisionObject = z.object({
  metadata: z.object(metadata),
  revision: count,
  data: z.object({ spec: z.object({ template: Template.nullish() }).nullish() }).nullish(),
});
export type ControllerRevisionObject = z.infer<typeof ControllerRevisionObject>;

export const BudgetObject = z.object({
  metadata: z.object(metadata),
  spec: z.object({ selector: Selector }).nullish(),
  status: z.object({ disruptionsAllowed: count }).nullish(),
});

export const EventObject = z.object({
  metadata: z.object({ creationTimestamp: text }).nullish(),
  involvedObject: z.object({ kind: text, name: text, uid: text }),
  source: z.object({ host: text }).nullish(),
  type: text,
  reason: text,
  message: text,
  count: count,
  firstTimestamp: text,
  lastTimestamp: text,
  eventTime: text,
  series: z.object({ count: count, lastObservedTime: text }).nullish(),
});
export type EventObject = z.infer<typeof EventObject>;

export const NodeObject = z.object({
  metadata: z.object(metadata),
  spec: z
    .object({
      unschedulable: flag,
      taints: listOf(z.object({ key: z.string(), value: text, effect: z.string() })),
    })
    .nullish(),
  status: z
    .object({
      conditions: listOf(z.object({ type: z.string(), status: z.string() })),
      nodeInfo: z
        .object({
          architecture: text,
          operatingSystem: text,
          kernelVersion: text,
          osImage: text,
          kubeletVersion: text,
          containerRuntimeVersion: text,
        })
        .nullish(),
    })
    .nullish(),
});
export type NodeObject = z.infer<typeof NodeObject>;

export const NodeImagesObject = z.object({
  metadata: z.object(metadata),
  status: z.object({ images: listOf(z.object({ names: listOf(z.string()) })) }).nullish(),
});
export type NodeImagesObject = z.infer<typeof NodeImagesObject>;

export const ServiceAccountObject = z.object({
  metadata: z.object({ annotations: map }).nullish(),
  imagePullSecrets: listOf(z.object({ name: text })),
});

export const ConfigMapObject = z.object({ data: map });

export const SecretObject = z.object({
  metadata: z.object({ creationTimestamp: text, annotations: map }),
  type: text,
  data: map,
});
export type SecretObject = z.infer<typeof SecretObject>;
