import type { ContainerState, Pod } from './snapshot.ts';

/** Waiting reasons that mean: the image did not get onto the node (kubelet `pkg/kubelet/images/types.go`). */
const pullReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** A crash longer ago than this is history. */
export const recentCrashMs = 60 * 60_000;

/** Whether a pod counts: it is not being deleted and has not finished well. */
export function isLive({ deletedAt, phase }: Pick<Pod, 'deletedAt' | 'phase'>): boolean {
  return deletedAt === undefined && phase !== 'Succeeded';
}

/** Whether a pod is there to stay: it counts, and has not ended with an error either. */
export function isStaying(pod: Pick<Pod, 'deletedAt' | 'phase'>): boolean {
  return isLive(pod) && pod.phase !== 'Failed';
}

/** Whether the cluster itself ended the pod (`Evicted`, `NodeShutdown`, …): how its containers ended then tells nothing of them. */
export function wasPutOut({ phase, statusReason }: Pick<Pod, 'phase' | 'statusReason'>): boolean {
  return phase === 'Failed' && statusReason !== undefined;
}

/** Whether a pod is Ready, as its condition says; without one, as its containers do. */
export function isPodReady({ conditions, containers }: Pick<Pod, 'conditions' | 'containers'>): boolean {
  const said = conditions.find(({ type }) => type === 'Ready');
  if (said !== undefined) return said.status === 'True';
  const main = containers.filter(({ type }) => type === 'main');
  return main.length > 0 && main.every(({ ready }) => ready);
}

/** Whether this container waits for its image. */
export function isPullFailing({ waiting }: Pick<ContainerState, 'waiting'>): boolean {
  return waiting !== undefined && pullReasons.has(waiting.reason);
}

/** A container that does not do its work: it failed, restarts again and again, or is not ready although started. */
export function isTroubled(state: ContainerState): boolean {
  if (state.type === 'ephemeral') return false;
  if (state.terminated !== undefined) return state.terminated.exitCode !== 0;
  if (state.waiting !== undefined) return state.waiting.reason !== 'ContainerCreating' && !isWaitingItsTurn(state);
  return state.type === 'main' && !state.ready;
}

function isWaitingItsTurn({ waiting }: ContainerState): boolean {
  return waiting?.reason === 'PodInitializing' || waiting?.reason === '';
}

/** Whether a container is in trouble, waits for its image, or ended with an error within the hour before `nowMs`. */
export function isUnwell(state: ContainerState, nowMs: number): boolean {
  if (isPullFailing(state) || isTroubled(state)) return true;
  const last = state.lastTerminated;
  if (last === undefined || last.exitCode === 0) return false;
  const finishedMs = last.finishedAt === undefined ? Number.NaN : Date.parse(last.finishedAt);
  return nowMs - finishedMs <= recentCrashMs;
}
