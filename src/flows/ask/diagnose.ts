import { progressOf } from '../../checks/evidence/readiness.ts';
import { runChecks, statusOf } from '../../checks/index.ts';
import type { Target } from '../../model/ask/ask.ts';
import { type Report, reportVersion } from '../../model/finding/report.ts';
import { isLive, isPodReady } from '../../model/snapshot/pods.ts';
import { redactSnapshot } from '../../model/snapshot/redact-snapshot.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { formatWorkload, type WorkloadRef } from '../../model/workload/workload.ts';
import type { Lookup, Reading } from '../../ports/cluster.ts';
import { collect, type Reach, type TellProgress } from '../collect/collect.ts';
import { collectImage } from '../collect/collect-image.ts';
import { absent, findWorkload, nearWorkloads } from '../collect/find-workload.ts';
import { needNamedRegistry, scopedTo } from '../collect/scope.ts';
import { withOwnMessages } from './own-messages.ts';

/** How a question ends: with an answer, a question in return, or nothing found. */
export type Diagnosis =
  /** `snapshot` is redacted, and gives the same report again. */
  | { readonly kind: 'report'; readonly report: Report; readonly snapshot: Snapshot }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly WorkloadRef[] }
  /** `certain` if the cluster said so; otherwise it could not be read, and `message` gives the reason. */
  | {
      readonly kind: 'absent';
      readonly certain: boolean;
      readonly message: string;
      readonly near: readonly WorkloadRef[];
    };

/** When one diagnosis ends, and who is told about its progress. */
export interface DiagnoseOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: TellProgress;
  /** One deadline for everything that is read (`timeouts.checkMs`); default 25 s. */
  readonly deadlineMs?: number;
  /** Allows any public registry that was typed: for people who run imagecheck on their own machine. */
  readonly anyRegistry?: boolean;
}

const usualDeadlineMs = 25_000;

/**
 * From a target to the answer. Reads through `reach` only, and never fails because of an answer from a cluster or
 * registry: whatever is missing when the deadline or `signal` ends the reading is missing from the report, which says
 * so. Throws a `UserError` for a typed image at a registry that is not used within the asker's scope.
 */
export async function diagnose(target: Target, around: Reach, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const shared = around.surroundings === undefined ? {} : { surroundings: scopedTo(target, around.surroundings) };
  const reach = { ...around, ...shared, cluster: scopedTo(target, around.cluster) };
  const startedMs = reach.now().getTime();
  const timeout = AbortSignal.timeout(options.deadlineMs ?? usualDeadlineMs);
  const reading: Reading = {
    signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
  };
  const progress = options.onProgress ?? (() => {});
  switch (target.type) {
    case 'image':
      if (options.anyRegistry !== true) await needNamedRegistry(target.reference, reach, reading);
      return answered(await collectImage(target, reach, reading, progress), reach, startedMs);
    case 'workload':
      return diagnoseWorkload(target, reach, reading, { startedMs, progress });
    default:
      return target satisfies never;
  }
}

async function diagnoseWorkload(
  target: Extract<Target, { type: 'workload' }>,
  reach: Reach,
  reading: Reading,
  { startedMs, progress }: { readonly startedMs: number; readonly progress: (what: string) => void },
): Promise<Diagnosis> {
  const found = await findWorkload(target, reach.cluster, reading);
  if (found.kind === 'many') return { kind: 'ambiguous', candidates: found.candidates };
  if (found.kind === 'none')
    return { kind: 'absent', certain: found.certain, message: found.message, near: found.near };
  const collected = await collect(found.ref, reach, reading, progress);
  return collected.kind === 'found'
    ? answered(collected.value, reach, startedMs)
    : notThere(found.ref, collected, reach, reading);
}

async function notThere(
  ref: WorkloadRef,
  looked: Exclude<Lookup<unknown>, { kind: 'found' }>,
  { cluster }: Reach,
  reading: Reading,
): Promise<Diagnosis> {
  if (looked.kind === 'absent') {
    const message = absent({ type: 'workload', ...ref }, cluster.id);
    return { kind: 'absent', certain: true, message, near: await nearWorkloads(ref, cluster, reading) };
  }
  const { why, missingRight } = looked;
  const right = missingRight === undefined ? '' : ` It takes the right to ${missingRight}.`;
  return {
    kind: 'absent',
    certain: false,
    message: `${formatWorkload(ref)} could not be read: ${why}.${right}`,
    near: [],
  };
}

/**
 * Secrets are removed before the checks see anything, so no report can quote one and a saved snapshot gives the same
 * report.
 */
function answered(collected: Snapshot, reach: Reach, startedMs: number): Diagnosis {
  const snapshot = redactSnapshot(collected, reach.credentials);
  const report = { ...reportOfSnapshot(snapshot), durationMs: Math.max(0, reach.now().getTime() - startedMs) };
  return { kind: 'report', report, snapshot };
}

/** The most important findings and notes are enough, and a message carries the whole report. */
const mostFindings = 200;

/** The report of a snapshot, made without any request; the same snapshot always gives the same report. */
export function reportOfSnapshot(snapshot: Snapshot): Report {
  const { findings, notes } = runChecks(snapshot);
  const leftOut = findings.length - mostFindings;
  const progress = progressOf(snapshot);
  const status = statusOf(findings, progress);
  const { workload, asked } = snapshot;
  return {
    schemaVersion: reportVersion,
    cluster: snapshot.cluster,
    subject: asked === undefined ? workload.ref : { kind: 'Image', ...asked },
    takenAt: snapshot.takenAt,
    durationMs: 0,
    status,
    ...(status === 'progressing' ? { progress: progress.slice(0, mostFindings) } : {}),
    findings: [...withOwnMessages(findings.slice(0, mostFindings), snapshot.messages ?? [])],
    notes: [
      ...(leftOut > 0 ? [`${leftOut} more findings are left out; these ${mostFindings} are the most important.`] : []),
      ...notes.slice(0, mostFindings),
    ],
    ...(asked === undefined ? podsOf(snapshot) : {}),
    notSeen: [...snapshot.notSeen],
    owners: workload.owners.map(({ kind, name }) => `${kind}/${name}`),
  };
}

/** The number of pods, for the headline; a Job that is done waits for none. */
function podsOf({ workload, pods }: Snapshot): Pick<Report, 'pods'> {
  if (!pods.known) return {};
  const live = pods.value.filter(isLive);
  const isDone = live.length === 0 && (workload.ref.kind === 'Job' || workload.ref.kind === 'CronJob');
  if (isDone) return {};
  const ready = live.filter(isPodReady);
  const desired = workload.desired === undefined ? {} : { desired: workload.desired };
  return { pods: { ready: ready.length, total: live.length, ...desired } };
}
