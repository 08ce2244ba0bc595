import { at, fields, type KubeObject, number, records, text } from '../objects/object.ts';
import { age } from './age.ts';

/** The STATUS of `kubectl get pods`: why the pod isn't running, or its phase (printers `printPod`). */
export function podReason(pod: KubeObject): string {
  const status = fields(pod, 'status');
  const base = text(status, 'reason') || text(status, 'phase') || 'Unknown';
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const initReason = initializing(pod);
  if (initReason !== undefined) return initReason;
  const problems = records(status, 'containerStatuses').flatMap(({ state }) => stateReason(state) ?? []);
  const reason = problems[0] ?? base;
  return reason === 'Completed' && records(status, 'containerStatuses').some(isRunning) ? 'Running' : reason;
}

function isRunning(status: unknown): boolean {
  return at(status, 'ready') === true && at(status, 'state', 'running') !== undefined;
}

function initializing(pod: KubeObject): string | undefined {
  const containers = records(pod, 'spec', 'initContainers');
  const statuses = records(pod, 'status', 'initContainerStatuses');
  for (const [position, status] of statuses.entries()) {
    const state = at(status, 'state');
    if (number(state, 'terminated', 'exitCode') === 0) continue;
    const reason = stateReason(state);
    if (reason === undefined || reason === 'PodInitializing') return `Init:${position}/${containers.length}`;
    return `Init:${reason}`;
  }
  return undefined;
}

function stateReason(state: unknown): string | undefined {
  const waiting = text(state, 'waiting', 'reason');
  if (waiting !== '') return waiting;
  const terminated = at(state, 'terminated');
  if (terminated === undefined) return undefined;
  const signal = number(terminated, 'signal');
  const code = number(terminated, 'exitCode') ?? 0;
  return text(terminated, 'reason') || (signal === undefined ? `ExitCode:${code}` : `Signal:${signal}`);
}

/** `NAME READY STATUS RESTARTS AGE IP NODE NOMINATED-NODE READINESS-GATES`. */
export function podRow(pod: KubeObject, now: Date): readonly unknown[] {
  const statuses = records(pod, 'status', 'containerStatuses');
  const total = records(pod, 'spec', 'containers').length;
  const ready = statuses.filter((status) => status['ready'] === true).length;
  return [
    pod.metadata.name,
    `${ready}/${total}`,
    podReason(pod),
    restarts(pod, now),
    age(pod.metadata.creationTimestamp, now),
    text(pod, 'status', 'podIP') || '<none>',
    text(pod, 'spec', 'nodeName') || '<none>',
    '<none>',
    '<none>',
  ];
}

function restarts(pod: KubeObject, now: Date): string {
  const statuses = [...records(pod, 'status', 'initContainerStatuses'), ...records(pod, 'status', 'containerStatuses')];
  const count = statuses.reduce((sum, status) => sum + (number(status, 'restartCount') ?? 0), 0);
  const ends = statuses
    .map((status) => text(status, 'lastState', 'terminated', 'finishedAt'))
    .filter((end) => end !== '');
  const last = ends.sort().at(-1);
  return count === 0 || last === undefined ? String(count) : `${count} (${age(last, now)} ago)`;
}
