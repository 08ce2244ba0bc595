import { z } from 'zod';
import { ImageRef } from '../image/image.ts';
import { ImageConfig, Manifest, Platform, ProbeOutcome } from '../image/outcome.ts';
import { CauseMessage } from '../settings/settings.ts';
import type { DeepReadonly } from '../values/deep-readonly.ts';
import { factSchema } from '../values/fact.ts';
import {
  Condition,
  Container,
  ContainerType,
  EnvEntry,
  Placement,
  PodTemplate,
  PullPolicy,
  Workload,
  WorkloadRef,
} from '../workload/workload.ts';

/** How a container ended. */
export const Termination = z.object({
  reason: z.string(),
  exitCode: z.number(),
  message: z.string(),
  finishedAt: z.string().exactOptional(),
});
export type Termination = DeepReadonly<z.infer<typeof Termination>>;

/** The state of one container of one pod, from the pod's status. */
export const ContainerState = z.object({
  name: z.string(),
  type: ContainerType,
  /** The image in the pod's own spec; differs from the template's if admission rewrote it. */
  image: z.string(),
  pullPolicy: PullPolicy.exactOptional(),
  /** `status.imageID` as the runtime writes it; empty before the first pull. */
  imageId: z.string(),
  ready: z.boolean(),
  restartCount: z.number(),
  waiting: z.object({ reason: z.string(), message: z.string() }).exactOptional(),
  runningSince: z.string().exactOptional(),
  terminated: Termination.exactOptional(),
  lastTerminated: Termination.exactOptional(),
});
export type ContainerState = DeepReadonly<z.infer<typeof ContainerState>>;

/** One pod of the workload. */
export const Pod = z.object({
  name: z.string(),
  uid: z.string(),
  phase: z.string(),
  createdAt: z.string(),
  deletedAt: z.string().exactOptional(),
  node: z.string().exactOptional(),
  /** Name of the ReplicaSet, ControllerRevision hash or Job that created it. */
  revision: z.string().exactOptional(),
  serviceAccount: z.string(),
  pullSecretNames: z.array(z.string()),
  placement: Placement,
  containers: z.array(ContainerState),
  /** `PodScheduled=False` and its message, when it waits for a node. */
  unschedulable: z.string().exactOptional(),
  /** `Evicted`, `NodeLost`…, with the message. */
  statusReason: z.string().exactOptional(),
  statusMessage: z.string().exactOptional(),
  conditions: z.array(Condition),
});
export type Pod = DeepReadonly<z.infer<typeof Pod>>;

/** One revision of the pod template: a ReplicaSet or ControllerRevision. */
export const Revision = z.object({
  name: z.string(),
  number: z.number(),
  createdAt: z.string(),
  /** Container name → image as written. */
  images: z.record(z.string(), z.string()),
  restartedAt: z.string().exactOptional(),
  /** How many of its pods exist. */
  replicas: z.number(),
  /** Who made the change, as far as `managedFields` or `change-cause` shows. */
  by: z.string().exactOptional(),
});
export type Revision = DeepReadonly<z.infer<typeof Revision>>;

/** A Kubernetes Event about the workload, its revisions or its pods. */
export const ClusterEvent = z.object({
  object: z.object({ kind: z.string(), name: z.string(), uid: z.string().exactOptional() }),
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  count: z.number(),
  firstAt: z.string().exactOptional(),
  lastAt: z.string().exactOptional(),
  /** The node whose kubelet wrote it; only events about pulls keep it. */
  node: z.string().exactOptional(),
});
export type ClusterEvent = DeepReadonly<z.infer<typeof ClusterEvent>>;

/** One registry entry of a pull secret. */
export const PullSecretEntry = z.object({
  /** The key as written: `https://index.docker.io/v1/`, `*.azurecr.io`, `ghcr.io/acme`. */
  key: z.string(),
  username: z.string(),
  /** When the credential expires, if the credential itself (ECR token, JWT) or an annotation says so. */
  expiresAt: z.string().exactOptional(),
});
export type PullSecretEntry = DeepReadonly<z.infer<typeof PullSecretEntry>>;

/** A pull secret that the workload refers to, without its content. */
export const PullSecret = z.object({
  name: z.string(),
  referencedBy: z.enum(['pod', 'serviceAccount']),
  /** `missing` is certain (404); unknown means we lack the right to look. */
  content: factSchema(
    z.discriminatedUnion('state', [
      z.object({ state: z.literal('missing') }),
      /** Wrong type, or JSON that the kubelet cannot read; the kubelet ignores such a Secret. */
      z.object({ state: z.literal('unusable'), type: z.string(), problem: z.string() }),
      z.object({
        state: z.literal('usable'),
        type: z.string(),
        createdAt: z.string(),
        entries: z.array(PullSecretEntry),
      }),
    ]),
  ),
});
export type PullSecret = DeepReadonly<z.infer<typeof PullSecret>>;

/** The facts about a node that image questions need. */
export const Node = z.object({
  name: z.string(),
  platform: Platform,
  labels: z.record(z.string(), z.string()),
  taints: z.array(z.object({ key: z.string(), value: z.string().exactOptional(), effect: z.string() })),
  kubeletVersion: z.string(),
  /** `containerd://2.1.3`, `cri-o://1.31.0`. */
  runtime: z.string(),
  osImage: z.string(),
  ready: z.boolean(),
  diskPressure: z.boolean(),
  unschedulable: z.boolean(),
});
export type Node = DeepReadonly<z.infer<typeof Node>>;

/** Lines of a container's log that match a pattern of `explain`, redacted, with their source. */
export const LogExtract = z.object({
  pod: z.string(),
  container: z.string(),
  lines: factSchema(z.array(z.object({ text: z.string(), at: z.string().exactOptional(), previous: z.boolean() }))),
});
export type LogExtract = DeepReadonly<z.infer<typeof LogExtract>>;

/** Another workload in the namespace, to compare what is pushed with what is fetched, and to find similar names. */
export const Neighbour = z.object({
  ref: WorkloadRef,
  containers: z.array(Container.pick({ name: true, type: true, image: true, env: true })),
  /**
   * The kubelet's last message about an image that this workload cannot pull while it wants more pods than are ready.
   */
  pullFailures: z.array(z.object({ image: z.string(), message: z.string() })).exactOptional(),
  /** It wants pods, but no pod of its present template has been seen running: its images may not exist. */
  runsNowhere: z.boolean().exactOptional(),
});
export type Neighbour = DeepReadonly<z.infer<typeof Neighbour>>;

/** One attempt to resolve an image, and the identity used. The credential itself is never kept. */
export const ProbeAttempt = z.object({
  /** `workload`: with a pull secret of the pod, or anonymously when none matches; `bot`: the configured credential. */
  as: z.enum(['workload', 'anonymous', 'bot']),
  /** The pull secret whose entry was used. */
  secretName: z.string().exactOptional(),
  /** Where it was resolved: the registry itself, or a mirror configured for the cluster. */
  via: z.object({ kind: z.enum(['origin', 'mirror']), host: z.string() }),
  outcome: ProbeOutcome,
});
export type ProbeAttempt = DeepReadonly<z.infer<typeof ProbeAttempt>>;

/** A tag that was resolved to compare it with what runs. */
export const TagCandidate = z.object({
  tag: z.string(),
  digest: z.string(),
  built: z.string().exactOptional(),
  /** When the registry itself reports it; otherwise only `built` is known. */
  pushedAt: z.string().exactOptional(),
  revision: z.string().exactOptional(),
});
export type TagCandidate = DeepReadonly<z.infer<typeof TagCandidate>>;

/** A child that an index names and that its registry no longer has. */
export const AbsentChild = z.object({ digest: z.string(), platform: Platform.exactOptional() });
export type AbsentChild = DeepReadonly<z.infer<typeof AbsentChild>>;

/** Everything read about one image reference. */
export const ImageProbe = z.object({
  /** As the pods or the template write it. */
  text: z.string(),
  /** Containers that use it, in the template or the pods. */
  containers: z.array(z.string()),
  /** Unknown when the text isn't a valid image reference. */
  image: factSchema(ImageRef),
  /** Which provider answered: `acr`, `ghcr`, `docker-hub`, `generic`, …. For display only, never for decisions. */
  provider: z.string(),
  /** No pull secret matches this registry, so the node's identity or anonymous access decides. */
  attempts: z.array(ProbeAttempt),
  /** The digest that the workload (or, failing that, the bot) gets for this reference now. */
  digest: factSchema(z.string()),
  manifest: factSchema(Manifest),
  /** Configs by platform, read only when a check needs them. */
  configs: factSchema(z.array(ImageConfig)),
  /** Among the children that the nodes’ platforms choose, those that the registry answers with 404. */
  absentChildren: z.array(AbsentChild).exactOptional(),
  /** Other tags of the repository whose images for these platforms are complete; read only if a child is absent. */
  completeTags: z.array(z.string()).exactOptional(),
  /** Tags of the repository; listed only when something is missing or nothing changed after a restart. */
  tags: factSchema(z.array(z.string())),
  /** At most five, newest first. */
  candidates: z.array(TagCandidate),
  /** Whether the bot's own configured credential exists for this host. */
  botHasCredential: z.boolean(),
  /** The configured placeholder image pattern that it matches. */
  placeholder: z.string().exactOptional(),
});
export type ImageProbe = DeepReadonly<z.infer<typeof ImageProbe>>;

/** A digest that a pod runs, and what the registry knows about it. */
export const RunningImage = z.object({
  container: z.string(),
  /** Digest (algorithm and hex), taken from `imageID`. */
  digest: z.string(),
  pods: z.array(z.string()),
  manifest: factSchema(Manifest),
  config: factSchema(ImageConfig),
});
export type RunningImage = DeepReadonly<z.infer<typeof RunningImage>>;

/** A pull of another workload's pod on a node where a pod of this one waits for its image. */
export const NearbyPull = z.object({
  pod: z.string(),
  node: z.string(),
  image: z.string(),
  since: z.string(),
  /** When it ended, well or badly; absent while it goes on. */
  endedAt: z.string().exactOptional(),
});
export type NearbyPull = DeepReadonly<z.infer<typeof NearbyPull>>;

/**
 * What a kubelet lists in `node.status.images` of the images that a pod waits for. It lists 50 unless it was configured
 * otherwise (`nodeStatusMaxImages`), so the absence from a full list proves nothing.
 */
export const NodeImages = z.object({
  node: z.string(),
  /** How many images it lists in all. */
  listed: z.number(),
  /** Names of the same repositories as the images of the workload, as the kubelet writes them. */
  names: z.array(z.string()),
});
export type NodeImages = DeepReadonly<z.infer<typeof NodeImages>>;

/** Everything read for one diagnosis. Checks see nothing else. */
export const Snapshot = z.object({
  takenAt: z.string(),
  cluster: z.string(),
  workload: Workload,
  template: PodTemplate,
  revisions: factSchema(z.array(Revision)),
  pods: factSchema(z.array(Pod)),
  events: factSchema(z.array(ClusterEvent)),
  /** Pull secret names of the service account. */
  serviceAccount: factSchema(
    z.object({
      name: z.string(),
      pullSecretNames: z.array(z.string()),
      annotations: z.record(z.string(), z.string()),
    }),
  ),
  pullSecrets: z.array(PullSecret),
  nodes: factSchema(z.array(Node)),
  /** Effective environment by container: `env`, `envFrom`, then the image's own config. */
  environment: z.record(z.string(), z.array(EnvEntry)),
  logs: z.array(LogExtract),
  images: z.array(ImageProbe),
  running: z.array(RunningImage),
  neighbours: factSchema(z.array(Neighbour)),
  /** Read only if a pull takes unusually long. */
  nearbyPulls: z.array(NearbyPull).exactOptional(),
  /** Read only for nodes on which a container may not pull its image. */
  nodeImages: z.array(NodeImages).exactOptional(),
  /** The slowest transfer that is usual (`pulls.slowestBytesPerSecond`), as configured when this was read. */
  pullBytesPerSecond: z.number().positive().exactOptional(),
  /** Repositories used in the cluster on the same registries, to find similar names. */
  knownRepositories: z.array(z.string()),
  /** What could not be read, as people would say it; shown as "Not seen". */
  notSeen: z.array(z.string()),
  /**
   * Set when the question was about an image, as an identity (`namespace/serviceaccount`), and not about a workload.
   */
  asked: z.object({ reference: z.string(), as: z.string().exactOptional() }).exactOptional(),
  /** The organisation's own messages per cause, as configured when this was read. */
  messages: z.array(CauseMessage).exactOptional(),
});
export type Snapshot = DeepReadonly<z.infer<typeof Snapshot>>;
