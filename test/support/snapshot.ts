import type { ImageConfig, Manifest } from '../../src/model/image/outcome.ts';
import type {
  ClusterEvent,
  ContainerState,
  ImageProbe,
  LogExtract,
  Node,
  Pod,
  PullSecret,
  Revision,
  RunningImage,
  Snapshot,
} from '../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import type { Container, Workload } from '../../src/model/workload/workload.ts';
import { amd64, aProbe, digestOf } from './probes.ts';

/** The moment at which every snapshot here is taken; other times are given relative to it. */
export const now = '2026-03-10T14:05:00Z';

/** An ISO time this many minutes before the snapshot. */
export function minutesAgo(minutes: number): string {
  return new Date(Date.parse(now) - minutes * 60_000).toISOString();
}

export function aNode(patch: Partial<Node> = {}): Node {
  return {
    name: 'node-1',
    platform: amd64,
    labels: {},
    taints: [],
    kubeletVersion: 'v1.34.1',
    runtime: 'containerd://2.1.3',
    osImage: 'Debian GNU/Linux 12',
    ready: true,
    diskPressure: false,
    unschedulable: false,
    ...patch,
  };
}

export function aContainer(patch: Partial<Container> = {}): Container {
  return {
    name: 'web',
    type: 'main',
    image: 'ghcr.io/acme/web:1f2c9aa',
    pullPolicy: 'IfNotPresent',
    env: [],
    envFrom: [],
    command: [],
    args: [],
    ...patch,
  };
}

/** Environment entries from pairs. */
export function env(pairs: Readonly<Record<string, string>>, from = 'env'): Container['env'] {
  return Object.entries(pairs).map(([name, value]) => ({ name, value, from }));
}

/** A change to some fields; `undefined` removes a field. */
export type Patch<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** A container that runs and is ready. */
export function aState(container: Container, patch: Patch<ContainerState> = {}): ContainerState {
  const state = {
    name: container.name,
    type: container.type,
    image: container.image,
    ...(container.pullPolicy === undefined ? {} : { pullPolicy: container.pullPolicy }),
    imageId: `${container.image.split(/[:@]/)[0]}@${digestOf(container.image)}`,
    ready: true,
    restartCount: 0,
    runningSince: minutesAgo(90),
    ...patch,
  };
  return Object.fromEntries(
    Object.entries(state).filter(([, value]) => value !== undefined),
  ) as unknown as ContainerState;
}

/** A container that waits, and has never run. */
export function waiting(reason: string, message = ''): Patch<ContainerState> {
  return {
    imageId: '',
    ready: false,
    runningSince: undefined,
    waiting: { reason, message },
  };
}

/** A container in a crash loop after this termination. */
export function crashed(exitCode: number, reason = 'Error', message = ''): Patch<ContainerState> {
  return {
    ready: false,
    restartCount: 6,
    runningSince: undefined,
    waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' },
    lastTerminated: { reason, exitCode, message, finishedAt: minutesAgo(2) },
  };
}

export function aPod(containers: readonly ContainerState[], patch: Partial<Pod> = {}): Pod {
  return {
    name: 'web-7d9f-1',
    uid: 'uid-1',
    phase: 'Running',
    createdAt: minutesAgo(90),
    node: 'node-1',
    revision: 'web-7d9f',
    serviceAccount: 'default',
    pullSecretNames: [],
    placement: { nodeSelector: {}, affinityTerms: [], tolerations: [] },
    containers,
    conditions: [],
    ...patch,
  };
}

export function aRevision(patch: Partial<Revision> = {}): Revision {
  return { name: 'web-7d9f', number: 1, createdAt: minutesAgo(90), images: {}, replicas: 1, ...patch };
}

export function anEvent(pod: string, reason: string, message: string, patch: Partial<ClusterEvent> = {}): ClusterEvent {
  return {
    object: { kind: 'Pod', name: pod },
    type: reason === 'Pulled' ? 'Normal' : 'Warning',
    reason,
    message,
    count: 1,
    lastAt: minutesAgo(1),
    ...patch,
  };
}

export function aLog(container: string, lines: readonly string[], pod = 'web-7d9f-1'): LogExtract {
  return { pod, container, lines: known(lines.map((text) => ({ text, at: minutesAgo(2), previous: false }))) };
}

/** A usable pull secret for these keys. */
export function aSecret(name: string, keys: readonly string[], expiresAt?: string): PullSecret {
  const entries = keys.map((key) => ({ key, username: 'robot', ...(expiresAt === undefined ? {} : { expiresAt }) }));
  return {
    name,
    referencedBy: 'pod',
    content: known({ state: 'usable', type: 'kubernetes.io/dockerconfigjson', createdAt: minutesAgo(9000), entries }),
  };
}

export function missingSecret(name: string): PullSecret {
  return { name, referencedBy: 'pod', content: known({ state: 'missing' }) };
}

/** How a snapshot differs from a healthy Deployment of one pod with one container. */
export interface Story extends Partial<Omit<Snapshot, 'workload' | 'template' | 'pods'>> {
  readonly workload?: Partial<Omit<Workload, 'template'>>;
  readonly template?: Partial<Workload['template']>;
  readonly containers?: readonly Container[];
  readonly podCount?: number;
  /** What differs in the state of a container in every pod. */
  readonly state?: Patch<ContainerState> | ((container: Container, podIndex: number) => Patch<ContainerState>);
  readonly pod?: Partial<Pod> | ((podIndex: number) => Partial<Pod>);
  readonly pods?: Snapshot['pods'];
  /** What differs in the probe of every image. */
  readonly probe?: Partial<ImageProbe>;
}

/** A snapshot of a workload that is healthy except for the changes in the story. */
export function aSnapshot(story: Story = {}): Snapshot {
  const {
    workload: workloadPatch,
    template: templatePatch,
    containers = [aContainer()],
    podCount = 1,
    ...rest
  } = story;
  const { state, pod, pods, probe, ...facts } = rest;
  const made = Array.from({ length: podCount }, (_, index) => makePod(containers, index, state, pod));
  const template = makeTemplate(containers, templatePatch);
  const workload: Workload = {
    ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
    uid: 'uid',
    selector: 'app=web',
    desired: podCount,
    ready: made.filter(({ containers }) => containers.every(({ ready }) => ready)).length,
    paused: false,
    createdAt: minutesAgo(60 * 24 * 60),
    owners: [],
    managers: [],
    annotations: {},
    ...workloadPatch,
    template,
  };
  const images = [...new Set(containers.map(({ image }) => image))].map((text) =>
    aProbe(
      text,
      containers.filter(({ image }) => image === text).map(({ name }) => name),
      probe,
    ),
  );
  return {
    takenAt: now,
    cluster: 'dev-eu',
    workload,
    template,
    revisions: known([
      aRevision({ images: Object.fromEntries(containers.map(({ name, image }) => [name, image])), replicas: podCount }),
    ]),
    pods: pods ?? known(made),
    events: known([]),
    serviceAccount: known({ name: 'default', pullSecretNames: [], annotations: {} }),
    pullSecrets: [],
    nodes: known([aNode()]),
    environment: Object.fromEntries(containers.map(({ name, env }) => [name, env])),
    logs: [],
    images,
    running: runningOf(pods?.known === true ? pods.value : made),
    neighbours: known([]),
    knownRepositories: [],
    notSeen: [],
    ...facts,
  };
}

function makeTemplate(containers: readonly Container[], patch: Story['template']): Workload['template'] {
  return {
    containers,
    serviceAccount: 'default',
    pullSecretNames: [],
    placement: { nodeSelector: {}, affinityTerms: [], tolerations: [] },
    labels: {},
    ...patch,
  };
}

function makePod(containers: readonly Container[], index: number, state: Story['state'], pod: Story['pod']): Pod {
  const states = containers.map((container) =>
    aState(container, typeof state === 'function' ? state(container, index) : state),
  );
  const patch = typeof pod === 'function' ? pod(index) : pod;
  return aPod(states, { name: `web-7d9f-${index + 1}`, uid: `uid-${index + 1}`, ...patch });
}

/** What the pods run, by container and digest, as flows/collect derives it. */
export function runningOf(pods: readonly Pod[]): RunningImage[] {
  const runs = new Map<string, RunningImage & { pods: string[] }>();
  for (const pod of pods) {
    for (const { name, imageId } of pod.containers) {
      const digest = /sha256:[0-9a-f]{64}/.exec(imageId)?.[0];
      if (digest === undefined) continue;
      const run = runs.get(`${name} ${digest}`) ?? {
        container: name,
        digest,
        pods: [],
        manifest: unknown<Manifest>('not needed'),
        config: unknown<ImageConfig>('not needed'),
      };
      run.pods.push(pod.name);
      runs.set(`${name} ${digest}`, run);
    }
  }
  return [...runs.values()];
}
