import { type KubeObject, records, text } from '../cluster/objects/object.ts';
import type { ApiClient } from './api-client.ts';
import { type Behaviour, behaviourOf, type Rule } from './behaviour.ts';
import type { BackOff, Clock } from './clock.ts';
import { type ContainerRecord, fieldPath, isDone, isRestarted, podLabel, restartPolicyOf } from './container-record.ts';
import { execFormatError, failedStart, startRun } from './container-run.ts';
import { type CachedImage, imageIdOf } from './image-cache.ts';
import { type Ensured, type ImageManager, pullSecretNames, type Wanted } from './image-manager.ts';
import { goDuration } from './pull/go-text.ts';
import type { Happening, Recorder } from './recorder.ts';
import { environmentProblem, pullSecrets, volumeProblem } from './requirements.ts';

/** What a node provides to its pods. */
export interface PodContext {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly images: ImageManager;
  readonly crashes: BackOff;
  readonly rules: () => readonly Rule[];
  readonly node: {
    readonly name: string;
    readonly os: string;
    readonly architecture: string;
    readonly runtime: string;
    readonly kubeletVersion: string;
  };
  readonly podIp: string;
  readonly onError: (error: unknown) => void;
}

/** One pass over a pod: its state and its callbacks. */
export interface Syncing extends PodContext {
  readonly pod: KubeObject;
  readonly containers: readonly ContainerRecord[];
  readonly happened: (happening: Happening) => void;
  readonly exit: (record: ContainerRecord, behaviour: Behaviour) => void;
  /** Makes a running container ready after a while. */
  readonly readyLater: (record: ContainerRecord, seconds: number) => void;
  readonly report: () => Promise<void>;
}

const resyncMs = 12_000;
/** When to look again after something that may change soon. */
export const soonMs = 2_000;

/** One pass over the containers; returns how long to wait before the next one if something is left to do. */
export async function syncContainers(syncing: Syncing): Promise<number | undefined> {
  const { api, pod, containers, happened, report } = syncing;
  const unmountable = await volumeProblem(api, pod);
  if (unmountable !== undefined) {
    happened({ type: 'Warning', reason: 'FailedMount', message: unmountable });
    return resyncMs;
  }
  const sandboxError = sandboxErrorOf(syncing);
  if (sandboxError !== undefined) {
    const message = `Failed to create pod sandbox: rpc error: code = Unknown desc = ${sandboxError}`;
    happened({ type: 'Warning', reason: 'FailedCreatePodSandBox', message });
    return resyncMs;
  }
  const { found, missing } = await pullSecrets(api, pod, pullSecretNames(pod));
  if (missing.length > 0) {
    const message = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
    happened({ type: 'Warning', reason: 'FailedToRetrieveImagePullSecret', message });
  }
  const inits = containers.filter(({ type }) => type === 'init');
  const next = inits.find((record) => !isDone(record));
  const due = next === undefined ? containers.filter(({ type }) => type !== 'init') : [next];
  const waits: number[] = [];
  for (const record of due) {
    const wait = await syncContainer(syncing, record, found);
    if (wait !== undefined) waits.push(wait);
    await report();
  }
  return waits.length === 0 ? undefined : Math.min(...waits);
}

async function syncContainer(
  syncing: Syncing,
  record: ContainerRecord,
  secrets: Parameters<ImageManager['ensure']>[0]['secrets'],
): Promise<number | undefined> {
  const { pod, api, images, crashes } = syncing;
  if (record.state.kind === 'running') return undefined;
  const end = record.state.kind === 'terminated' ? record.state.end : undefined;
  if (end !== undefined && !isRestarted(record, end, restartPolicyOf(pod))) return undefined;
  const happened = (happening: Omit<Happening, 'fieldPath'>) =>
    syncing.happened({ ...happening, fieldPath: fieldPath(record) });
  const crashKey = `${pod.metadata.uid}_${record.name}`;
  const left = crashes.waitsFor(crashKey);
  if (record.containerId !== '' && left > 0) return waitAfterCrash(syncing, record, left, happened);

  const image = text(record.spec, 'image');
  const held = await heldByVolume(syncing, record, secrets);
  const ensured =
    held ??
    (await images.ensure({
      pod,
      image,
      policy: text(record.spec, 'imagePullPolicy'),
      secrets,
      record: happened,
      ...pullErrorOf(syncing, record.name, image),
    }));
  if (ensured.kind === 'pulling') return soonMs;
  if (ensured.kind === 'waiting') {
    happened({ type: 'Warning', reason: 'Failed', message: `Error: ${ensured.reason}` });
    wait(record, ensured.reason, ensured.message);
    return ensured.reason === 'ErrImagePull' ? soonMs : resyncMs;
  }
  const problem = await environmentProblem(api, pod, record.spec);
  if (problem !== undefined) {
    happened({ type: 'Warning', reason: 'Failed', message: `Error: ${problem}` });
    wait(record, 'CreateContainerConfigError', problem);
    return resyncMs;
  }
  if (record.containerId !== '') crashes.next(crashKey);
  start(syncing, record, ensured.image, happened);
  return record.state.kind === 'waiting' ? soonMs : undefined;
}

function pullErrorOf({ pod, rules }: Syncing, container: string, image: string): Pick<Wanted, 'pullError'> {
  const { pullError } = behaviourOf({ pod, container, image, digests: [] }, rules());
  return pullError === undefined ? {} : { pullError };
}

/** Without a sandbox no container of the pod starts; what runs has one. */
function sandboxErrorOf({ pod, containers, rules }: Syncing): string | undefined {
  if (containers.some(({ containerId }) => containerId !== '')) return undefined;
  const behaviours = containers.map(({ name, spec }) =>
    behaviourOf({ pod, container: name, image: text(spec, 'image'), digests: [] }, rules()),
  );
  return behaviours.find(({ sandboxError }) => sandboxError !== undefined)?.sandboxError;
}

/**
 * What the image of a volume that the container mounts lacks, if anything. The kubelet pulls such images first, and
 * shows their failure as the container's own (`toKubeContainerImageVolumes`).
 */
async function heldByVolume(
  { pod, images, happened }: Syncing,
  { spec }: ContainerRecord,
  secrets: Parameters<ImageManager['ensure']>[0]['secrets'],
): Promise<Exclude<Ensured, { kind: 'present' }> | undefined> {
  const mounted = new Set(records(spec, 'volumeMounts').map((mount) => text(mount, 'name')));
  for (const volume of records(pod, 'spec', 'volumes').filter((one) => mounted.has(text(one, 'name')))) {
    const image = text(volume, 'image', 'reference');
    if (image === '') continue;
    const policy = text(volume, 'image', 'pullPolicy');
    const ensured = await images.ensure({ pod, image, policy, secrets, record: happened });
    if (ensured.kind !== 'present') return ensured;
  }
  return undefined;
}

/** Keeps the last termination visible while the container waits. */
function wait(record: ContainerRecord, reason: string, message: string): void {
  if (record.state.kind === 'terminated') record.last = record.state.end;
  record.state = { kind: 'waiting', reason, message };
  record.ready = false;
}

function waitAfterCrash(
  { pod, crashes }: Syncing,
  record: ContainerRecord,
  left: number,
  happened: (happening: Omit<Happening, 'fieldPath'>) => void,
): number {
  const delay = goDuration(crashes.delayOf(`${pod.metadata.uid}_${record.name}`));
  happened({
    type: 'Warning',
    reason: 'BackOff',
    message: `Back-off restarting failed container ${record.name} in pod ${podLabel(pod)}`,
  });
  wait(record, 'CrashLoopBackOff', `back-off ${delay} restarting failed container=${record.name} pod=${podLabel(pod)}`);
  return Math.min(left + 1, resyncMs);
}

function start(
  syncing: Syncing,
  record: ContainerRecord,
  image: CachedImage,
  happened: (happening: Omit<Happening, 'fieldPath'>) => void,
): void {
  const { node, pod, clock } = syncing;
  const imageText = text(record.spec, 'image');
  const digests = [image.digest, image.manifestDigest, image.configDigest];
  record.imageName = imageText.includes('@') ? image.configDigest : `${image.repository}:${tagOf(imageText)}`;
  record.imageId = imageIdOf(node.runtime, image);
  const told = behaviourOf({ pod, container: record.name, image: imageText, digests }, syncing.rules());
  const behaviour =
    execFormatError(image, node, record.spec) ?? (record.type === 'init' ? { exitCode: 0, ...told } : told);
  const words = startWords(node.kubeletVersion, record.name);
  happened({ type: 'Normal', reason: 'Created', message: words.created });
  if (behaviour.startError !== undefined) {
    happened({ type: 'Warning', reason: 'Failed', message: `Error: ${behaviour.startError}` });
    return failedStart(record, behaviour.startError, node.runtime, clock.now());
  }
  happened({ type: 'Normal', reason: 'Started', message: words.started });
  startRun(record, behaviour, node.runtime, clock.now());
  if (behaviour.ready === false && record.spec['readinessProbe'] !== undefined) {
    happened({
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
    });
  }
  if (record.ready && behaviour.readyAfterSeconds !== undefined) {
    record.ready = false;
    syncing.readyLater(record, behaviour.readyAfterSeconds);
  }
  if (behaviour.exitCode !== undefined) syncing.exit(record, behaviour);
}

function tagOf(image: string): string {
  return /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
}

/** The kubelet changed these messages in 1.32 and 1.35. */
function startWords(version: string, name: string): { readonly created: string; readonly started: string } {
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? 0);
  if (minor >= 35) return { created: 'Container created', started: 'Container started' };
  return {
    created: minor >= 32 ? `Created container: ${name}` : `Created container ${name}`,
    started: `Started container ${name}`,
  };
}
