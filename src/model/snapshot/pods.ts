import type { ContainerState, Pod } from './snapshot.ts';

/** Waiting reasons that mean the image did not reach the node (kubelet `pkg/kubelet/images/types.go`). */
const pullReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** Older crashes are ignored. */
export const recentCrashMs = 60 * 60_000;

/** Whether a pod counts: it is not being deleted and has not succeeded. */
export function isLive({ deletedAt, phase }: Pick<Pod, 'deletedAt' | 'phase'>): boolean {
  return deletedAt === undefined && phase !== 'Succeeded';
}

/** Whether a pod is meant to keep running: it counts, and has not failed either. */
export function isStaying(pod: Pick<Pod, 'deletedAt' | 'phase'>): boolean {
  return isLive(pod) && pod.phase !== 'Failed';
}

/**
 * Whether the cluster itself ended the pod (`Evicted`, `NodeShutdown`, …): then the way its containers ended says
 * nothing about them.
 */
export function wasPutOut({ phase, statusReason }: Pick<Pod, 'phase' | 'statusReason'>): boolean {
  return phase === 'Failed' && statusReason !== undefined;
}

/** Whether a pod is Ready, by its condition; without one, by its containers. */
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

/** A container that isn't working: it failed, keeps restarting, or has started but isn't ready. */
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
