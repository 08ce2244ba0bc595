import { z } from 'zod';

/** The kinds of workload that imagecheck knows how to read; other owners are named, not read. */
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

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';
export type ContainerType = 'init' | 'main' | 'ephemeral';

/** One entry of a container's environment; values that come from Secrets are never read. */
export interface EnvEntry {
  readonly name: string;
  /** Undefined when the value is not readable (Secret, field reference, missing ConfigMap). */
  readonly value?: string;
  /** Where it is defined, as people write it: `env`, `configMap/app`, `secret/app`, `field`, `image`. */
  readonly from: string;
  /** Key within the ConfigMap or Secret that `from` names. */
  readonly key?: string;
}

/** A container as the pod template or a pod's spec declares it. */
export interface Container {
  readonly name: string;
  readonly type: ContainerType;
  /** As written; may not be a valid reference. */
  readonly image: string;
  readonly pullPolicy?: PullPolicy;
  readonly env: readonly EnvEntry[];
  /** `envFrom` sources, as `configMap/app` or `secret/app`, with the prefix they add. */
  readonly envFrom: readonly { readonly source: string; readonly prefix: string }[];
  readonly command: readonly string[];
  readonly args: readonly string[];
}

/** What decides which nodes a pod may run on. Only required terms; preferences do not exclude a node. */
export interface Placement {
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required node affinity: any of these terms, each a list of expressions that all hold. */
  readonly affinityTerms: readonly (readonly NodeExpression[])[];
  readonly tolerations: readonly Toleration[];
}

/** One `matchExpressions` entry of a node affinity term. */
export interface NodeExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
  /** Set for a `matchFields` entry: `key` is a field, of which there is one, `metadata.name`. DaemonSet pods have it. */
  readonly field?: true;
}

/** A taint that pods accept (`tolerations` of the pod template). */
export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: string;
}

/** The part of a pod template, or of a bare pod's spec, that decides about images. */
export interface PodTemplate {
  readonly containers: readonly Container[];
  readonly serviceAccount: string;
  readonly pullSecretNames: readonly string[];
  readonly placement: Placement;
  /** Labels of the template; bare pods have their own. */
  readonly labels: Readonly<Record<string, string>>;
  /** `kubectl.kubernetes.io/restartedAt`, when the template carries it (ISO 8601). */
  readonly restartedAt?: string;
}

/** An owner that is above the workload: `DaskCluster/x` of `kubernetes.dask.org/v1`. */
export interface OwnerRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** A workload as its object says, before its pods are looked at. */
export interface Workload {
  readonly ref: WorkloadRef;
  readonly uid: string;
  readonly template: PodTemplate;
  /** Label selector of its pods, ready for a query string; empty for a bare pod. */
  readonly selector: string;
  /** Wanted pods; undefined where the kind has no such number. */
  readonly desired?: number;
  readonly ready: number;
  readonly updateStrategy?: 'RollingUpdate' | 'Recreate' | 'OnDelete';
  readonly paused: boolean;
  /** What its controller says of it: `Progressing`, `ReplicaFailure`, a Job's `Failed`. */
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly createdAt: string;
  /** Owners above it, nearest first; unknown kinds are named. */
  readonly owners: readonly OwnerRef[];
  /** Why there may be more owners above the last one. */
  readonly ownersUnread?: { readonly why: string; readonly missingRight?: string };
  /** Who wrote which field last, as `managedFields` says: manager name and time. */
  readonly managers: readonly {
    readonly name: string;
    readonly at?: string;
    readonly ownsImages: boolean;
    /** Fields of the template as model/git-owner.ts names them; left out where it is not known. */
    readonly owns?: readonly string[];
  }[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the object itself, which are not those of its pods; left out where it has none. */
  readonly labels?: Readonly<Record<string, string>>;
}
