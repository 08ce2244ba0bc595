import type { Revision } from '../../model/snapshot/snapshot.ts';
import { type Fact, known, mapFact } from '../../model/values/fact.ts';
import type { Workload } from '../../model/workload/workload.ts';
import type { Reading } from '../../ports/cluster.ts';
import { because } from '../connection/answer.ts';
import { controllerRevisions, replicaSets, workloadResources } from './kinds.ts';
import { ControllerRevisionObject, MetadataOnly, ReplicaSetObject } from './objects.ts';
import { controllerOf, revisionOf } from './pods.ts';
import { type ClusterSource, listObjects } from './read.ts';
import { imagesOf, restartedAtOf } from './template.ts';

/** Revisions of the pod template, newest first. Jobs and bare pods have one template, CronJobs keep no older ones. */
export async function revisionsOf(
  source: ClusterSource,
  workload: Workload,
  reading: Reading,
  /** Of a Deployment, if another reader also needs them. */
  sets?: Promise<Fact<readonly OwnSet[]>>,
): Promise<Fact<readonly Revision[]>> {
  const { kind } = workload.ref;
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'DaemonSet') return known([]);
  const fact =
    kind === 'Deployment'
      ? mapFact(await (sets ?? ownSetsOf(source, workload, reading)), (own) => own.map(({ revision }) => revision))
      : await ofHistory(source, workload, reading);
  if (!fact.known) return fact;
  const sorted = [...fact.value].sort((left, right) => right.number - left.number);
  const revisions = sorted.map((revision, index) => {
    const by = revision.by ?? (index === 0 ? authorOf(revision, workload) : undefined);
    return { ...revision, ...(by === undefined ? {} : { by }) };
  });
  return known(revisions, fact.incomplete);
}

/** A ReplicaSet of a Deployment. */
export interface OwnSet {
  readonly uid: string;
  readonly revision: Revision;
}

/** Lists the ReplicaSets of a Deployment with their templates. */
export async function ownSetsOf(
  source: ClusterSource,
  { ref, uid, selector }: Workload,
  reading: Reading,
): Promise<Fact<readonly OwnSet[]>> {
  return await listObjects(
    source,
    {
      resource: replicaSets,
      namespace: ref.namespace,
      query: { labelSelector: selector },
      schema: ReplicaSetObject,
      project: (set): OwnSet | undefined =>
        controllerOf(set.metadata.ownerReferences)?.uid === uid
          ? { uid: set.metadata.uid ?? '', revision: revisionOfSet(set) }
          : undefined,
    },
    reading,
  );
}

function revisionOfSet({ metadata, spec, status }: ReplicaSetObject): Revision {
  return {
    name: metadata.name,
    number: numberOf(metadata.annotations?.['deployment.kubernetes.io/revision']),
    createdAt: metadata.creationTimestamp ?? '',
    images: imagesOf(spec?.template),
    ...restartedAtOf(spec?.template),
    replicas: status?.replicas ?? 0,
    ...changeCauseOf(metadata.annotations),
  };
}

/** ControllerRevisions do not count their pods, so the pods' metadata is read as well. */
async function ofHistory(
  source: ClusterSource,
  { ref, uid, selector }: Workload,
  reading: Reading,
): Promise<Fact<readonly Revision[]>> {
  const { namespace } = ref;
  const query = { labelSelector: selector };
  const [history, pods] = await Promise.all([
    listObjects(
      source,
      {
        resource: controllerRevisions,
        namespace,
        query,
        schema: ControllerRevisionObject,
        project: (object) =>
          controllerOf(object.metadata.ownerReferences)?.uid === uid ? historyEntry(object) : undefined,
      },
      reading,
    ),
    listObjects(
      source,
      {
        resource: workloadResources.Pod,
        namespace,
        query,
        metadataOnly: true,
        schema: MetadataOnly,
        project: ({ metadata }) =>
          controllerOf(metadata.ownerReferences)?.uid === uid ? revisionOf(metadata) : undefined,
      },
      reading,
    ),
  ]);
  if (!history.known) return history;
  const counted = history.value.map((revision) => ({
    ...revision,
    replicas: pods.known ? pods.value.filter((name) => name === revision.name).length : 0,
  }));
  const uncounted = pods.known ? (pods.incomplete ?? []) : [`how many pods each revision has (${because(pods)})`];
  return known(counted, [...(history.incomplete ?? []), ...uncounted]);
}

function historyEntry({ metadata, revision, data }: ControllerRevisionObject): Revision {
  return {
    name: metadata.name,
    number: revision ?? 0,
    createdAt: metadata.creationTimestamp ?? '',
    images: imagesOf(data?.spec?.template),
    ...restartedAtOf(data?.spec?.template),
    replicas: 0,
    ...changeCauseOf(metadata.annotations),
  };
}

function numberOf(annotation: string | undefined): number {
  return annotation !== undefined && /^\d{1,15}$/.test(annotation) ? Number(annotation) : 0;
}

function changeCauseOf(annotations: Readonly<Record<string, string>> | null | undefined): { readonly by?: string } {
  const cause = annotations?.['kubernetes.io/change-cause'];
  return cause === undefined || cause === '' ? {} : { by: cause };
}

/** A controller creates the revision right after the write that caused it. */
const madeWithinMs = 60_000;

/** The manager that wrote the workload just before its newest revision. Controllers only react. */
function authorOf({ createdAt }: Revision, { managers }: Workload): string | undefined {
  const madeAt = Date.parse(createdAt);
  const people = managers.filter(({ name }) => name !== 'kube-controller-manager');
  return people.find(({ at }) => {
    const delayMs = madeAt - Date.parse(at ?? '');
    // Both times are truncated to seconds.
    return delayMs >= -1_000 && delayMs <= madeWithinMs;
  })?.name;
}
