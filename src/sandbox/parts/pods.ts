import { type KubeObject, number, records, text } from '../cluster/objects/object.ts';
import type { ApiClient } from '../kubelet/api-client.ts';

/** One pod as the page shows it. */
export interface PodRow {
  readonly name: string;
  /** The STATUS column of kubectl: `Running`, `ImagePullBackOff`, `Terminating`. */
  readonly status: string;
  readonly ready: string;
  readonly images: readonly { readonly image: string; readonly digest: string }[];
}

/** A workload and its pods. */
export interface WorkloadPods {
  /** `deployment/web`; `pod/web` for a pod without an owner. */
  readonly workload: string;
  readonly pods: readonly PodRow[];
}

/** The pods of a namespace by owner, oldest first. Empty for a namespace that doesn't exist. */
export async function podsByWorkload(
  api: Pick<ApiClient, 'send'>,
  namespace: string,
): Promise<readonly WorkloadPods[]> {
  const { body } = await api.send('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`);
  const groups = Map.groupBy(records(body, 'items') as unknown as readonly KubeObject[], workloadOf);
  return [...groups]
    .map(([workload, pods]) => ({
      workload,
      pods: [...pods]
        .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
        .map(rowOf),
    }))
    .sort((a, b) => a.workload.localeCompare(b.workload));
}

/** A ReplicaSet's name consists of its Deployment's name and a hash that its pods carry as a label. */
function workloadOf({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return `pod/${metadata.name}`;
  const hash = metadata.labels?.['pod-template-hash'];
  if (owner.kind !== 'ReplicaSet' || hash === undefined) return `${owner.kind.toLowerCase()}/${owner.name}`;
  return `deployment/${owner.name.replace(new RegExp(`-${hash}$`), '')}`;
}

function rowOf(pod: KubeObject): PodRow {
  const states = records(pod, 'status', 'containerStatuses');
  const reason = states
    .map((state) => text(state, 'state', 'waiting', 'reason') || text(state, 'state', 'terminated', 'reason'))
    .find((each) => each !== '');
  const containers = records(pod, 'spec', 'containers');
  const restarts = states.reduce((sum, state) => sum + (number(state, 'restartCount') ?? 0), 0);
  const status =
    pod.metadata.deletionTimestamp === undefined ? (reason ?? text(pod, 'status', 'phase')) : 'Terminating';
  return {
    name: pod.metadata.name,
    status: restarts === 0 ? status : `${status} (${restarts} restarts)`,
    ready: `${states.filter((state) => state['ready'] === true).length}/${containers.length}`,
    images: containers.map((container) => {
      const state = states.find(({ name }) => name === container['name']);
      return { image: text(container, 'image'), digest: /sha256:\w{7}/.exec(text(state, 'imageID'))?.[0] ?? '' };
    }),
  };
}
