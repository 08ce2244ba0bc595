import type { Pod } from '../../model/snapshot/snapshot.ts';
import { type Fact, known, unknown } from '../../model/values/fact.ts';
import type { Workload } from '../../model/workload/workload.ts';
import type { Reading } from '../../ports/cluster.ts';
import { because } from '../connection/answer.ts';
import { replicaSets, workloadResources } from './kinds.ts';
import { MetadataOnly, PodObject, WorkloadObject } from './objects.ts';
import { controllerOf, podOf, podPages } from './pods.ts';
import { type ClusterSource, getObject, listObjects } from './read.ts';
import { createSharing } from './sharing.ts';
import { selectorText } from './workloads.ts';

type Owned = (pod: PodObject) => boolean;

/** Pods of a workload: those that match its selector and whose controller is the workload or belongs to it. */
export async function podsOf(
  source: ClusterSource,
  workload: Workload,
  reading: Reading,
  /** The ReplicaSets of a Deployment, when they are being read already. */
  sets?: Promise<Fact<readonly { readonly uid: string }[]>>,
): Promise<Fact<readonly Pod[]>> {
  const { kind, namespace, name } = workload.ref;
  switch (kind) {
    case 'Pod': {
      const found = await getObject(source, { resource: workloadResources.Pod, namespace, name }, PodObject, reading);
      if (found.kind === 'unknown') return unknown(found.why, found.missingRight);
      return known(found.kind === 'found' ? [podOf(found.value)] : []);
    }
    case 'Deployment':
      return await podsOfDeployment(source, workload, reading, sets);
    case 'CronJob':
      return await podsOfCronJob(source, workload, reading);
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
      return await selected(source, namespace, workload.selector, ownedBy(new Set([workload.uid])), reading);
    default:
      return kind satisfies never;
  }
}

function ownedBy(uids: ReadonlySet<string>): Owned {
  return ({ metadata }) => uids.has(controllerOf(metadata.ownerReferences)?.uid ?? '');
}

/** Reads pods by selector. An empty selector would match the whole namespace, which no workload intends. */
async function selected(
  source: ClusterSource,
  namespace: string,
  selector: string,
  owned: Owned,
  reading: Reading,
): Promise<Fact<readonly Pod[]>> {
  if (selector === '') return unknown('the workload has no selector, so its pods can’t be identified');
  const share = createSharing();
  return await listObjects(
    source,
    {
      ...podPages,
      resource: workloadResources.Pod,
      namespace,
      query: { labelSelector: selector },
      schema: PodObject,
      project: (pod) => (owned(pod) ? podOf(pod, share) : undefined),
    },
    reading,
  );
}

/** A Deployment owns ReplicaSets, which own the pods; both lists are read in parallel. */
async function podsOfDeployment(
  source: ClusterSource,
  { ref, uid, selector }: Workload,
  reading: Reading,
  alreadyRead: Promise<Fact<readonly { readonly uid: string }[]>> | undefined,
): Promise<Fact<readonly Pod[]>> {
  const controlled: Owned = ({ metadata }) => controllerOf(metadata.ownerReferences)?.kind === 'ReplicaSet';
  const owners = new Map<string, string>();
  const uidsOfSets = () =>
    listObjects(
      source,
      {
        resource: replicaSets,
        namespace: ref.namespace,
        query: { labelSelector: selector },
        metadataOnly: true,
        schema: MetadataOnly,
        project: ({ metadata }) =>
          controllerOf(metadata.ownerReferences)?.uid === uid ? { uid: metadata.uid ?? '' } : undefined,
      },
      reading,
    );
  const [sets, pods] = await Promise.all([
    alreadyRead?.then((all) => (isComplete(all) ? all : uidsOfSets())) ?? uidsOfSets(),
    selected(
      source,
      ref.namespace,
      selector,
      (pod) => {
        if (!controlled(pod)) return false;
        owners.set(pod.metadata.uid ?? '', controllerOf(pod.metadata.ownerReferences)?.uid ?? '');
        return true;
      },
      reading,
    ),
  ]);
  if (!pods.known) return pods;
  if (sets.known) {
    const uids = new Set(sets.value.map((set) => set.uid));
    const own = pods.value.filter((pod) => uids.has(owners.get(pod.uid) ?? ''));
    return known(own, [...(pods.incomplete ?? []), ...(sets.incomplete ?? [])]);
  }
  // The controller derives the names of its ReplicaSets from its own: without permission to read them, names identify
  // the pods.
  const named = pods.value.filter((pod) => pod.revision?.startsWith(`${ref.name}-`) === true);
  return known(named, [...(pods.incomplete ?? []), `which ReplicaSets are its own (${because(sets)})`]);
}

/** A ReplicaSet whose template cannot be read still owns pods: its metadata can. */
function isComplete(fact: Fact<unknown>): boolean {
  return fact.known && fact.incomplete === undefined;
}

/** Keeps query strings far below the limits of proxies. */
const jobsPerQuery = 50;

/** A CronJob owns Jobs, which own the pods. */
async function podsOfCronJob(
  source: ClusterSource,
  { ref, uid }: Workload,
  reading: Reading,
): Promise<Fact<readonly Pod[]>> {
  const jobs = await listObjects(
    source,
    {
      resource: workloadResources.Job,
      namespace: ref.namespace,
      schema: WorkloadObject,
      project: (job) => (controllerOf(job.metadata.ownerReferences)?.uid === uid ? job : undefined),
    },
    reading,
  );
  if (!jobs.known) return jobs;
  const owned = ownedBy(new Set(jobs.value.map(({ metadata }) => metadata.uid ?? '')));
  const facts = await Promise.all(
    jobSelectors(jobs.value).map((selector) => selected(source, ref.namespace, selector, owned, reading)),
  );
  const pods: Pod[] = [];
  const incomplete = [...(jobs.incomplete ?? [])];
  for (const fact of facts) {
    if (!fact.known) return fact;
    pods.push(...fact.value);
    incomplete.push(...(fact.incomplete ?? []));
  }
  return known(pods, incomplete);
}

/** Jobs select by one label (`batch.kubernetes.io/controller-uid`, before 1.27 `controller-uid`): one query for many. */
function jobSelectors(jobs: readonly WorkloadObject[]): readonly string[] {
  const values = new Map<string, string[]>();
  const alone: string[] = [];
  for (const { spec } of jobs) {
    const labels = Object.entries(spec?.selector?.matchLabels ?? {});
    const [only] = labels;
    const text = selectorText(spec?.selector);
    if (only !== undefined && labels.length === 1 && text === only.join('=')) {
      const others = values.get(only[0]);
      if (others === undefined) values.set(only[0], [only[1]]);
      else others.push(only[1]);
    } else if (text !== '') alone.push(text);
  }
  const together = [...values].flatMap(([key, all]) =>
    Array.from({ length: Math.ceil(all.length / jobsPerQuery) }, (_, index) => {
      const some = all.slice(index * jobsPerQuery, (index + 1) * jobsPerQuery);
      return `${key} in (${some.join(',')})`;
    }),
  );
  return [...together, ...alone];
}
