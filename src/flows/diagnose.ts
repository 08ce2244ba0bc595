import { runChecks, statusOf } from '../checks/index.ts';
import type { Target } from '../model/ask.ts';
import { valueOr } from '../model/fact.ts';
import type { Report } from '../model/report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { WorkloadRef } from '../model/workload.ts';
import type { Reading } from '../ports.ts';
import { collect, type Progress, type Reach } from './collect.ts';
import { collectImage } from './collect-image.ts';
import { absent, findWorkload, nearWorkloads } from './find-workload.ts';

/** How a question ends: an answer, a question back, or nothing there. */
export type Diagnosis =
  | { readonly kind: 'report'; readonly report: Report; readonly snapshot: Snapshot }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly WorkloadRef[] }
  /** `certain` when the cluster said so; otherwise it could not be read, and `message` says why. */
  | {
      readonly kind: 'absent';
      readonly certain: boolean;
      readonly message: string;
      readonly near: readonly WorkloadRef[];
    };

/** One deadline over everything a diagnosis reads. */
const deadlineMs = 25_000;

/** From a target to the answer. Reads through `reach` only, and never fails for what a cluster or registry answers. */
export async function diagnose(
  target: Target,
  reach: Reach,
  options: { readonly signal?: AbortSignal; readonly onProgress?: Progress } = {},
): Promise<Diagnosis> {
  const started = reach.now().getTime();
  const timeout = AbortSignal.timeout(deadlineMs);
  const reading: Reading = {
    signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
  };
  const progress = options.onProgress ?? (() => {});
  if (target.type === 'image') {
    const snapshot = await collectImage(target, reach, reading, progress);
    const image = {
      reference: target.reference,
      ...(target.as === undefined ? {} : { as: `${target.as.namespace}/${target.as.serviceAccount}` }),
    };
    return { kind: 'report', report: { ...reportOf(snapshot, reach, started), image }, snapshot };
  }
  const found = await findWorkload(target, reach.cluster, reading);
  if (found.kind === 'many') return { kind: 'ambiguous', candidates: found.candidates };
  if (found.kind === 'none')
    return { kind: 'absent', certain: found.certain, message: found.message, near: found.near };
  const collected = await collect(found.ref, reach, reading, progress);
  if (collected.kind === 'absent') {
    const message = absent({ type: 'workload', ...found.ref }, reach.cluster.id);
    return { kind: 'absent', certain: true, message, near: await nearWorkloads(found.ref, reach.cluster, reading) };
  }
  if (collected.kind === 'unknown') {
    const right =
      collected.missingRight === undefined ? '' : ` The worker needs the right to ${collected.missingRight}.`;
    return {
      kind: 'absent',
      certain: false,
      message: `${found.ref.kind.toLowerCase()}/${found.ref.name} could not be read: ${collected.why}.${right}`,
      near: [],
    };
  }
  const snapshot = collected.value;
  return {
    kind: 'report',
    report: { ...reportOf(snapshot, reach, started), ...podsOf(snapshot), workload: found.ref },
    snapshot,
  };
}

/** The report of a snapshot that was read from a file; nothing is asked of anybody. */
export function reportOfSnapshot(snapshot: Snapshot): Report {
  const now = () => new Date(snapshot.takenAt);
  const report = reportOf(snapshot, { now }, now().getTime());
  const { ref } = snapshot.workload;
  if (snapshot.workload.uid !== '') return { ...report, ...podsOf(snapshot), workload: ref };
  return { ...report, image: { reference: snapshot.template.containers[0]?.image ?? '' } };
}

function reportOf(snapshot: Snapshot, reach: Pick<Reach, 'now'>, startedMs: number): Report {
  const { findings, notes } = runChecks(snapshot);
  return {
    schemaVersion: 1,
    cluster: snapshot.cluster,
    takenAt: snapshot.takenAt,
    durationMs: Math.max(0, reach.now().getTime() - startedMs),
    status: statusOf(findings),
    findings: [...findings],
    notes: [...notes],
    notSeen: [...snapshot.notSeen],
    owners: snapshot.workload.owners.map(({ kind, name }) => `${kind}/${name}`),
  };
}

/** How many pods there are, for the headline. */
function podsOf({ workload, pods }: Snapshot): Pick<Report, 'pods'> {
  if (!pods.known) return {};
  const ready = valueOr(pods, []).filter(
    ({ containers }) => containers.length > 0 && containers.every((state) => state.ready || state.type !== 'main'),
  );
  return {
    pods: {
      ready: ready.length,
      total: pods.value.length,
      ...(workload.desired === undefined ? {} : { desired: workload.desired }),
    },
  };
}
