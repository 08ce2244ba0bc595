import type { DecideClick, Decision } from '../../flows/change/decide/decide.ts';
import type { RefusedRequest } from '../../flows/change/request/refuse-request.ts';
import type { Approval } from '../../model/approval/approval.ts';
import type { AuditRecord } from '../../model/audit/audit.ts';

/** Everything that the Slack side does with changes, filled in by the wiring. */
export interface ChangeDoor {
  /** The id of the approval that this delivery requests: a repeated delivery requests the same one. */
  newId(team: string, key: string): string;
  /**
   * Records it in state `preparing` and queues its plan; both are in Redis when it returns. `waits`: a plan for the
   * same change already exists, and nothing was recorded. Throws a `UserError` within a second if that is not possible.
   */
  request(approval: Approval): Promise<'created' | 'exists' | { readonly waits: Approval }>;
  /** Records in the audit stream that a change was requested and refused. */
  refused(wish: RefusedRequest): Promise<void>;
  decide(click: DecideClick): Promise<Decision>;
  /** With its diffs. */
  get(team: string, id: string): Promise<Approval | undefined>;
  /** Newest first. */
  list(
    team: string,
    which: {
      readonly cluster?: string;
      readonly states?: readonly Approval['state'][];
      /** Only uses of break glass that nobody has reviewed, however old. */
      readonly toReview?: true;
      readonly limit: number;
    },
  ): Promise<readonly Approval[]>;
  /** Whether a change with this id was made in a terminal, where workspaces do not matter. */
  isOfTerminal(id: string): Promise<boolean>;
  /** Newest first, including what was done in a terminal; `workload` as `NAMESPACE/deployment/web`. */
  history(
    team: string,
    about: { readonly cluster?: string; readonly workload?: string; readonly limit: number },
  ): Promise<readonly AuditRecord[]>;
  /**
   * Someone reviewed a use of break glass. Returns the current approval; undefined if it is gone. `refused` if the
   * person may not review it, for example because they broke the glass.
   */
  review(click: {
    readonly team: string;
    readonly id: string;
    readonly user: string;
    readonly groups: readonly string[] | 'unreadable';
  }): Promise<Decision>;
  /** Groups that the approval policy names in a workspace: membership is read at the click. */
  groups(team: string): readonly string[];
  /** Whether a button may propose to change from one image to another: same registry and owner, or a trusted owner. */
  isTrustedMove(from: string, to: string): boolean;
}
