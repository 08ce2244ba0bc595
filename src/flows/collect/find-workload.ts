import type { Target } from '../../model/ask/ask.ts';
import { nearestNames } from '../../model/text/nearest-names.ts';
import { formatWorkload, type WorkloadRef } from '../../model/workload/workload.ts';
import type { ClusterReader, Reading } from '../../ports/cluster.ts';

/** The result of looking up a name. An ambiguous name leads to a question, never to a guess. */
export type FoundTarget =
  | { readonly kind: 'one'; readonly ref: WorkloadRef }
  | { readonly kind: 'many'; readonly candidates: readonly WorkloadRef[] }
  | {
      readonly kind: 'none';
      readonly certain: boolean;
      readonly message: string;
      readonly near: readonly WorkloadRef[];
    };

type WorkloadTarget = Extract<Target, { type: 'workload' }>;

/**
 * Turns a target into exactly one workload. A complete target is taken as it is and costs no request. A bare name is
 * looked up among workloads and bare pods, and then among the pods of workloads, because people also paste those.
 */
export async function findWorkload(
  target: WorkloadTarget,
  cluster: Pick<ClusterReader, 'workloadNames' | 'workload' | 'id'>,
  reading: Reading,
): Promise<FoundTarget> {
  const { kind, namespace, name } = target;
  if (kind !== undefined && namespace !== undefined) return { kind: 'one', ref: { kind, namespace, name } };
  const listed = await cluster.workloadNames(
    { ...(namespace === undefined ? {} : { namespace }), ...(kind === undefined ? {} : { kinds: [kind] }) },
    reading,
  );
  const refs = listed.known ? listed.value : [];
  const candidates = refs.filter((ref) => ref.name === name);
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return { kind: 'one', ref: only };
  if (candidates.length > 1) return { kind: 'many', candidates: candidates.slice(0, mostCandidates) };
  if (kind === undefined && namespace !== undefined) {
    const ref = { kind: 'Pod', namespace, name } as const;
    const pod = await cluster.workload(ref, reading);
    if (pod.kind === 'found') return { kind: 'one', ref };
  }
  const near = nearest(name, refs);
  if (!listed.known) return { kind: 'none', certain: false, message: notLookedUp(name, [listed.why]), near };
  if (listed.incomplete !== undefined) {
    return { kind: 'none', certain: false, message: notLookedUp(name, listed.incomplete), near };
  }
  return { kind: 'none', certain: true, message: absent(target, cluster.id), near };
}

/** Nobody chooses from a longer list. */
const mostCandidates = 20;

function notLookedUp(name: string, whys: readonly string[]): string {
  return `${name} could not be looked up: ${whys.slice(0, 3).join('; ')}. Name its kind and namespace.`;
}

/** Workloads whose names are similar to one that does not exist: the same name elsewhere first. */
export async function nearWorkloads(
  ref: WorkloadRef,
  cluster: Pick<ClusterReader, 'workloadNames'>,
  reading: Reading,
): Promise<readonly WorkloadRef[]> {
  const listed = await cluster.workloadNames({}, reading);
  const here = listed.known ? listed : await cluster.workloadNames({ namespace: ref.namespace }, reading);
  return here.known ? nearest(ref.name, here.value) : [];
}

/** The sentence for a workload that does not exist. */
export function absent(target: WorkloadTarget, cluster: string): string {
  const what = target.kind === undefined ? target.name : formatWorkload({ kind: target.kind, name: target.name });
  const where =
    target.namespace === undefined ? `cluster ${cluster}` : `namespace ${target.namespace} of cluster ${cluster}`;
  return `There is no ${what} in ${where}.`;
}

/** The same name in another namespace or of another kind comes first: it is most often the one that was meant. */
function nearest(name: string, refs: readonly WorkloadRef[]): readonly WorkloadRef[] {
  const names = [name, ...nearestNames(name, [...new Set(refs.map((ref) => ref.name))], mostNear)];
  return names.flatMap((near) => refs.filter((ref) => ref.name === near)).slice(0, mostNear);
}

const mostNear = 5;
