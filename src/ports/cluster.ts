import type { ClusterEvent, Neighbour, Node, Pod, Revision } from '../model/snapshot/snapshot.ts';
import type { Fact } from '../model/values/fact.ts';
import type { Credential } from '../model/values/secret.ts';
import type { Workload, WorkloadKind, WorkloadRef } from '../model/workload/workload.ts';

/** Ends a read: the deadline of the whole diagnosis, or the caller's own. */
export interface Reading {
  readonly signal: AbortSignal;
}

/** One object that may not exist. `absent` is certain (404); every other failure is `unknown`. */
export type Lookup<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string; readonly missingRight?: string };

/** A pull secret with its content; only `flows/collect` and the registry see it. */
export interface PullSecretContent {
  readonly type: string;
  readonly createdAt: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Set if the kubelet could not use it: wrong type, invalid JSON, no `auths`. */
  readonly problem?: string;
  readonly entries: readonly { readonly key: string; readonly credential: Credential }[];
}

/**
 * Reads one cluster. No method throws for a missing permission, a missing object or a dead server: those are values.
 */
export interface ClusterReader {
  readonly id: string;
  workload(ref: WorkloadRef, reading: Reading): Promise<Lookup<Workload>>;
  /** Every workload of these kinds; in all namespaces if `namespace` is left out. Pods with an owner are not listed. */
  workloads(
    where: { readonly namespace?: string; readonly kinds?: readonly WorkloadKind[] },
    reading: Reading,
  ): Promise<Fact<readonly WorkloadSummary[]>>;
  /** The names of the same workloads; reads much less where objects are large. */
  workloadNames(
    where: { readonly namespace?: string; readonly kinds?: readonly WorkloadKind[] },
    reading: Reading,
  ): Promise<Fact<readonly WorkloadRef[]>>;
  namespaces(reading: Reading): Promise<Fact<readonly string[]>>;
  /** Pods of a workload: by its selector and then by owner, or the bare pod itself. Paged and projected. */
  pods(workload: Workload, reading: Reading): Promise<Fact<readonly Pod[]>>;
  /** ReplicaSets or ControllerRevisions, newest first. */
  revisions(workload: Workload, reading: Reading): Promise<Fact<readonly Revision[]>>;
  /**
   * Newest first. With `about` only those of objects with these names, one request each; otherwise those of the
   * namespace.
   */
  events(
    where: { readonly namespace: string; readonly about?: readonly string[] },
    reading: Reading,
  ): Promise<Fact<readonly ClusterEvent[]>>;
  serviceAccount(
    namespace: string,
    name: string,
    reading: Reading,
  ): Promise<
    Lookup<{ readonly pullSecretNames: readonly string[]; readonly annotations: Readonly<Record<string, string>> }>
  >;
  pullSecret(namespace: string, name: string, reading: Reading): Promise<Lookup<PullSecretContent>>;
  configMap(namespace: string, name: string, reading: Reading): Promise<Lookup<Readonly<Record<string, string>>>>;
  nodes(reading: Reading): Promise<Fact<readonly Node[]>>;
  /** The names under which a node lists the images that it has, one list per image. */
  nodeImages(node: string, reading: Reading): Promise<Fact<readonly (readonly string[])[]>>;
  /** The last 200 lines, at most 64 KiB, with RFC 3339 timestamps in front. */
  log(
    where: { readonly namespace: string; readonly pod: string; readonly container: string; readonly previous: boolean },
    reading: Reading,
  ): Promise<Lookup<string>>;
  /** Closes pooled connections. */
  close(): Promise<void>;
}

/** What checks of one cluster can share; a single check asks the cluster itself. */
export type Surroundings = Pick<ClusterReader, 'nodes' | 'workloads' | 'workloadNames' | 'events'>;

/** A workload of a list, with what comparisons across a namespace need. */
export interface WorkloadSummary extends Neighbour {
  readonly ready: number;
  readonly desired?: number;
}
