import type { Approval, ApprovalState } from '../model/approval/approval.ts';
import type { AuditEvent } from '../model/audit/audit.ts';

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
