import type { ImageRef } from '../image/image.ts';
import type { ImageConfig, Manifest, Platform, ProbeOutcome } from '../image/outcome.ts';
import type { CauseMessage } from '../settings/settings.ts';
import type { Fact } from '../values/fact.ts';
import type {
  Container,
  ContainerType,
  Placement,
  PodTemplate,
  PullPolicy,
  Workload,
  WorkloadRef,
} from '../workload/workload.ts';

/** The state of one container of one pod, from the pod's status. */
export interface ContainerState {
  readonly name: string;
  readonly type: ContainerType;
  /** The image of the pod's own spec; differs from the template's when admission rewrote it. */
  readonly image: string;
  readonly pullPolicy?: PullPolicy;
  /** `status.imageID` as the runtime writes it; empty before the first pull. */
  readonly imageId: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly waiting?: { readonly reason: string; readonly message: string };
  readonly runningSince?: string;
  readonly terminated?: Termination;
  readonly lastTerminated?: Termination;
}

export interface Termination {
  readonly reason: string;
  readonly exitCode: number;
  readonly message: string;
  readonly finishedAt?: string;
}

/** One pod of the workload. */
export interface Pod {
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
  readonly createdAt: string;
  readonly deletedAt?: string;
  readonly node?: string;
  /** Name of the ReplicaSet, ControllerRevision hash or Job that made it. */
  readonly revision?: string;
  readonly serviceAccount: string;
  readonly pullSecretNames: readonly string[];
  readonly placement: Placement;
  readonly containers: readonly ContainerState[];
  /** `PodScheduled=False` and its message, when it waits for a node. */
  readonly unschedulable?: string;
  /** `Evicted`, `NodeLost`…, with the message. */
  readonly statusReason?: string;
  readonly statusMessage?: string;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

/** One revision of the pod template: a ReplicaSet or ControllerRevision. */
export interface Revision {
  readonly name: string;
  readonly number: number;
  readonly createdAt: string;
  /** Container name -> image as written. */
  readonly images: Readonly<Record<string, string>>;
  readonly restartedAt?: string;
  /** Pods that exist of it. */
  readonly replicas: number;
  /** Who made the change, as far as `managedFields` or `change-cause` say. */
  readonly by?: string;
}

/** A Kubernetes Event about the workload, its revisions or its pods. */
export interface ClusterEvent {
  readonly object: { readonly kind: string; readonly name: string; readonly uid?: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt?: string;
  readonly lastAt?: string;
}

/** A pull secret that the workload names, without its content. */
export interface PullSecret {
  readonly name: string;
  readonly referencedBy: 'pod' | 'serviceAccount';
  /** `missing` is certain (404); unknown means we may not look. */
  readonly content: Fact<
    | { readonly state: 'missing' }
    /** Wrong type, or JSON that the kubelet would not read; the kubelet ignores such a Secret. */
    | { readonly state: 'unusable'; readonly type: string; readonly problem: string }
    | {
        readonly state: 'usable';
        readonly type: string;
        readonly createdAt: string;
        readonly entries: readonly PullSecretEntry[];
      }
  >;
}

/** One registry entry of a pull secret. */
export interface PullSecretEntry {
  /** The key as written: `https://index.docker.io/v1/`, `*.azurecr.io`, `ghcr.io/acme`. */
  readonly key: string;
  readonly username: string;
  /** When the credential ends, if it says so itself (ECR token, JWT) or an annotation does. */
  readonly expiresAt?: string;
}

/** A node, as far as image questions need it. */
export interface Node {
  readonly name: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly kubeletVersion: string;
  /** `containerd://2.1.3`, `cri-o://1.31.0`. */
  readonly runtime: string;
  readonly osImage: string;
  readonly ready: boolean;
  readonly diskPressure: boolean;
  readonly unschedulable: boolean;
}

/** Lines of a container's log that a pattern of `explain` knows, redacted, with where they were seen. */
export interface LogExtract {
  readonly pod: string;
  readonly container: string;
  readonly lines: Fact<readonly { readonly text: string; readonly at?: string; readonly previous: boolean }[]>;
}

/** Another workload of the namespace, for comparisons between who pushes and who fetches, and for nearest names. */
export interface Neighbour {
  readonly ref: WorkloadRef;
  readonly containers: readonly Pick<Container, 'name' | 'type' | 'image' | 'env'>[];
  /** What the kubelet last said of an image of it that it cannot pull, while it wants more pods than are ready. */
  readonly pullFailures?: readonly { readonly image: string; readonly message: string }[];
  /** It wants pods, and none with its present template is seen to run: its images may not exist. */
  readonly runsNowhere?: boolean;
}

/** One try at resolving an image, and as whom. The credential itself is never kept. */
export interface ProbeAttempt {
  /** `workload`: with a pull secret of the pod, or anonymously when none matches; `bot`: the configured credential. */
  readonly as: 'workload' | 'anonymous' | 'bot';
  /** Pull secret whose entry was used. */
  readonly secretName?: string;
  /** Where it was asked: the registry itself, or a mirror configured for the cluster. */
  readonly via: { readonly kind: 'origin' | 'mirror'; readonly host: string };
  readonly outcome: ProbeOutcome;
}

/** A tag that was resolved to compare it with what runs. */
export interface TagCandidate {
  readonly tag: string;
  readonly digest: string;
  readonly built?: string;
  /** When the registry says so itself; otherwise only `built` is known. */
  readonly pushedAt?: string;
  readonly revision?: string;
}

/** Everything read about one distinct image reference. */
export interface ImageProbe {
  /** As the pods or the template write it. */
  readonly text: string;
  /** Containers that use it, from the template or the pods. */
  readonly containers: readonly string[];
  /** Unknown when the text is no image reference. */
  readonly image: Fact<ImageRef>;
  /** Which provider answered: `acr`, `ghcr`, `docker-hub`, `generic`, …. For display only, never for decisions. */
  readonly provider: string;
  /** No pull secret matches this registry, so the node's identity or anonymous access decides. */
  readonly attempts: readonly ProbeAttempt[];
  /** The digest that the workload (or, failing that, the bot) gets for this reference now. */
  readonly digest: Fact<string>;
  readonly manifest: Fact<Manifest>;
  /** Configs by platform, read only where a check needs them. */
  readonly configs: Fact<readonly ImageConfig[]>;
  /** Tags of the repository; listed only when something is missing or nothing changed after a restart. */
  readonly tags: Fact<readonly string[]>;
  /** At most five, newest first. */
  readonly candidates: readonly TagCandidate[];
  /** Whether the bot's own configured credential exists for this host. */
  readonly botHasCredential: boolean;
  /** The placeholder pattern of the configuration that it matches. */
  readonly placeholder?: string;
}

/** A digest that a pod runs, and what the registry knows of it. */
export interface RunningImage {
  readonly container: string;
  /** Hex digest with algorithm, taken from `imageID`. */
  readonly digest: string;
  readonly pods: readonly string[];
  readonly manifest: Fact<Manifest>;
  readonly config: Fact<ImageConfig>;
}

/** Everything read for one diagnosis. Checks see this and nothing else. */
export interface Snapshot {
  readonly takenAt: string;
  readonly cluster: string;
  readonly workload: Workload;
  readonly template: PodTemplate;
  readonly revisions: Fact<readonly Revision[]>;
  readonly pods: Fact<readonly Pod[]>;
  readonly events: Fact<readonly ClusterEvent[]>;
  /** Pull secret names of the service account. */
  readonly serviceAccount: Fact<{
    readonly name: string;
    readonly pullSecretNames: readonly string[];
    readonly annotations: Readonly<Record<string, string>>;
  }>;
  readonly pullSecrets: readonly PullSecret[];
  readonly nodes: Fact<readonly Node[]>;
  /** Effective environment by container: `env`, `envFrom`, then the image's own config. */
  readonly environment: Readonly<Record<string, readonly Container['env'][number][]>>;
  readonly logs: readonly LogExtract[];
  readonly images: readonly ImageProbe[];
  readonly running: readonly RunningImage[];
  readonly neighbours: Fact<readonly Neighbour[]>;
  /** Repositories of the cluster on the same registries, for nearest names. */
  readonly knownRepositories: readonly string[];
  /** What could not be read, as people would say it; shown as "Not seen". */
  readonly notSeen: readonly string[];
  /** Set when somebody asked about an image, as whom (`namespace/serviceaccount`), and not about a workload. */
  readonly asked?: { readonly reference: string; readonly as?: string };
  /** The organisation's own words per cause, as they were configured when this was read. */
  readonly messages?: readonly CauseMessage[];
}
