import { type Fact, known } from '../../model/values/fact.ts';
import { type WorkloadKind, type WorkloadRef, workloadKinds } from '../../model/workload/workload.ts';
import type { Reading, WorkloadSummary } from '../../ports/cluster.ts';
import { because } from '../connection/answer.ts';
import { workloadResources } from './kinds.ts';
import { MetadataOnly, WorkloadObject } from './objects.ts';
import { controllerOf } from './pods.ts';
import { type ClusterSource, getObject, listObjects } from './read.ts';
import { summaryOf } from './workloads.ts';

/** Which workloads to list. */
export interface ListScope {
  readonly namespace?: string;
  readonly kinds?: readonly WorkloadKind[];
}

/**
 * Workloads of these kinds, all kinds in parallel. A kind that cannot be listed makes the fact incomplete; it is
 * unknown only if no kind can.
 */
export async function listWorkloads(
  source: ClusterSource,
  { namespace, kinds = workloadKinds }: ListScope,
  reading: Reading,
): Promise<Fact<readonly WorkloadSummary[]>> {
  return await ofEveryKind(kinds, (kind) =>
    kind === 'Pod' ? listBarePods(source, namespace, reading) : listKind(source, kind, namespace, reading),
  );
}

/** The names of the same workloads, from their metadata alone: a template may have a megabyte. */
export async function listWorkloadNames(
  source: ClusterSource,
  { namespace, kinds = workloadKinds }: ListScope,
  reading: Reading,
): Promise<Fact<readonly WorkloadRef[]>> {
  return await ofEveryKind(kinds, (kind) => listNames(source, kind, namespace, reading));
}

/** The lists of all kinds together; a kind that cannot be listed is missing from them. */
async function ofEveryKind<T>(
  kinds: readonly WorkloadKind[],
  read: (kind: WorkloadKind) => Promise<Fact<readonly T[]>>,
): Promise<Fact<readonly T[]>> {
  const facts = await Promise.all([...new Set(kinds)].map(read));
  const [first] = facts;
  if (first !== undefined && !first.known && facts.every((fact) => !fact.known)) return first;
  const incomplete = facts.flatMap((fact) => (fact.known ? (fact.incomplete ?? []) : [because(fact)]));
  return known(
    facts.flatMap((fact) => (fact.known ? fact.value : [])),
    incomplete,
  );
}

async function listNames(
  source: ClusterSource,
  kind: WorkloadKind,
  namespace: string | undefined,
  reading: Reading,
): Promise<Fact<readonly WorkloadRef[]>> {
  return await listObjects(
    source,
    {
      resource: workloadResources[kind],
      namespace,
      metadataOnly: true,
      schema: MetadataOnly,
      project: ({ metadata }) =>
        kind === 'Pod' && controllerOf(metadata.ownerReferences) !== undefined
          ? undefined
          : { kind, namespace: metadata.namespace ?? '', name: metadata.name },
    },
    reading,
  );
}

async function listKind(
  source: ClusterSource,
  kind: WorkloadKind,
  namespace: string | undefined,
  reading: Reading,
): Promise<Fact<readonly WorkloadSummary[]>> {
  return await listObjects(
    source,
    {
      resource: workloadResources[kind],
      namespace,
      schema: WorkloadObject,
      project: (object) =>
        kind === 'Pod' && controllerOf(object.metadata.ownerReferences) !== undefined
          ? undefined
          : summaryOf(kind, object),
    },
    reading,
  );
}

/** Up to this number bare pods are read one by one; more are cheaper as a list of whole pods. */
const fewPods = 10;

/** Few pods have no owner, and their metadata shows which: an eighth of the bytes of whole pods. */
async function listBarePods(
  source: ClusterSource,
  namespace: string | undefined,
  reading: Reading,
): Promise<Fact<readonly WorkloadSummary[]>> {
  const resource = workloadResources.Pod;
  const bare = await listNames(source, 'Pod', namespace, reading);
  if (!bare.known) return bare;
  if (bare.value.length > fewPods) return await listKind(source, 'Pod', namespace, reading);
  const lookups = await Promise.all(
    bare.value.map(({ namespace: within, name }) =>
      getObject(source, { resource, namespace: within, name }, WorkloadObject, reading),
    ),
  );
  const unread = lookups.flatMap((lookup) => (lookup.kind === 'unknown' ? [because(lookup)] : []));
  return known(
    lookups.flatMap((lookup) => (lookup.kind === 'found' ? [summaryOf('Pod', lookup.value)] : [])),
    [...(bare.incomplete ?? []), ...unread],
  );
}
