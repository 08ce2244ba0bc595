import type {
  CoreV1Event,
  V1ControllerRevision,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1PodTemplateSpec,
  V1ReplicaSet,
  V1Secret,
  V1StatefulSet,
} from '@kubernetes/client-node';

/** An object as sent over the wire: times are text. The client package's types keep these fixtures honest. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

type Meta = Wire<V1ObjectMeta>;

/** Metadata with a name; everything else as given. */
export function meta(name: string, more: Meta = {}): Meta & { name: string } {
  return {
    namespace: 'prod',
    uid: `uid-${name}`,
    creationTimestamp: '2026-11-20T10:00:00Z',
    ...more,
    name,
  };
}

/** The reference that a controller writes into the objects it creates. */
export function controlledBy(kind: string, name: string, apiVersion = 'apps/v1'): Meta['ownerReferences'] {
  return [{ apiVersion, kind, name, uid: `uid-${name}`, controller: true, blockOwnerDeletion: true }];
}

const labels = { app: 'web' };

function template(image = 'ghcr.io/acme/web:1'): Wire<V1PodTemplateSpec> {
  return {
    metadata: { labels, annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-20T14:02:00Z' } },
    spec: {
      serviceAccountName: 'web',
      imagePullSecrets: [{ name: 'regcred' }],
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'In', values: ['web'] }] }],
          },
        },
      },
      initContainers: [{ name: 'migrate', image: 'ghcr.io/acme/migrate:1' }],
      containers: [
        {
          name: 'app',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/app'],
          args: ['--serve'],
          env: [
            { name: 'MODE', value: 'prod' },
            { name: 'EMPTY' },
            { name: 'REGISTRY', valueFrom: { configMapKeyRef: { name: 'settings', key: 'registry' } } },
            { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'tokens', key: 'web' } } },
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          envFrom: [{ configMapRef: { name: 'shared' }, prefix: 'APP_' }, { secretRef: { name: 'more' } }],
        },
      ],
    },
  };
}

export function deployment(name = 'web', more: Meta = {}): Wire<V1Deployment> {
  return {
    metadata: meta(name, {
      annotations: { team: 'web' },
      managedFields: [
        {
          manager: 'helm',
          operation: 'Update',
          apiVersion: 'apps/v1',
          time: '2026-11-20T09:00:00Z',
          fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        },
        {
          manager: 'kubectl-set',
          operation: 'Update',
          apiVersion: 'apps/v1',
          time: '2026-11-20T11:59:59Z',
          fieldsV1: {
            'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } } } },
          },
        },
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'apps/v1',
          subresource: 'status',
          time: '2026-11-20T12:00:05Z',
          fieldsV1: { 'f:status': {} },
        },
      ],
      ...more,
    }),
    spec: { replicas: 2, selector: { matchLabels: labels }, strategy: { type: 'RollingUpdate' }, template: template() },
    status: {
      replicas: 2,
      readyReplicas: 1,
      conditions: [
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
        { type: 'Available', status: 'False' },
      ],
    },
  };
}

export function replicaSet(name: string, number: number, image: string, more: Meta = {}): Wire<V1ReplicaSet> {
  return {
    metadata: meta(name, {
      labels,
      annotations: { 'deployment.kubernetes.io/revision': String(number) },
      ownerReferences: controlledBy('Deployment', 'web') ?? [],
      ...more,
    }),
    spec: { selector: { matchLabels: labels }, template: template(image) },
    status: { replicas: number },
  };
}

export function statefulSet(): Wire<V1StatefulSet> {
  const spec = { serviceName: 'db', selector: { matchLabels: labels }, template: template() };
  return {
    metadata: meta('db'),
    spec: { ...spec, replicas: 3, updateStrategy: { type: 'OnDelete' } },
    status: { replicas: 3, readyReplicas: 2 },
  };
}

export function daemonSet(): Wire<V1DaemonSet> {
  return {
    metadata: meta('agent'),
    spec: { selector: { matchLabels: labels }, template: template() },
    status: { currentNumberScheduled: 4, desiredNumberScheduled: 5, numberMisscheduled: 0, numberReady: 4 },
  };
}

export function controllerRevision(name: string, revision: number, image: string, owner: string, kind: string) {
  const object: Wire<V1ControllerRevision> = {
    metadata: meta(name, { labels, ownerReferences: controlledBy(kind, owner) ?? [] }),
    revision,
    data: { spec: { template: { $patch: 'replace', ...template(image) } } },
  };
  return object;
}

export function job(name: string, more: Meta = {}): Wire<V1Job> {
  return {
    metadata: meta(name, more),
    spec: {
      parallelism: 2,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': `uid-${name}` } },
      template: template(),
    },
    status: { active: 2, ready: 1 },
  };
}

export function cronJob(): Wire<V1CronJob> {
  return {
    metadata: meta('nightly'),
    spec: { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: { template: template() } } },
    status: {},
  };
}

export function pod(name: string, more: Meta = {}): Wire<V1Pod> {
  return {
    metadata: meta(name, { labels, ...more }),
    spec: {
      serviceAccountName: 'web',
      nodeName: 'node-1',
      imagePullSecrets: [{ name: 'regcred' }],
      initContainers: [{ name: 'migrate', image: 'ghcr.io/acme/migrate:1' }],
      containers: [{ name: 'app', image: 'mirror.test/acme/web:1', imagePullPolicy: 'Always' }],
      ephemeralContainers: [{ name: 'debug', image: 'busybox' }],
    },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status' },
      ],
      initContainerStatuses: [
        {
          name: 'migrate',
          image: 'ghcr.io/acme/migrate:1',
          imageID: 'ghcr.io/acme/migrate@sha256:aa',
          ready: true,
          restartCount: 0,
          state: { terminated: { exitCode: 0, reason: 'Completed', finishedAt: '2026-11-20T10:00:05Z' } },
        },
      ],
      containerStatuses: [
        {
          name: 'app',
          image: 'ghcr.io/acme/web:1',
          imageID: 'ghcr.io/acme/web@sha256:bb',
          ready: false,
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
          lastState: {
            terminated: { exitCode: 137, reason: 'OOMKilled', message: 'killed', finishedAt: '2026-11-20T10:05:00Z' },
          },
        },
      ],
    },
  };
}

export function node(name: string, more: Partial<Wire<V1Node>> = {}): Wire<V1Node> {
  return {
    metadata: meta(name, { labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } }),
    spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'DiskPressure', status: 'True' },
      ],
      nodeInfo: {
        architecture: 'arm64',
        operatingSystem: 'linux',
        kernelVersion: '6.1.0',
        osImage: 'Debian GNU/Linux 12',
        kubeletVersion: 'v1.36.3',
        containerRuntimeVersion: 'containerd://2.1.3',
        bootID: '',
        kubeProxyVersion: '',
        machineID: '',
        systemUUID: '',
      },
    },
    ...more,
  };
}

export function event(more: Partial<Wire<CoreV1Event>> = {}): Wire<CoreV1Event> {
  return {
    metadata: meta('web.17'),
    involvedObject: { kind: 'Pod', name: 'web-1', uid: 'uid-web-1' },
    type: 'Warning',
    reason: 'Failed',
    message: 'Failed to pull image "ghcr.io/acme/web:1": not found',
    ...more,
  };
}

export function secret(type: string, key: string, content: string, annotations: Record<string, string> = {}) {
  const object: Wire<V1Secret> = {
    metadata: meta('regcred', { annotations }),
    type,
    data: { [key]: Buffer.from(content).toString('base64') },
  };
  return object;
}
