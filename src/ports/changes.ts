import type { ObjectRef, Operation, TemplateEdit, WorkloadTarget } from '../model/change/operation.ts';
import type { DisruptionBudget, RevisionTemplate, Rollout } from '../model/change/rollout.ts';
import type { Fact } from '../model/values/fact.ts';
import type { Workload } from '../model/workload/workload.ts';
import type { Lookup, Reading } from './cluster.ts';
import type { Keychain } from './keychain.ts';

/**
 * What a change writes to every object it touches, so that the cluster itself remembers
 * (docs/architecture.md#one-execution).
 */
export interface Mark {
  /** Id of the approval; goes to `imagecheck.dev/last-approval` of the object's metadata. */
  readonly approval: string;
  /** Digest of the approved intent; goes to `imagecheck.dev/last-plan`: no other plan continues under the same id. */
  readonly plan?: string;
  /** For `kubernetes.io/change-cause`: remedy, approval id, approvers. */
  readonly changeCause: string;
}

/** How one operation ended. Never thrown. */
export type Applied =
  /**
   * `diff`: what changed (or would), as a unified diff of YAML without secrets. `before`/`after`: the changed fields.
   */
  | { readonly kind: 'applied'; readonly diff: string; readonly before: string; readonly after: string }
  /** Started, but not finished yet: verifying the change follows it to its end. */
  | { readonly kind: 'started'; readonly diff: string; readonly before: string; readonly after: string }
  /** Nothing to do: our own mark is there, or the object already is as wanted. */
  | { readonly kind: 'already'; readonly marked: boolean }
  /** A guard does not hold; the difference, in words for people. */
  | { readonly kind: 'conflict'; readonly what: string }
  | { readonly kind: 'absent'; readonly what: string }
  /** The server refuses the change: admission policy or webhook, quota, validation. In its own words. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'forbidden'; readonly missingRight: string }
  /** No reliable answer. `maybeDone`: the request was sent, so look before acting again. */
  | { readonly kind: 'unknown'; readonly why: string; readonly maybeDone: boolean };

export interface Applying extends Reading {
  /** The server does everything except storing it. */
  readonly dryRun: boolean;
  readonly mark: Mark;
  /** Returns the credential of a registry entry of the configuration, if it has one. */
  readonly keychain: Pick<Keychain, 'credentialOf'>;
}

/**
 * The one place that changes a cluster, with one method for each kind of change. Each method takes the approved
 * operation itself, because the changed object remembers it; reads the object, compares the guards, and writes with the
 * guards in the request, again if only something unrelated changed in between. Safe to repeat with the same mark at any
 * time.
 */
export interface ClusterWriter {
  /** Edits a pod template, in one patch. */
  editTemplate(
    operation: Operation & { readonly target: WorkloadTarget; readonly edits: readonly TemplateEdit[] },
    how: Applying,
  ): Promise<Applied>;
  /** Attaches a pull secret to a service account, or removes it; all others stay. */
  editServiceAccount(
    operation: Operation & {
      readonly target: ObjectRef;
      readonly change: 'add' | 'remove';
      readonly pullSecret: string;
    },
    how: Applying,
  ): Promise<Applied>;
  /**
   * Creates a pull secret, or sets one entry of it and keeps all others; the previous content is first saved to a
   * sibling Secret.
   */
  writePullSecret(
    operation: Operation & {
      readonly namespace: string;
      readonly name: string;
      /** Of the Secret that must exist; null: none may exist. */
      readonly uid: string | null;
      readonly key: string;
      readonly registry: string;
    },
    how: Applying,
  ): Promise<Applied>;
  /** Reverses what an approval wrote into a pull secret. */
  restorePullSecret(
    operation: Operation & { readonly namespace: string; readonly name: string; readonly approval: string },
    how: Applying,
  ): Promise<Applied>;
  /**
   * Deletes pods of a workload that are older than a given time (ISO 8601), or those that block an ordered StatefulSet.
   */
  deletePods(
    operation: Operation & {
      readonly workload: WorkloadTarget;
      readonly createdBefore: string;
      readonly onlyNotReady?: true | undefined;
    },
    how: Applying,
  ): Promise<Applied>;
  /**
   * Changes fields of any object except a Secret, for kinds of operation that need nothing more: each only if it still
   * equals `from` (undefined: absent), and never a list item by its index, because indexes move.
   */
  editObject(
    operation: Operation,
    edit: {
      readonly resource: { readonly group: string; readonly version: string; readonly plural: string };
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
      readonly fields: readonly { readonly path: readonly string[]; readonly from?: unknown; readonly to?: unknown }[];
    },
    how: Applying,
  ): Promise<Applied>;
}

/** Leaves a record of a change in the cluster itself. */
export interface ChangeEvents {
  /**
   * Records a Kubernetes Event about an object; the same `name` twice is one Event. A missing permission is a value.
   */
  event(
    event: {
      readonly name: string;
      readonly about: ObjectRef;
      readonly type: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    },
    reading: Reading,
  ): Promise<Lookup<void>>;
}

/** What only changes need to read. */
export interface ChangeReader {
  rollout(workload: Workload, reading: Reading): Promise<Lookup<Rollout>>;
  /** Budgets whose selector matches the workload's pods. */
  budgets(workload: Workload, reading: Reading): Promise<Fact<readonly DisruptionBudget[]>>;
  /** Templates of the previous revisions, newest first, compared with the current template. */
  earlierTemplates(workload: Workload, reading: Reading): Promise<Fact<readonly RevisionTemplate[]>>;
  /** Identity and owners of a Secret or service account, never its content. */
  identity(
    what: { readonly kind: 'Secret' | 'ServiceAccount'; readonly namespace: string; readonly name: string },
    reading: Reading,
  ): Promise<
    Lookup<{
      readonly uid: string;
      readonly type?: string;
      /** `ExternalSecret/x`, `SealedSecret/y`. */
      readonly owners: readonly string[];
      readonly annotations: Readonly<Record<string, string>>;
      readonly managers: readonly string[];
    }>
  >;
  /** Whether an Event with this name still exists; the API server drops them after about an hour. */
  eventExists(what: { readonly namespace: string; readonly name: string }, reading: Reading): Promise<Fact<boolean>>;
  /** Our identity in the cluster (SelfSubjectReview); for `imagecheck fix`. */
  whoAmI(reading: Reading): Promise<Lookup<string>>;
}
