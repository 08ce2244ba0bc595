import type { Approval } from '../../../model/approval/approval.ts';
import type { RemediationSetting } from '../../../model/approval/approval-settings.ts';
import type { RemedyId, RemedyParams } from '../../../model/change/change.ts';
import type { Report } from '../../../model/finding/report.ts';
import type { Snapshot } from '../../../model/snapshot/snapshot.ts';
import { formatWorkload, type WorkloadRef } from '../../../model/workload/workload.ts';
import type { ChangeReader, ClusterWriter } from '../../../ports/changes.ts';
import type { Reading } from '../../../ports/cluster.ts';
import type { Refusal, Remedy, UndoTarget } from '../../../remedies/parts/remedy.ts';
import type { Reach, TellProgress } from '../../collect/collect.ts';

/** What planning reads from, and the worker's own limits. */
export interface PlanReach extends Reach {
  readonly changes: ChangeReader & ClusterWriter;
  /** Lower case: `ghcr.io/acme`. */
  readonly trustedOwners: readonly string[];
  readonly remediation: RemediationSetting;
  /** Default: the remedies of the product. */
  readonly remedyOf?: (id: RemedyId) => Remedy | undefined;
}

/** The circumstances of one planning. */
export interface PlanHow {
  readonly signal: AbortSignal;
  readonly onProgress?: TellProgress;
  /** Id of the approval, for the mark of the dry run. */
  readonly approval: string;
  /** The report that `request.from` refers to. */
  readonly report?: Report;
  /** The approval that `request.undoes` names. */
  readonly undone?: Approval;
  /** Whether every operation is tried on the API server. */
  readonly dryRun: boolean;
  /** One deadline for everything that is read; default 25 s. */
  readonly deadlineMs?: number;
}

/** What one planning shares between its parts. */
export interface Planning {
  readonly reach: PlanReach;
  readonly reading: Reading;
  readonly progress: TellProgress;
  readonly how: PlanHow;
  /** The request's time (ISO 8601). */
  readonly at: string;
}

/**
 * The planning for one of several workloads that are read in parallel: showing each read would flicker, so they are
 * counted.
 */
export function forEach(count: number, planning: Planning): Planning {
  const { progress } = planning;
  if (count < 2) return planning;
  return {
    ...planning,
    progress: (what) => progress(what.startsWith('reading ') ? `reading ${count} workloads` : what),
  };
}

/** One workload to be changed, with what was already read about it. */
export interface Chosen {
  readonly workload: WorkloadRef;
  readonly params: RemedyParams;
  readonly snapshot?: Snapshot;
  readonly undo?: UndoTarget;
}

/** Which workloads a request means, and with which parameters. */
export interface ResolvedTargets {
  readonly kind: 'targets';
  readonly targets: readonly Chosen[];
  /** What a request asked for and the plan does not do, with the reason; the result states it again. */
  readonly leftOut: readonly string[];
  /** Set if there is nothing to do, because it is healthy, gone, or already undone. */
  readonly settled: readonly string[];
}

/** The targets, or a question, or why there are none. */
export type Targets =
  | ResolvedTargets
  | { readonly kind: 'ambiguous'; readonly candidates: readonly WorkloadRef[] }
  | Refusal;

/** A refusal of the whole request, or of one target. */
export function refusal(why: string, remedy?: string, kubectl: readonly string[] = []): Refusal {
  return { kind: 'refused', why, kubectl, ...(remedy === undefined ? {} : { remedy }) };
}

/** What a person can do about a mistyped name; undefined if no name is similar. */
export function didYouMean(near: readonly WorkloadRef[]): string | undefined {
  if (near.length === 0) return undefined;
  return `Did you mean ${near.map((ref) => `${formatWorkload(ref)} in ${ref.namespace}`).join(', ')}?`;
}
