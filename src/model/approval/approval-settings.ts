import type { RemedyId, Risk } from '../change/change.ts';
import type { Secret } from '../values/secret.ts';

/** People by Slack user id, and user groups by id or handle. */
export interface People {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** What a rule or a freeze covers, as globs; an empty or missing list covers nothing of its kind. */
export interface Scope {
  readonly namespaces: readonly string[];
  /** Hosts of registries. */
  readonly registries?: readonly string[];
  readonly nodes?: readonly string[];
}

/**
 * Who may approve what. The first rule whose scope covers everything that is changed, and whose remedies and risks
 * match, decides; without one nobody may approve.
 */
export interface ApproveRule extends Scope {
  /** Id of the Slack workspace whose changes and people it is about; left out if the configuration names none. */
  readonly team?: string;
  readonly approvers: People;
  /** Globs. */
  readonly clusters: readonly string[];
  readonly remedies: readonly RemedyId[];
  readonly risks: readonly Risk[];
  /** How many different people. */
  readonly votes: number;
  /** Whether the requester may vote. */
  readonly selfApproval: boolean;
  /** Whether what Git owns may be patched directly. */
  readonly overGit: boolean;
  /** A ticket that matches `requireTicket` must be named. */
  readonly ticket: boolean;
}

/** One person of an on-call group alone, with a reason, for named low-risk remedies. */
export interface BreakGlassRule extends Scope {
  /** As in `ApproveRule`; `securityChannel` is in this workspace, too. */
  readonly team?: string;
  readonly approvers: People;
  readonly clusters: readonly string[];
  readonly remedies: readonly RemedyId[];
  /** Slack channel that is informed. */
  readonly securityChannel: string;
}

/** A time in which nothing is changed, from any Slack workspace, except by break glass. */
export interface FreezeWindow extends Scope {
  readonly name: string;
  readonly clusters: readonly string[];
  /** Either from one time to another (ISO 8601) … */
  readonly from?: string;
  readonly to?: string;
  /** … or every week: days (0 is Sunday) and minutes of the day in `timeZone`; `endMinute` may be after midnight. */
  readonly weekly?: {
    readonly days: readonly number[];
    readonly startMinute: number;
    readonly endMinute: number;
    readonly timeZone: string;
  };
}

/** `policy.approve` and related settings; the same for bot and worker, each from its own configuration. */
export interface ApprovePolicy {
  readonly rules: readonly ApproveRule[];
  readonly breakGlass: readonly BreakGlassRule[];
  readonly freeze: readonly FreezeWindow[];
  /** Pattern of ticket ids (a regular expression that matches the whole text). */
  readonly requireTicket?: string;
}

/** What a worker may change at all, whatever was approved (`remediation:` of its own configuration). */
export interface RemediationSetting {
  /** Empty means none: the bot then shows commands instead of buttons. */
  readonly remedies: readonly RemedyId[];
  /** Globs. */
  readonly namespaces: readonly string[];
  /** Globs over `REGISTRY/REPOSITORY` of every image that a template may be set to. */
  readonly images: readonly string[];
}

/** Key material of approvals. A bot has the private key, a worker only public ones. */
export interface SigningSetting {
  /** Ed25519, PKCS #8 PEM or base64 of the DER. */
  readonly privateKey?: Secret;
  /** Ed25519, SPKI PEM or base64 of the DER; several while keys are changed. */
  readonly publicKeys: readonly string[];
}

/** How long things are valid or kept. */
export interface ApprovalTimes {
  /** From the plan being shown to its expiry. */
  readonly planMs: number;
  /** How long *Undo* is offered. */
  readonly undoMs: number;
  /** How long approvals are kept after they ended. */
  readonly keepMs: number;
}

/** Where audit records go besides Redis, and how long Redis keeps them. */
export interface AuditSetting {
  readonly keepMs: number;
  /** JSON lines on standard output. */
  readonly stdout: boolean;
  readonly webhook?: { readonly url: URL; readonly token?: Secret };
}
