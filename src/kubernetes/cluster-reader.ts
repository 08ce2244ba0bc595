import { type ByteBudget, createByteBudget } from '../memory/byte-budget.ts';
import type { ProxySetting } from '../model/settings/settings.ts';
import type { Pod } from '../model/snapshot/snapshot.ts';
import { type Fact, known, mapFact } from '../model/values/fact.ts';
import type { Workload } from '../model/workload/workload.ts';
import type { ChangeEvents, ChangeReader, ClusterWriter } from '../ports/changes.ts';
import type { ClusterReader, Reading, WorkloadSummary } from '../ports/cluster.ts';
import { createApi } from './connection/api.ts';
import { createConnection } from './connection/connection.ts';
import { createCredentials } from './connection/credentials.ts';
import { type InCluster, inClusterAccess } from './connection/in-cluster.ts';
import { readKubeconfig } from './connection/kubeconfig.ts';
import type { Right } from './connection/right.ts';
import { mayI } from './connection/rights.ts';
import { listEvents } from './read/events.ts';
import { core, workloadResources } from './read/kinds.ts';
import { readLog } from './read/log.ts';
import { type NamesInUse, namesInUse } from './read/names-in-use.ts';
import { nodeOf } from './read/nodes.ts';
import {
  ConfigMapObject,
  MetadataOnly,
  NodeImagesObject,
  NodeObject,
  PodObject,
  SecretObject,
  ServiceAccountObject,
  WorkloadObject,
} from './read/objects.ts';
import { followOwners } from './read/owners.ts';
import { podOf, podPages } from './read/pods.ts';
import { podsOf } from './read/pods-of-workload.ts';
import { pullSecretOf } from './read/pull-secret.ts';
import { type ClusterSource, getObject, getWhole, listObjects } from './read/read.ts';
import { ownSetsOf, revisionsOf } from './read/revisions.ts';
import { createSharing } from './read/sharing.ts';
import { secretNames } from './read/template.ts';
import { listWorkloadNames, listWorkloads } from './read/workload-lists.ts';
import { workloadOf } from './read/workloads.ts';
import { createClusterWriter } from './write/cluster-writer.ts';

/** Which cluster, as whom, and within which limits. */
export interface ClusterOptions {
  readonly id: string;
  /** One file, or several as `KUBECONFIG` lists them; `~/.kube/config` when left out. */
  readonly kubeconfig?: string;
  /** The kubeconfig's current context when left out. */
  readonly context?: string;
  /** Uses the pod's service account instead of a kubeconfig. */
  readonly inCluster?: InCluster;
  readonly proxy?: ProxySetting;
  /** Objects per page of a list. */
  readonly pageSize?: number;
  /** Until an answer starts, and between two pieces of it. */
  readonly answerTimeoutMs?: number;
  /** What the process may hold of answers, shared with its other readers; its own if left out. */
  readonly bytes?: ByteBudget;
}

/** Reads one cluster, and says what it may do there. */
export interface KubernetesReader extends ClusterReader {
  /** Every pod of a namespace, or of the cluster: paged, projected, bare or not. */
  everyPod(where: { readonly namespace?: string }, reading: Reading): Promise<Fact<readonly Pod[]>>;
  /** For each right whether we have it, asked at once. */
  canI(rights: readonly Right[], reading: Reading): Promise<readonly { right: Right; allowed: Fact<boolean> }[]>;
  /** Which service accounts, ConfigMaps and pull secrets the workloads of a namespace name. */
  namesInUse(namespace: string, reading: Reading): Promise<Fact<NamesInUse>>;
  /** Changes the cluster over the same connection, and reads what changes need. */
  readonly changes: ClusterWriter & ChangeEvents & ChangeReader;
}

/**
 * A reader of one cluster. Throws a UserError for a kubeconfig that cannot be used; nothing is asked of the cluster
 * yet. Readers share no connection and no credential.
 */
export async function createClusterReader(options: ClusterOptions): Promise<KubernetesReader> {
  const access =
    options.inCluster === undefined
      ? await readKubeconfig(options.kubeconfig, options.context)
      : inClusterAccess(options.inCluster);
  const credentials = createCredentials(access);
  const limits = {
    maxConnections: 10,
    maxStreams: 32,
    connectTimeoutMs: 5_000,
    answerTimeoutMs: options.answerTimeoutMs ?? 30_000,
  };
  const bytes = options.bytes ?? createByteBudget();
  const connection = createConnection(access, credentials, limits, options.proxy);
  const api = createApi(access.server, connection, credentials, bytes);
  const source: ClusterSource = { api, bytes, pageSize: options.pageSize ?? 250 };
  return {
    id: options.id,
    ...workloadReads(source),
    ...namespaceReads(source),
    ...clusterReads(source),
    log: (where, reading) => readLog(source, where, reading),
    canI: (rights, reading) =>
      Promise.all(rights.map(async (right) => ({ right, allowed: await mayI(api, right, reading) }))),
    namesInUse: (namespace, reading) => namesInUse(source, namespace, reading),
    changes: createClusterWriter(source),
    close: () => api.close(),
  };
}

function workloadReads(
  source: ClusterSource,
): Pick<KubernetesReader, 'workload' | 'workloads' | 'workloadNames' | 'pods' | 'revisions' | 'everyPod'> {
  /** ReplicaSets that are being read for revisions; pods that are asked for meanwhile need no second list of them. */
  const underWay = new WeakMap<Workload, ReturnType<typeof ownSetsOf>>();
  return {
    async workload(ref, reading) {
      const where = { resource: workloadResources[ref.kind], namespace: ref.namespace, name: ref.name };
      const found = await getObject(source, where, WorkloadObject, reading);
      if (found.kind !== 'found') return found;
      const owners = await followOwners(source, ref.namespace, found.value.metadata.ownerReferences, reading);
      return { kind: 'found', value: workloadOf(ref, found.value, owners) };
    },
    workloads: (where, reading): Promise<Fact<readonly WorkloadSummary[]>> => listWorkloads(source, where, reading),
    workloadNames: (where, reading) => listWorkloadNames(source, where, reading),
    pods: (workload, reading) => podsOf(source, workload, reading, underWay.get(workload)),
    async revisions(workload, reading) {
      if (workload.ref.kind !== 'Deployment') return await revisionsOf(source, workload, reading);
      const sets = ownSetsOf(source, workload, reading);
      underWay.set(workload, sets);
      const fact = await revisionsOf(source, workload, reading, sets);
      underWay.delete(workload);
      return fact;
    },
    everyPod: ({ namespace }, reading) => {
      const share = createSharing();
      const project = (pod: PodObject): Pod => podOf(pod, share);
      return listObjects(
        source,
        { ...podPages, resource: core('pods'), namespace, schema: PodObject, project },
        reading,
      );
    },
  };
}

function namespaceReads(
  source: ClusterSource,
): Pick<ClusterReader, 'events' | 'serviceAccount' | 'pullSecret' | 'configMap'> {
  return {
    events: (where, reading) => listEvents(source, where, reading),
    async serviceAccount(namespace, name, reading) {
      const where = { resource: core('serviceaccounts'), namespace, name };
      const found = await getObject(source, where, ServiceAccountObject, reading);
      if (found.kind !== 'found') return found;
      const { metadata, imagePullSecrets } = found.value;
      const value = { pullSecretNames: secretNames(imagePullSecrets), annotations: metadata?.annotations ?? {} };
      return { kind: 'found', value };
    },
    async pullSecret(namespace, name, reading) {
      const where = { resource: core('secrets'), namespace, name };
      const found = await getWhole(source, where, SecretObject, reading);
      return found.kind === 'found' ? { kind: 'found', value: pullSecretOf(found.value) } : found;
    },
    async configMap(namespace, name, reading) {
      const where = { resource: core('configmaps'), namespace, name };
      const found = await getObject(source, where, ConfigMapObject, reading);
      return found.kind === 'found' ? { kind: 'found', value: found.value.data ?? {} } : found;
    },
  };
}

function clusterReads(source: ClusterSource): Pick<ClusterReader, 'namespaces' | 'nodes' | 'nodeImages'> {
  return {
    async namespaces(reading) {
      const where = {
        resource: core('namespaces'),
        metadataOnly: true,
        schema: MetadataOnly,
        project: ({ metadata }: MetadataOnly) => metadata.name,
      };
      const fact = await listObjects(source, where, reading);
      return fact.known ? known([...fact.value].sort(), fact.incomplete) : fact;
    },
    nodes: (reading) => listObjects(source, { resource: core('nodes'), schema: NodeObject, project: nodeOf }, reading),
    async nodeImages(node, reading) {
      // The right to list nodes is enough for this, and no other is needed for nodes.
      const where = {
        resource: core('nodes'),
        query: { fieldSelector: `metadata.name=${node}` },
        schema: NodeImagesObject,
        project: ({ status }: NodeImagesObject) => (status?.images ?? []).map(({ names }) => names ?? []),
      };
      return mapFact(await listObjects(source, where, reading), (nodes) => nodes.flat());
    },
  };
}
