import type { KeyObject } from 'node:crypto';
import type { Approval } from '../../../model/approval/approval.ts';
import type { ApprovalTimes, ApprovePolicy, RemediationSetting } from '../../../model/approval/approval-settings.ts';
import type { Doing } from '../../../model/approval/approval-step.ts';
import type { ChangeRequest } from '../../../model/change/change.ts';
import type { Report } from '../../../model/finding/report.ts';
import type { Approvals } from '../../../ports/approvals.ts';
import type { AuditTrail } from '../../../ports/audit.ts';
import type { ChangeEvents, ChangeReader, ClusterWriter } from '../../../ports/changes.ts';
import type { ClusterReader } from '../../../ports/cluster.ts';
import type { Keychain } from '../../../ports/keychain.ts';
import type { Outbox } from '../../../ports/outbox.ts';
import type { Queue } from '../../../ports/queue.ts';
import type { Reports, Workers } from '../../../ports/records.ts';
import type { Diagnose, Incident } from '../../ask/answer.ts';
import type { TellProgress } from '../../collect/collect.ts';
import type { PlanOutcome } from '../plan/plan.ts';

/** Makes a plan from a request; `makePlan` with everything that it reads filled in. */
export type MakePlan = (
  request: ChangeRequest,
  how: {
    readonly signal: AbortSignal;
    readonly approval: string;
    readonly report?: Report;
    readonly undone?: Approval;
    /** Whether the API server is asked for a dry run. */
    readonly dryRun: boolean;
    readonly onProgress?: TellProgress;
  },
) => Promise<PlanOutcome>;

/**
 * What a worker's part in changes may touch. Everything that decides comes from its own configuration, never from
 * Redis.
 */
export interface ChangeWorkDeps {
  /** Id of the one cluster that this worker changes. */
  readonly clusterId: string;
  /** Who acts, as the audit stream names them: `worker:<id>`, unique per process. */
  readonly actor: Pick<Doing, 'actor' | 'channel'>;
  readonly approvals: Approvals;
  readonly audit: AuditTrail;
  readonly outbox: Outbox;
  readonly reports: Reports;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly cluster: Pick<ClusterReader, 'workload' | 'pods'>;
  readonly changes: ClusterWriter & ChangeEvents & Pick<ChangeReader, 'rollout' | 'identity' | 'eventExists'>;
  readonly plan: MakePlan;
  readonly diagnose: Diagnose;
  readonly policy: ApprovePolicy;
  readonly remediation: RemediationSetting;
  /** The bots' public keys, from this worker's own configuration; without one nothing can be executed here. */
  readonly publicKeys: readonly KeyObject[];
  readonly keychain: Pick<Keychain, 'credentialOf'>;
  readonly times: ApprovalTimes;
  /** The clock that all processes share; every time in a record is one of it. */
  readonly now: () => Date;
  /** Milliseconds by which this process's own clock is ahead of it; not ahead when left out. */
  readonly aheadMs?: () => number;
  readonly onIncident: (incident: Incident) => void;
  /** How often the progress of a plan or a watched change is shown; default 3 s. */
  readonly progressMs?: number;
  /** How long a dead worker keeps a change from the others; default 5 s. */
  readonly leaseMs?: number;
}

/** What executing an approved change needs: for a worker, or for the person who makes it. */
export interface CarryOutDeps
  extends Pick<ChangeWorkDeps, 'actor' | 'outbox' | 'queue' | 'cluster' | 'changes' | 'keychain' | 'now'> {
  readonly approvals: Pick<Approvals, 'get' | 'change'>;
  readonly times: Pick<ApprovalTimes, 'undoMs'>;
}

/** What watching a change needs. */
export interface WatchDeps
  extends Pick<CarryOutDeps, 'actor' | 'approvals' | 'outbox' | 'queue' | 'cluster' | 'changes' | 'now'>,
    Pick<ChangeWorkDeps, 'reports' | 'diagnose' | 'onIncident' | 'progressMs'> {}

/** What a bot's part in changes may touch. */
export interface ChangeAskDeps {
  readonly approvals: Approvals;
  readonly audit: AuditTrail;
  readonly outbox: Outbox;
  readonly workers: Workers;
  readonly queue: Pick<Queue, 'enqueue'>;
  /** Signs requests, votes and grants; without it nothing can be approved. */
  readonly privateKey?: KeyObject;
  /** The clock that all processes share, and how far this process's own is ahead of it, as in `ChangeWorkDeps`. */
  readonly now: () => Date;
  readonly aheadMs?: () => number;
}
