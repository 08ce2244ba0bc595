import type { Approval, ApprovalState } from './model/approval.ts';
import type { AuditEvent, AuditRecord } from './model/audit.ts';
import type { Fact } from './model/fact.ts';
import type { ObjectRef, Operation } from './model/operation.ts';
import type { DisruptionBudget, RevisionTemplate, Rollout } from './model/rollout.ts';
import type { Credential } from './model/secret.ts';
import type { Workload } from './model/workload.ts';
import type { Lookup, Reading } from './ports.ts';

/** What a change leaves on every object it touches, so that the cluster itself remembers (design section 7). */
export interface Mark {
  /** Id of the approval; goes to `imagecheck.dev/last-approval` of the object's metadata. */
  readonly approval: string;
  /** Digest of the approved intent; goes to `imagecheck.dev/last-plan`: no other plan is gone on with under the same id. */
  readonly plan?: string;
  /** For `kubernetes.io/change-cause`: remedy, approval id, approvers. */
  readonly changeCause: string;
}

/** How one operation ended. Never thrown. */
export type Applied =
  /** `diff`: what changed (or would), as a unified diff of YAML without secrets. `before`/`after`: the changed fields. */
  | { readonly kind: 'applied'; readonly diff: string; readonly before: string; readonly after: string }
  /** Nothing to do: our own mark is there, or the object is as wanted. */
  | { readonly kind: 'already'; readonly marked: boolean }
  /** A guard does not hold; what is different, as people would say it. */
  | { readonly kind: 'conflict'; readonly what: string }
  | { readonly kind: 'absent'; readonly what: string }
  /** The server refuses the change: admission policy or webhook, quota, validation. Its own words. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'forbidden'; readonly missingRight: string }
  /** No trustworthy answer. `maybeDone`: the request was sent, so look before acting again. */
  | { readonly kind: 'unknown'; readonly why: string; readonly maybeDone: boolean };

export interface Applying extends Reading {
  /** The server does everything but keep it. */
  readonly dryRun: boolean;
  readonly mark: Mark;
  /** Credential of a registry entry of the configuration, for `write-pull-secret`; undefined when there is none. */
  readonly credential: (registry: string) => Credential | undefined;
}

/** The one place that changes a cluster. */
export interface ClusterWriter {
  /**
   * Does one operation: reads the object, compares the guards, and patches with the guards in the patch, again when only
   * something unrelated changed in between. Safe to repeat with the same mark at any time.
   */
  apply(operation: Operation, how: Applying): Promise<Applied>;
  /** Records a Kubernetes Event about an object; the same `name` twice is one Event. A missing right is a value. */
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
  /** Templates of the revisions before the present one, newest first, compared with the present template. */
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
  /** Whether an Event of this name is kept; the API server forgets them after an hour or so. */
  eventExists(what: { readonly namespace: string; readonly name: string }, reading: Reading): Promise<Fact<boolean>>;
  /** Who we are to the cluster (SelfSubjectReview); for `imagecheck fix`. */
  whoAmI(reading: Reading): Promise<Lookup<string>>;
}

/** What is known of an approval that nobody works on although there is work. */
export interface DueApproval {
  readonly team: string;
  readonly id: string;
  readonly cluster: string;
  readonly state: ApprovalState;
}

/** What a change of an approval brings with it; all of it happens in one step, or none of it. */
export interface ApprovalChange {
  /** Audit events that belong to the change, in their order. */
  readonly audit: readonly AuditEvent[];
  /** When the next worker should look, in milliseconds from now (verification); at once when left out. */
  readonly dueInMs?: number;
}

/** Records of changes. All times are the store's own clock. */
export interface Approvals {
  /** Writes a new approval (revision 0). `exists`: there is one of that id already, and it is left as it is. */
  create(approval: Approval, change: ApprovalChange): Promise<'created' | 'exists'>;
  get(team: string, id: string): Promise<Approval | undefined>;
  /**
   * Replaces the approval, provided that its revision is still `next.revision`; the stored one has the revision after.
   * The result is what is stored now, or undefined when somebody else changed it first. In a state in which a worker has
   * something to do it becomes due.
   */
  change(next: Approval, change: ApprovalChange): Promise<Approval | undefined>;
  /**
   * Takes an approval in a working state for this holder, or renews the hold; false when another live holder has it or
   * there is nothing to do. A change to a state without work ends every hold; one between working states keeps it.
   */
  hold(team: string, id: string, holder: string, leaseMs: number): Promise<boolean>;
  renew(team: string, id: string, holder: string, leaseMs: number): Promise<boolean>;
  release(team: string, id: string, holder: string): Promise<void>;
  /**
   * Approvals with work that nobody holds and whose time came at least `olderThanMs` ago (a job is on its way before); one
   * that was given back (`release`) with work left is due without waiting. Each is given to one caller per `olderThanMs`.
   */
  due(olderThanMs: number): Promise<readonly DueApproval[]>;
  /** Pending approvals whose `expiresAt` is over, at once; each is given to one caller per `olderThanMs`. */
  expired(olderThanMs: number): Promise<readonly DueApproval[]>;
  /** Newest first. */
  list(team: string, which: WhichApprovals): Promise<readonly Approval[]>;
}

/** Which approvals of a workspace are listed. */
export interface WhichApprovals {
  readonly cluster?: string;
  readonly states?: readonly ApprovalState[];
  /** Only uses of break glass that nobody has looked at (`isToReview`), however old. */
  readonly toReview?: true;
  readonly limit: number;
}

/** The audit stream: appended to, never changed. */
export interface AuditTrail {
  /** Events that belong to no change of a record: refusals. Appended exactly once per `key`. */
  append(events: readonly AuditEvent[], key?: string): Promise<void>;
  /** Oldest first, a page at a time; `after` is the sequence of the last one seen, `sinceMs` a moment (epoch). */
  read(from: {
    readonly after?: number;
    readonly sinceMs?: number;
    readonly limit: number;
  }): Promise<readonly AuditRecord[]>;
  /** Newest first, of one workload (`NAMESPACE/deployment/web`) of one cluster, or of all. */
  history(
    team: string,
    about: { readonly cluster?: string; readonly workload?: string; readonly limit: number },
  ): Promise<readonly AuditRecord[]>;
}

/** How far a sink has come. One process at a time delivers to a sink: whoever holds its cursor. */
export interface AuditCursors {
  /**
   * Takes the cursor for this holder, or renews it. Gives the sequence of the last record that arrived (0 at first), or
   * undefined while another live holder has it. Where that record is not in the chain (any more), it begins again at 0:
   * sent twice rather than never.
   */
  take(sink: string, holder: string, leaseMs: number): Promise<number | undefined>;
  /** Everything up to this record arrived; false when the cursor was lost to another holder. */
  advance(sink: string, holder: string, record: AuditRecord): Promise<boolean>;
  release(sink: string, holder: string): Promise<void>;
}

/** Where audit records go besides Redis. Throws when they did not arrive; then they are sent again. */
export interface AuditSink {
  readonly name: string;
  send(records: readonly AuditRecord[]): Promise<void>;
}
