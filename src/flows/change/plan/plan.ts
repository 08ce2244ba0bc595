import type { ChangeRequest, Risk } from '../../../model/change/change.ts';
import type { ContainerKey } from '../../../model/change/operation.ts';
import {
  type ExpectedImage,
  type Intent,
  type Plan,
  type PlannedTarget,
  remedyDecided,
} from '../../../model/change/plan.ts';
import { cut } from '../../../model/text/words.ts';
import { defined } from '../../../model/values/defined.ts';
import { formatWorkload, type WorkloadRef } from '../../../model/workload/workload.ts';
import { inOrder } from '../../../operations/index.ts';
import type { RegistryClient } from '../../../ports/registry.ts';
import { remedies } from '../../../remedies/index.ts';
import type { Refusal, Remedy } from '../../../remedies/parts/remedy.ts';
import { scopedToRequest } from '../../collect/scope.ts';
import { sharedSurroundings } from '../../collect/surroundings.ts';
import { dryRunWarnings } from './dry-run.ts';
import { forEach, type PlanHow, type Planning, type PlanReach, refusal } from './reach.ts';
import { planTarget, type TargetPlan } from './target.ts';
import { resolveTargets } from './targets.ts';
import { distinctLines, mergedLines } from './text.ts';

export type { PlanHow, PlanReach } from './reach.ts';

/** How planning ends; nothing was changed in any case. */
export type PlanOutcome =
  /** `request` has its targets filled in: planning again from it gives the same digest while the world is the same. */
  | { readonly kind: 'plan'; readonly plan: Plan; readonly request: ChangeRequest }
  | {
      readonly kind: 'refused';
      readonly why: string;
      readonly remedy?: string;
      /** What a person with the permissions may run instead. */
      readonly kubectl: readonly string[];
    }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly WorkloadRef[] };

const usualDeadlineMs = 25_000;

/**
 * From a request to a plan: finds the workloads, reads them, lets the remedy decide, and tries the operations on the
 * API server. Everything is read afresh, in parallel and under one deadline. Targets that are refused are left out
 * while others remain. Never throws because of an answer from a cluster, a registry or a record.
 */
export async function makePlan(request: ChangeRequest, around: PlanReach, how: PlanHow): Promise<PlanOutcome> {
  const remedy = (around.remedyOf ?? remedies.find)(request.remedy);
  if (remedy === undefined) return unknownRemedy(request.remedy);
  const reading = { signal: AbortSignal.any([how.signal, AbortSignal.timeout(how.deadlineMs ?? usualDeadlineMs)]) };
  const cluster = scopedToRequest(request, around.cluster);
  const surroundings = sharedSurroundings(cluster, reading);
  const reach = { ...around, cluster, surroundings, registry: freshRegistry(around.registry, around.now()) };
  const planning: Planning = { reach, reading, how, at: request.at, progress: how.onProgress ?? (() => {}) };
  const found = await resolveTargets(request, planning);
  if (found.kind !== 'targets') return found;
  const undone = how.undone?.plan === undefined ? undefined : remedyDecided(how.undone.plan.intent);
  const origin = {
    remedy,
    isProposal: request.from !== undefined,
    ...defined({ undone, typed: request.typed?.target }),
  };
  const each = forEach(found.targets.length, planning);
  const results = await Promise.all(found.targets.map((target) => planTarget(target, origin, each)));
  const leftOut = [...found.leftOut];
  const targets: TargetPlan[] = [];
  const refusals: { readonly workload: WorkloadRef; readonly refused: Refusal }[] = [];
  for (const [index, result] of results.entries()) {
    const workload = found.targets[index]?.workload;
    if (result.kind === 'target') targets.push(result);
    else if (workload !== undefined) refusals.push({ workload, refused: result });
  }
  if (targets.length === 0) return allRefused(refusals, [...found.settled, ...leftOut]);
  leftOut.push(...refusals.map(({ workload, refused }) => `${formatWorkload(workload)}: ${refused.why}`));
  // In the order of the request, which the plan keeps from now on: the workload that was asked about comes first.
  const plan = planOf(request, remedy, targets, { leftOut, settled: found.settled }, reach.now().toISOString());
  const rest = leftOut.length === 0 ? {} : { leftOut };
  return {
    kind: 'plan',
    plan,
    request: { ...request, targets: targets.map(({ chosen }) => targetOf(chosen)), ...rest },
  };
}

/** A newer bot requests something that only a newer worker can do. */
function unknownRemedy(id: string): Refusal {
  const newer = 'A newer imagecheck asked for it: update the worker of this cluster.';
  return refusal(`This worker does not know the remedy ${cut(id, 63)}.`, newer);
}

function targetOf({ workload, params }: TargetPlan['chosen']): ChangeRequest['targets'][number] {
  return { subject: workload, params };
}

function allRefused(
  refusals: readonly { readonly workload: WorkloadRef; readonly refused: Refusal }[],
  leftOut: readonly string[],
): PlanOutcome {
  const [first, ...others] = refusals;
  if (first === undefined) return refusal(['Nothing is left to change.', ...leftOut].join(' '));
  if (others.length === 0) return first.refused;
  const { remedy } = first.refused;
  return refusal(
    refusals.map(({ workload, refused }) => `${formatWorkload(workload)}: ${refused.why}`).join('\n'),
    remedy,
    distinctLines(refusals.map(({ refused }) => refused.kubectl)),
  );
}

function planOf(
  request: ChangeRequest,
  remedy: Remedy,
  targets: readonly TargetPlan[],
  { leftOut, settled }: { readonly leftOut: readonly string[]; readonly settled: readonly string[] },
  madeAt: string,
): Plan {
  const said = (lines: (target: TargetPlan) => readonly string[]) =>
    mergedLines(targets.map((target) => ({ workload: target.chosen.workload, lines: lines(target) })));
  const undone = said(({ planned }) => (planned.undo.how === undefined ? [] : [planned.undo.how]));
  return {
    version: 1,
    intent: intentOf(request, remedy, targets),
    targets: targets.map(plannedTarget),
    effects: [...said(({ planned }) => planned.effects), ...settled],
    warnings: [
      ...said(({ planned, warnings }) => [...planned.warnings, ...warnings]),
      ...targets.flatMap(({ chosen, dryRuns }) => dryRunWarnings(formatWorkload(chosen.workload), dryRuns)),
    ],
    kubectl: [...distinctLines(targets.map(({ planned }) => planned.kubectl))],
    undo: {
      ...(undone.length === 0 ? {} : { how: undone.join('; ') }),
      cannot: [...said(({ planned }) => planned.undo.cannot)],
      targets: targets.map(({ planned: { undo } }) => ({
        operations: inOrder(undo.operations),
        expects: expectsInOrder(undo.expects),
      })),
    },
    leftOut: [...leftOut],
    madeAt,
  };
}

function intentOf(request: ChangeRequest, remedy: Remedy, targets: readonly TargetPlan[]): Intent {
  const namespaces = new Set(targets.map(({ chosen }) => chosen.workload.namespace));
  return {
    version: 1,
    remedy: request.remedy,
    remedyVersion: remedy.version,
    cluster: request.cluster,
    risk: namespaces.size > 1 ? 'high' : highestRisk(targets.map(({ planned }) => planned.risk)),
    targets: targets.map(({ chosen, workload, params, planned }) => ({
      subject: { ...chosen.workload, uid: workload.uid },
      params,
      operations: inOrder(planned.operations),
      expects: expectsInOrder(planned.expects),
    })),
  };
}

function highestRisk(risks: readonly Risk[]): Risk {
  if (risks.includes('high')) return 'high';
  return risks.includes('medium') ? 'medium' : 'low';
}

function plannedTarget({ planned, dryRuns }: TargetPlan): PlannedTarget {
  return {
    changes: [...planned.changes],
    dryRuns: [...dryRuns],
    provenance: [...planned.provenance],
    ...(planned.git === undefined ? {} : { git: planned.git }),
  };
}

/** What containers run afterwards, sorted by name, whatever the order in the template. */
export function expectsInOrder(expects: readonly ExpectedImage[]): ExpectedImage[] {
  return expects
    .map((expected) => ({ ...expected, digests: inDigestOrder(expected.digests) }))
    .toSorted((left, right) => compare(containerKey(left.container), containerKey(right.container)));
}

/** The first digest is the one that the reference resolves to; the others are a set. */
function inDigestOrder([first, ...others]: readonly string[]): string[] {
  return first === undefined ? [] : [first, ...[...new Set(others)].filter((digest) => digest !== first).toSorted()];
}

function containerKey({ type, name }: ContainerKey): string {
  return `${type} ${name}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * The registries as they are from this moment on: cached answers are not used. A tag that moved since the plan was
 * shown must be noticed, however recently it was shown.
 */
function freshRegistry(registry: RegistryClient, since: Date): RegistryClient {
  const notBefore = since.getTime();
  return { ...registry, resolve: (image, how) => registry.resolve(image, { ...how, notBefore }) };
}
