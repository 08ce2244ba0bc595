import type { Approval } from '../model/approval/approval.ts';
import type { AuditEvent } from '../model/audit/audit.ts';

/** What is known about an approval that has work but no holder. */
export interface DueApproval {
  readonly team: string;
  readonly id: string;
  readonly cluster: string;
  readonly state: Approval['state'];
}

/** What happens together with a change of an approval: all of it in one step, or none of it. */
export interface ApprovalChange {
  /** Audit events that belong to the change, in order. */
  readonly audit: readonly AuditEvent[];
  /** When the next worker should look, in milliseconds from now (verification); default: immediately. */
  readonly dueInMs?: number;
}

/** Records of changes. All times are from the store's own clock. */
export interface Approvals {
  /** Writes a new approval (revision 0). `exists`: an approval with that id already exists and is left unchanged. */
  create(approval: Approval, change: ApprovalChange): Promise<'created' | 'exists'>;
  get(team: string, id: string): Promise<Approval | undefined>;
  /**
   * Replaces the approval if its revision is still `next.revision`; the stored one gets the next revision. The result
   * is what is stored now, or undefined if someone else changed it first. In a state with work for a worker it becomes
   * due.
   */
  change(next: Approval, change: ApprovalChange): Promise<Approval | undefined>;
  /**
   * Takes an approval in a working state for this holder, or renews the hold; false if another live holder has it or
   * there is nothing to do, or if more than `mostDeaths` holders died. A change to a state without work ends every hold;
   * a change between working states keeps it.
   */
  hold(team: string, id: string, holder: string, leaseMs: number, mostDeaths?: number): Promise<boolean>;
  /** How many holders died without giving it back; 0 while a live one has it. */
  deaths(team: string, id: string): Promise<number>;
  renew(team: string, id: string, holder: string, leaseMs: number): Promise<boolean>;
  release(team: string, id: string, holder: string): Promise<void>;
  /**
   * Approvals with work and without a holder, due at least `olderThanMs` ago (before that a job is on its way); one
   * that was given back (`release`) with work left is due without waiting. Each is given to one caller per
   * `olderThanMs`. An approval that came to a state without work is given once more some seconds later, to be shown
   * again.
   */
  due(olderThanMs: number): Promise<readonly DueApproval[]>;
  /** Pending approvals whose `expiresAt` has passed, without delay; each is given to one caller per `olderThanMs`. */
  expired(olderThanMs: number): Promise<readonly DueApproval[]>;
  /** Newest first. */
  list(team: string, which: WhichApprovals): Promise<readonly Approval[]>;
}

/** Approvals of every workspace whose signatures may still have to be verified. */
export interface SignedApprovals {
  /** Those that need their keys longest first; `untilMs` is epoch milliseconds. */
  signed(limit: number): Promise<readonly { readonly approval: Approval; readonly untilMs: number }[]>;
}

/** Which approvals of a workspace are listed. */
export interface WhichApprovals {
  readonly cluster?: string;
  readonly states?: readonly Approval['state'][];
  /** Only uses of break glass that nobody has reviewed (`isToReview`), however old. */
  readonly toReview?: true;
  readonly limit: number;
}
