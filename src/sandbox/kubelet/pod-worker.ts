import { type KubeObject, text } from '../cluster/objects/object.ts';
import type { Behaviour } from './behaviour.ts';
import { adoptSpecs, type ContainerRecord, fieldPath, podStatus, recordsOf } from './container-record.ts';
import { endRun } from './container-run.ts';
import { type PodContext, type Syncing, soonMs, syncContainers } from './pod-sync.ts';
import type { Happening } from './recorder.ts';

/** Runs one pod. */
export interface PodWorker {
  readonly update: (pod: KubeObject) => void;
  readonly evict: (message: string) => void;
  readonly record: (container: string) => ContainerRecord | undefined;
  readonly stop: () => void;
}

/** A worker's state of its pod. */
interface PodState {
  pod: KubeObject;
  evicted: string | undefined;
  written: string;
  readonly startTime: Date;
  readonly containers: readonly ContainerRecord[];
}

/** A worker that starts a pod's containers, restarts them according to its restart policy, and reports their status. */
export function createPodWorker(context: PodContext, first: KubeObject): PodWorker {
  const { clock, recorder } = context;
  const startTime = new Date(text(first, 'status', 'startTime') || clock.now());
  const state: PodState = { pod: first, evicted: undefined, written: '', startTime, containers: recordsOf(first) };
  const timers = createTimers(clock, () => loop.wake());
  const happened = (happening: Happening) => recorder.record(state.pod, happening);
  const loop = createLoop(context, () => pass(context, state, timers, happened));
  loop.wake();
  return {
    update: (next) => {
      // Our own status writes come back through the watch; only changes by others matter.
      const { deletionTimestamp, generation } = state.pod.metadata;
      const isNews = next.metadata.deletionTimestamp !== deletionTimestamp || next.metadata.generation !== generation;
      state.pod = next;
      if (next.metadata.deletionTimestamp !== undefined) timers.stop();
      for (const record of adoptSpecs(state.containers, next)) {
        const message = `Container ${record.name} definition changed, will be restarted`;
        happened({ type: 'Normal', reason: 'Killing', message, fieldPath: fieldPath(record) });
        endRun(record, { exitCode: 0 }, clock.now());
      }
      if (isNews) loop.wake();
    },
    evict: (message) => {
      state.evicted = message;
      timers.stop();
      const running = state.containers.filter(({ state: { kind } }) => kind === 'running');
      for (const record of running) endRun(record, { exitCode: 137, reason: 'Error' }, clock.now());
      happened({ type: 'Warning', reason: 'Evicted', message });
      loop.wake();
    },
    record: (name) => state.containers.find((known) => known.name === name),
    stop: () => {
      loop.stop();
      timers.stop();
    },
  };
}

/** Delayed effects on containers; cancelled when the pod ends first. */
function createTimers(clock: PodContext['clock'], wake: () => void) {
  const pending = new Set<() => void>();
  const later = (seconds: number, work: () => void) => {
    const cancel = clock.after(seconds * 1000, () => {
      pending.delete(cancel);
      work();
      wake();
    });
    pending.add(cancel);
  };
  return {
    exit: (record: ContainerRecord, behaviour: Behaviour) =>
      later(behaviour.afterSeconds ?? 1, () => endRun(record, behaviour, clock.now())),
    readyLater: (record: ContainerRecord, seconds: number) => {
      const { containerId } = record;
      later(seconds, () => {
        if (record.containerId === containerId && record.state.kind === 'running') record.ready = true;
      });
    },
    stop: () => {
      for (const cancel of pending) cancel();
      pending.clear();
    },
  };
}

/** Runs passes one after another: when woken, and when a pass asks for a later one. */
function createLoop({ clock, onError }: PodContext, work: () => Promise<number | undefined>) {
  const flags = { isBusy: false, again: false, isStopped: false };
  let cancelWake: () => void = () => undefined;
  const run = async () => {
    while (flags.again && !flags.isStopped) {
      flags.again = false;
      const wait = await work().catch((error: unknown) => {
        if (!flags.isStopped) onError(error);
        return soonMs;
      });
      cancelWake();
      if (wait !== undefined && !flags.isStopped) cancelWake = clock.after(wait, wake);
    }
    flags.isBusy = false;
  };
  const wake = () => {
    flags.again = true;
    if (flags.isBusy || flags.isStopped) return;
    flags.isBusy = true;
    void run();
  };
  return {
    wake,
    stop: () => {
      flags.isStopped = true;
      cancelWake();
    },
  };
}

async function pass(
  context: PodContext,
  state: PodState,
  timed: Pick<Syncing, 'exit' | 'readyLater'>,
  happened: (happening: Happening) => void,
): Promise<number | undefined> {
  if (state.pod.metadata.deletionTimestamp !== undefined) {
    await terminate(context, state.pod, state.containers);
    return undefined;
  }
  const phase = text(state.pod, 'status', 'phase');
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const report = () => writeStatus(context, state);
  if (isOver && state.written === '') return undefined;
  await report();
  if (isOver || state.evicted !== undefined) return undefined;
  const wait = await syncContainers({
    ...context,
    pod: state.pod,
    containers: state.containers,
    happened,
    exit: timed.exit,
    readyLater: timed.readyLater,
    report,
  });
  await report();
  return wait;
}

async function writeStatus({ api, clock, podIp }: PodContext, state: PodState): Promise<void> {
  const { pod, containers, startTime, evicted } = state;
  const status = podStatus(pod, containers, { startTime, podIp, hostIp: '127.0.0.1', now: clock.now(), evicted });
  const next = JSON.stringify(status);
  if (next === state.written) return;
  const { namespace = '', name, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  const { status: code, body } = await api.patch(path, { metadata: { uid }, status });
  if (code !== 200) return;
  state.written = next;
  // A deletion that arrived in the meantime must not be lost.
  if (state.pod === pod) state.pod = body as unknown as KubeObject;
}

async function terminate(
  { api, recorder }: PodContext,
  pod: KubeObject,
  containers: readonly ContainerRecord[],
): Promise<void> {
  for (const record of containers.filter(({ state }) => state.kind === 'running')) {
    recorder.record(pod, {
      type: 'Normal',
      reason: 'Killing',
      message: `Stopping container ${record.name}`,
      fieldPath: fieldPath(record),
    });
  }
  const { namespace = '', name, uid } = pod.metadata;
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } };
  await api.send('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, options);
}
