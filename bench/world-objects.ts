import type { SandboxCluster } from '../src/sandbox/cluster/cluster.ts';

/** Similar Deployments: `prefix-0`, `prefix-1`, … each with its own image `ghcr.io/acme/prefix-N:1`. */
export interface Group {
  readonly namespace: string;
  readonly prefix: string;
  readonly count: number;
  /** Pods per Deployment. */
  readonly replicas: number;
  readonly state: GroupState;
}

/**
 * `healthy`: pods run what the tag names. `missing`: the tag does not exist and the pods cannot pull. `stale`: the
 * template names an older tag than the newest push, and a restart changed nothing. `retagged`: the tag moved, but the
 * pods were not restarted.
 */
export type GroupState = 'healthy' | 'missing' | 'stale' | 'retagged';

export const nodes = 50;
const parallel = 16;
const pullSecret = 'registry-credential';
/** Enough of the usual fields to give a pod its size in production (about 5.7 kB as JSON). */
const environment = Array.from({ length: 14 }, (_, index) => ({
  name: `SERVICE_SETTING_${index}`,
  value: `https://service-${index}.internal.example.com:8443/api/v2?timeout=30s`,
}));

/** Responses need only names. */
const namesOnly = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`;

type Push = (repository: string, tags: readonly string[], created: string) => string;
type Json = Readonly<Record<string, unknown>>;
interface PodJson {
  readonly metadata: { readonly name: string };
}

/** Fills a cluster through its API, and registries through `push`. */
export function createSeeder(cluster: SandboxCluster, push: Push) {
  const send = async (method: string, path: string, body?: Json, type = 'application/json'): Promise<Json> => {
    const response = await fetch(`${cluster.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${cluster.adminToken}`,
        'content-type': type,
        accept: namesOnly(path.includes('?') ? 'PartialObjectMetadataList' : 'PartialObjectMetadata'),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Json;
    if (!response.ok && response.status !== 409) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const seedGroup = async (group: Group): Promise<void> => {
    await inParallel(
      Array.from({ length: group.count }, (_, index) => index),
      (index) => deploy(group, index, send, push),
    );
  };
  return {
    seed: async (groups: readonly Group[]): Promise<void> => {
      await inParallel(
        Array.from({ length: nodes }, (_, index) => index),
        (index) => addNode(index, send),
      );
      for (const namespace of new Set(groups.map((group) => group.namespace))) await addNamespace(namespace, send);
      for (const group of groups) await seedGroup(group);
    },
  };
}

type Send = (method: string, path: string, body?: Json, type?: string) => Promise<Json>;

async function addNode(index: number, send: Send): Promise<void> {
  const name = `node-${index}`;
  const labels = { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': name };
  const nodeInfo = { architecture: 'amd64', operatingSystem: 'linux', containerRuntimeVersion: 'containerd://2.1.4' };
  const capacity = { cpu: '64', memory: '512Gi', pods: '11000', 'ephemeral-storage': '1000Gi' };
  const status = { capacity, allocatable: capacity, nodeInfo, conditions: [{ type: 'Ready', status: 'True' }] };
  await send('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status });
  await send('PATCH', `/api/v1/nodes/${name}`, { spec: { taints: null } }, 'application/merge-patch+json');
}

async function addNamespace(name: string, send: Send): Promise<void> {
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const auth = Buffer.from('bench:bench-password').toString('base64');
  const content = JSON.stringify({ auths: { 'ghcr.io': { auth } } });
  await send('POST', `/api/v1/namespaces/${name}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: pullSecret },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(content).toString('base64') },
  });
  // A controller creates the account, so it may appear a moment later.
  for (let tries = 0; tries < 200; tries += 1) {
    const path = `/api/v1/namespaces/${name}/serviceaccounts/default`;
    const patched = await send(
      'PATCH',
      path,
      { imagePullSecrets: [{ name: pullSecret }] },
      'application/merge-patch+json',
    ).catch(() => undefined);
    if (patched !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no service account in ${name}`);
}

async function deploy(
  { namespace, prefix, replicas, state }: Group,
  index: number,
  send: Send,
  push: Push,
): Promise<void> {
  const name = `${prefix}-${index}`;
  const repository = `acme/${name}`;
  const image = `ghcr.io/${repository}:${state === 'missing' ? 'none' : '1'}`;
  const running = push(repository, ['1'], '2026-10-01T08:00:00Z');
  if (state === 'retagged') push(repository, ['1', 'again'], '2026-10-20T08:00:00Z');
  if (state === 'stale') push(repository, ['2'], '2026-10-20T08:00:00Z');
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await send('POST', deployments, deployment(namespace, name, image, state === 'stale' ? 0 : replicas));
  if (state === 'stale') await restart(`${deployments}/${name}`, replicas, send);
  const pods = await allPods(send, namespace, name, replicas);
  await inParallel(pods, async (pod) => {
    const status =
      state === 'missing' ? waitingStatus(image) : runningStatus(image, `ghcr.io/${repository}@${running}`);
    const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/status`;
    await send('PATCH', path, { status }, 'application/merge-patch+json');
  });
}

/** A second revision with the same image, as `kubectl rollout restart` creates it. */
async function restart(path: string, replicas: number, send: Send): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  // The first revision must exist before there can be a second one.
  for (let tries = 0; tries < 500; tries += 1) {
    const { metadata } = (await send('GET', path)) as { metadata: { annotations?: Json } };
    if (metadata.annotations?.['deployment.kubernetes.io/revision'] === '1') break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const body = { spec: { replicas, template: { metadata: { annotations } } } };
  await send('PATCH', path, body, 'application/merge-patch+json');
}

async function allPods(send: Send, namespace: string, name: string, replicas: number): Promise<readonly PodJson[]> {
  const query = `labelSelector=${encodeURIComponent(`app=${name}`)}`;
  for (let tries = 0; tries < 2000; tries += 1) {
    const { items } = (await send('GET', `/api/v1/namespaces/${namespace}/pods?${query}`)) as {
      items: readonly PodJson[];
    };
    if (items.length >= replicas) return items;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the pods of ${name} did not come`);
}

function deployment(namespace: string, name: string, image: string, replicas: number): Json {
  const labels = { app: name, 'app.kubernetes.io/part-of': 'bench', team: 'platform' };
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10, failureThreshold: 3 };
  const container = {
    name: 'main',
    image,
    imagePullPolicy: 'IfNotPresent',
    env: environment,
    ports: [{ containerPort: 8080, name: 'http' }],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    livenessProbe: probe,
    readinessProbe: probe,
    volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels,
          annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
        },
        spec: { containers: [container], volumes: [{ name: 'scratch', emptyDir: {} }] },
      },
    },
  };
}

const conditions = (ready: boolean) =>
  ['Initialized', 'PodReadyToStartContainers', 'PodScheduled', 'ContainersReady', 'Ready'].map((type, index) => ({
    type,
    status: ready || index < 3 ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: '2026-10-20T09:00:05Z',
  }));

/** Status of a pod that is running and Ready. */
export function runningStatus(image: string, imageID: string): Json {
  const state = { running: { startedAt: '2026-10-20T09:00:04Z' } };
  const containerID = `containerd://${'0123456789abcdef'.repeat(4)}`;
  const one = {
    name: 'main',
    image,
    imageID,
    containerID,
    ready: true,
    started: true,
    restartCount: 0,
    state,
    lastState: {},
  };
  const ips = { hostIP: '10.0.0.1', podIP: '10.1.2.3', hostIPs: [{ ip: '10.0.0.1' }], podIPs: [{ ip: '10.1.2.3' }] };
  return { phase: 'Running', conditions: conditions(true), containerStatuses: [one], qosClass: 'Burstable', ...ips };
}

function waitingStatus(image: string): Json {
  const message = `Back-off pulling image "${image}": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  const state = { waiting: { reason: 'ImagePullBackOff', message } };
  const one = { name: 'main', image, imageID: '', ready: false, started: false, restartCount: 0, state, lastState: {} };
  return { phase: 'Pending', conditions: conditions(false), containerStatuses: [one] };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

/** 300 Deployments, each with its own image, and 10,000 pods in 24 namespaces; one Deployment has 1,000 pods. */
export const largeCluster: readonly Group[] = [
  { namespace: 'bench-large', prefix: 'big', count: 1, replicas: 1000, state: 'healthy' },
  ...Array.from({ length: 23 }, (_, index) => ({
    namespace: `bench-${index}`,
    prefix: `app-${index}`,
    count: 13,
    replicas: 30,
    state: 'healthy' as const,
  })),
  { namespace: 'bench-large', prefix: 'rest', count: 1, replicas: 30, state: 'healthy' },
];
