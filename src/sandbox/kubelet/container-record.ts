import { type Fields, fields, type KubeObject, number, records, text, timestamp } from '../cluster/objects/object.ts';

/** The end of one run. */
export interface Ended {
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly containerId: string;
}

export type State =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'running'; readonly startedAt: Date }
  | { readonly kind: 'terminated'; readonly end: Ended };

/** A kubelet's record of one container. Only the pod's worker changes it. */
export interface ContainerRecord {
  readonly name: string;
  readonly type: 'init' | 'main' | 'ephemeral';
  /** The container's current spec; the image of a running pod may change. */
  spec: Fields;
  state: State;
  last: Ended | undefined;
  restartCount: number;
  ready: boolean;
  /** `status.image` and `status.imageID`; empty before the first start. */
  imageName: string;
  imageId: string;
  containerId: string;
  logs: readonly string[];
  previousLogs: readonly string[] | undefined;
}

const specFields = [
  ['init', 'initContainers', 'initContainerStatuses'],
  ['main', 'containers', 'containerStatuses'],
  ['ephemeral', 'ephemeralContainers', 'ephemeralContainerStatuses'],
] as const;

/** Fresh records of a pod's containers; after a restart of the kubelet, restart counts continue from its status. */
export function recordsOf(pod: KubeObject): readonly ContainerRecord[] {
  const hasInit = records(pod, 'spec', 'initContainers').length > 0;
  return specFields.flatMap(([type, field, statusField]) =>
    records(pod, 'spec', field).map((spec) => {
      const name = text(spec, 'name');
      const known = records(pod, 'status', statusField).find((status) => status['name'] === name);
      const reason =
        type === 'main' && hasInit
          ? 'PodInitializing'
          : hasInit && type === 'init'
            ? 'PodInitializing'
            : 'ContainerCreating';
      return {
        name,
        type,
        spec,
        state: { kind: 'waiting', reason, message: '' },
        last: undefined,
        restartCount: number(known, 'restartCount') ?? 0,
        ready: false,
        imageName: '',
        imageId: '',
        containerId: '',
        logs: [],
        previousLogs: undefined,
      };
    }),
  );
}

/** Applies a changed pod; returns the running containers whose image has changed. */
export function adoptSpecs(containers: readonly ContainerRecord[], pod: KubeObject): readonly ContainerRecord[] {
  return containers.filter((record) => {
    const field = specFields.find(([type]) => type === record.type)?.[1] ?? 'containers';
    const next = records(pod, 'spec', field).find(({ name }) => name === record.name);
    const isChanged = next !== undefined && next['image'] !== record.spec['image'];
    record.spec = next ?? record.spec;
    return isChanged && record.state.kind === 'running';
  });
}

/** `spec.containers{web}`, which events refer to. */
export function fieldPath({ type, name }: ContainerRecord): string {
  const field = specFields.find(([known]) => known === type)?.[1] ?? 'containers';
  return `spec.${field}{${name}}`;
}

/** Whether it is restarted after this exit. */
export function isRestarted({ type }: ContainerRecord, { exitCode }: Ended, restartPolicy: string): boolean {
  if (type === 'ephemeral') return false;
  if (type === 'init') return exitCode !== 0 && restartPolicy !== 'Never';
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
}

/** The parts of a status besides the containers. */
export interface PodFacts {
  readonly startTime: Date;
  readonly podIp: string;
  readonly hostIp: string;
  readonly now: Date;
  readonly evicted: string | undefined;
}

/** The pod's status as the kubelet writes it. */
export function podStatus(pod: KubeObject, containers: readonly ContainerRecord[], facts: PodFacts): Fields {
  const phase = facts.evicted === undefined ? phaseOf(pod, containers) : 'Failed';
  const statuses = specFields.flatMap(([type, , statusField]) => {
    const mine = containers.filter((container) => container.type === type);
    return mine.length === 0 ? [] : [[statusField, mine.map(containerStatus)] as const];
  });
  return {
    phase,
    ...(facts.evicted === undefined ? {} : { reason: 'Evicted', message: facts.evicted }),
    hostIP: facts.hostIp,
    hostIPs: [{ ip: facts.hostIp }],
    podIP: facts.podIp,
    podIPs: [{ ip: facts.podIp }],
    startTime: timestamp(facts.startTime),
    conditions: conditions(pod, containers, phase, facts.now),
    ...Object.fromEntries(statuses),
  };
}

function containerStatus(record: ContainerRecord): Fields {
  const { name, state, last, ready, restartCount, imageName, imageId, containerId, spec } = record;
  return {
    name,
    state: stateFields(state),
    lastState: last === undefined ? {} : { terminated: terminated(last) },
    ready,
    restartCount,
    image: imageName === '' ? text(spec, 'image') : imageName,
    imageID: imageId,
    ...(containerId === '' ? {} : { containerID: containerId }),
    started: state.kind === 'running',
  };
}

function stateFields(state: State): Fields {
  if (state.kind === 'running') return { running: { startedAt: timestamp(state.startedAt) } };
  if (state.kind === 'terminated') return { terminated: terminated(state.end) };
  return { waiting: { reason: state.reason, ...(state.message === '' ? {} : { message: state.message }) } };
}

function terminated({ exitCode, reason, message, startedAt, finishedAt, containerId }: Ended): Fields {
  return {
    exitCode,
    reason,
    ...(message === '' ? {} : { message }),
    startedAt: timestamp(startedAt),
    finishedAt: timestamp(finishedAt),
    containerID: containerId,
  };
}

function phaseOf(pod: KubeObject, containers: readonly ContainerRecord[]): string {
  const policy = text(pod, 'spec', 'restartPolicy') || 'Always';
  const inits = containers.filter(({ type }) => type === 'init');
  const failedInit = inits.some(
    ({ state, ...record }) =>
      state.kind === 'terminated' && state.end.exitCode !== 0 && !isRestarted({ state, ...record }, state.end, policy),
  );
  if (failedInit) return 'Failed';
  if (!inits.every(isDone)) return 'Pending';
  const main = containers.filter(({ type }) => type === 'main');
  const ends = main.map(({ state }) => (state.kind === 'terminated' ? state.end : undefined));
  if (ends.every((end) => end !== undefined) && ends.length > 0) {
    const final = main.every((record, index) => {
      const end = ends[index];
      return end !== undefined && !isRestarted(record, end, policy);
    });
    if (final) return ends.every((end) => end?.exitCode === 0) ? 'Succeeded' : 'Failed';
  }
  const neverStarted = main.some(({ state, last }) => state.kind === 'waiting' && last === undefined);
  return neverStarted ? 'Pending' : 'Running';
}

/** An init container that has succeeded. */
export function isDone({ state }: ContainerRecord): boolean {
  return state.kind === 'terminated' && state.end.exitCode === 0;
}

function conditions(
  pod: KubeObject,
  containers: readonly ContainerRecord[],
  phase: string,
  now: Date,
): readonly Fields[] {
  const inits = containers.filter(({ type }) => type === 'init');
  const main = containers.filter(({ type }) => type === 'main');
  const initialising = inits.filter((record) => !isDone(record)).map(({ name }) => name);
  const unready = main.filter(({ ready }) => !ready).map(({ name }) => name);
  const completed = phase === 'Succeeded';
  const notReady: readonly [string, string] = completed
    ? ['PodCompleted', '']
    : phase === 'Failed'
      ? ['PodFailed', '']
      : ['ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`];
  const initMessage = `containers with incomplete status: [${initialising.join(' ')}]`;
  return [
    condition(pod, now, 'PodReadyToStartContainers', phase !== 'Succeeded' && phase !== 'Failed'),
    condition(pod, now, 'Initialized', initialising.length === 0, ['ContainersNotInitialized', initMessage]),
    condition(pod, now, 'Ready', unready.length === 0 && phase === 'Running', notReady),
    condition(pod, now, 'ContainersReady', unready.length === 0 && phase === 'Running', notReady),
    ...records(pod, 'status', 'conditions').filter(
      ({ type }) => type === 'PodScheduled' || type === 'DisruptionTarget',
    ),
  ];
}

function condition(
  pod: KubeObject,
  now: Date,
  type: string,
  holds: boolean,
  otherwise: readonly [reason: string, message: string] = ['', ''],
): Fields {
  const status = holds ? 'True' : 'False';
  const known = records(pod, 'status', 'conditions').find((present) => present['type'] === type);
  const [reason, message] = otherwise;
  return {
    type,
    status,
    lastProbeTime: null,
    lastTransitionTime: known?.['status'] === status ? known['lastTransitionTime'] : timestamp(now),
    ...(holds || reason === '' ? {} : { reason }),
    ...(holds || message === '' ? {} : { message }),
  };
}

/** `name_namespace(uid)`, the kubelet's name for pods in messages. */
export function podLabel(pod: KubeObject): string {
  const { name, namespace = '', uid } = pod.metadata;
  return `${name}_${namespace}(${uid})`;
}

export function restartPolicyOf(pod: KubeObject): string {
  return text(fields(pod, 'spec'), 'restartPolicy') || 'Always';
}
