import { type Target } from '../../../model/ask/ask.ts';
import type { ChangeRequest, RemedyParams } from '../../../model/change/change.ts';
import type { Finding, Proposal } from '../../../model/finding/finding.ts';
import { checkedWorkload } from '../../../model/finding/report.ts';
import { treatedAlike } from '../../../model/finding/same-problem.ts';
import { redactSnapshot } from '../../../model/snapshot/redact-snapshot.ts';
import { isWorkload } from '../../../model/subject/subject.ts';
import { type WorkloadRef, workloadKinds } from '../../../model/workload/workload.ts';
import { reportOfSnapshot } from '../../ask/diagnose.ts';
import { collect } from '../../collect/collect.ts';
import { findWorkload } from '../../collect/find-workload.ts';
import { scopedTo } from '../../collect/scope.ts';
import { alike, mergeProposals } from './proposals.ts';
import { type Chosen, didYouMean, forEach, type Planning, refusal, type Targets } from './reach.ts';
import { undoTargets } from './undo.ts';

/** Targets that were resolved before take precedence: a plan is made again from the same ones. */
export async function resolveTargets(request: ChangeRequest, planning: Planning): Promise<Targets> {
  const { how } = planning;
  if (request.remedy === 'undo') return undoTargets(request, how.undone, how.approval);
  if (request.targets.length > 0) {
    const targets = request.targets.flatMap(({ subject, params }) =>
      isWorkload(subject) ? [{ workload: subject, params }] : [],
    );
    if (targets.length < request.targets.length) return refusal('A remedy needs a workload.');
    return { kind: 'targets', targets, leftOut: request.leftOut ?? [], settled: [] };
  }
  if (request.typed !== undefined) return typedTarget(request.typed, planning);
  if (request.from !== undefined) return targetsOfFinding(request, request.from, planning);
  return refusal('The request names no workload.');
}

async function typedTarget(
  { target, params }: NonNullable<ChangeRequest['typed']>,
  planning: Planning,
): Promise<Targets> {
  switch (target.type) {
    case 'image':
      return refusal('A remedy needs a workload, not an image.');
    case 'workload':
      return typedWorkload(target, params, planning);
    default:
      return target satisfies never;
  }
}

async function typedWorkload(
  target: Extract<Target, { type: 'workload' }>,
  params: RemedyParams,
  { reach, reading, progress }: Planning,
): Promise<Targets> {
  if (target.kind === undefined || target.namespace === undefined) progress(`looking for ${target.name}`);
  const found = await findWorkload(target, scopedTo(target, reach.cluster), reading);
  if (found.kind === 'many') return { kind: 'ambiguous', candidates: found.candidates };
  if (found.kind === 'none') return refusal(found.message, didYouMean(found.near));
  return { kind: 'targets', targets: [{ workload: found.ref, params }], leftOut: [], settled: [] };
}

async function targetsOfFinding(
  { remedy }: ChangeRequest,
  from: NonNullable<ChangeRequest['from']>,
  planning: Planning,
): Promise<Targets> {
  const { report } = planning.how;
  const finding = report?.findings[from.finding];
  const proposals = from.proposals.flatMap((index) => finding?.proposals[index] ?? []);
  const workload = checkedWorkload(report);
  if (workload === undefined || finding === undefined || proposals.length < from.proposals.length) {
    return refusal('The report with this finding is gone.', 'Check again; the new report has new buttons.');
  }
  const merged = mergeProposals(remedy, proposals);
  const [wanted] = proposals;
  if (!merged.ok || wanted === undefined) return refusal(`This cannot be planned: ${merged.ok ? '' : merged.why}.`);
  const own: Chosen = { workload, params: merged.params };
  if (!from.everywhere) return { kind: 'targets', targets: [own], leftOut: [], settled: [] };
  const same = treatedAlike(finding, wanted);
  const each = forEach(same.length + 1, planning);
  const others = await Promise.all(same.map((name) => targetAlike(name, workload.namespace, finding, wanted, each)));
  return {
    kind: 'targets',
    targets: [own, ...others.flatMap((other) => ('workload' in other ? [other] : []))],
    leftOut: others.flatMap((other) => ('leftOut' in other ? [other.leftOut] : [])),
    settled: others.flatMap((other) => ('settled' in other ? [other.settled] : [])),
  };
}

/** A target, or why there is none. */
type Alike = Chosen | { readonly leftOut: string } | { readonly settled: string };

/** Diagnoses a workload that was named beside a finding; its own proposal gives its parameters. */
async function targetAlike(
  text: string,
  namespace: string,
  { check }: Finding,
  wanted: Proposal,
  { reach, reading, progress }: Planning,
): Promise<Alike> {
  const ref = refOf(text, namespace);
  if (ref === undefined) return { leftOut: `${text}: not a workload that can be changed.` };
  const read = await collect(ref, reach, reading, progress);
  if (read.kind === 'absent') return { settled: `${text}: nothing to do, it is gone.` };
  if (read.kind === 'unknown') return { leftOut: `${text}: it could not be read: ${read.why}.` };
  const { findings } = reportOfSnapshot(redactSnapshot(read.value, reach.credentials));
  const same = findings.filter((finding) => finding.check === check && finding.status !== 'pass');
  if (same.length === 0) return { settled: `${text}: nothing to do, it does not have this problem now.` };
  const proposals = same.flatMap((finding) => finding.proposals);
  const merged = mergeProposals(wanted.remedy, alike({ proposals }, wanted));
  if (!merged.ok) return { leftOut: `${text}: there is no such proposal for it; check it separately.` };
  return { workload: ref, params: merged.params, snapshot: read.value };
}

/** `deployment/web`, as findings name other workloads. */
function refOf(text: string, namespace: string): WorkloadRef | undefined {
  const [word = '', name = '', more] = text.split('/');
  const kind = workloadKinds.find((one) => one.toLowerCase() === word.toLowerCase());
  return kind === undefined || name === '' || more !== undefined ? undefined : { kind, namespace, name };
}
