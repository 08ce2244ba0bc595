/** How a workload replaces its pods, and how far it is. Numbers are pods. */
export interface Rollout {
  readonly uid: string;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly desired: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  readonly total: number;
  readonly paused: boolean;
  readonly strategy: 'RollingUpdate' | 'Recreate' | 'OnDelete' | 'none';
  /** Resolved to pods; 0 where the kind or strategy has none. */
  readonly maxUnavailable: number;
  readonly maxSurge: number;
  /** StatefulSet: only ordinals from here on are updated. */
  readonly partition: number;
  /** StatefulSet with `OrderedReady`: while a pod is not Ready, no pod is replaced, not even that one. */
  readonly ordered?: true;
  /** After this long without progress the rollout counts as failed; undefined where the kind has no such limit. */
  readonly progressDeadlineSeconds?: number;
  readonly minReadySeconds: number;
  /** The revision that new pods belong to: ReplicaSet name, or the ControllerRevision hash. */
  readonly revision?: string;
  /** Why the revisions could not be read, where that is why there is no `revision`. */
  readonly revisionUnread?: string;
  /** Its controller has not made a revision of the present template: no pod is of it. */
  readonly unmade?: true;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

/** A PodDisruptionBudget that covers the workload's pods. */
export interface DisruptionBudget {
  readonly name: string;
  readonly disruptionsAllowed: number;
}

/** The template of an earlier revision, next to the present one. */
export interface RevisionTemplate {
  readonly name: string;
  readonly number: number;
  readonly createdAt: string;
  readonly containers: readonly {
    readonly type: 'main' | 'init';
    readonly name: string;
    readonly image: string;
    readonly pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  }[];
  readonly pullSecretNames: readonly string[];
  /** Paths that differ from the present template besides image, pull policy, pull secrets and `restartedAt`. */
  readonly otherDifferences: readonly string[];
}
