/** How a workload replaces its pods, and its progress. Numbers are pods. */
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
  /** Resolved to pods; 0 if the kind or strategy has none. */
  readonly maxUnavailable: number;
  readonly maxSurge: number;
  /** StatefulSet: only ordinals from this one on are updated. */
  readonly partition: number;
  /** StatefulSet with `OrderedReady`: while a pod is not Ready, no pod is replaced, not even that one. */
  readonly ordered?: true;
  /** After this long without progress the rollout counts as failed; undefined if the kind has no such limit. */
  readonly progressDeadlineSeconds?: number;
  readonly minReadySeconds: number;
  /** The revision that new pods belong to: ReplicaSet name, or the ControllerRevision hash. */
  readonly revision?: string;
  /** Why the revisions could not be read, if that is why there is no `revision`. */
  readonly revisionUnread?: string;
  /** Its controller has not created a revision of the current template: no pod belongs to it. */
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

/** The template of an earlier revision, compared with the current one. */
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
  /** Paths that differ from the current template besides image, pull policy, pull secrets and `restartedAt`. */
  readonly otherDifferences: readonly string[];
}
