import { randomBytes } from 'node:crypto';
import { text } from '../cluster/objects/object.ts';
import type { Behaviour } from './behaviour.ts';
import type { ContainerRecord, Ended } from './container-record.ts';
import type { CachedImage } from './image-cache.ts';

/**
 * What `exec` does with a program of another architecture: the kernel refuses, and the runtime's init reports it and
 * exits.
 */
export function execFormatError(
  image: CachedImage,
  node: { readonly os: string; readonly architecture: string },
  spec: unknown,
): Behaviour | undefined {
  const { os, architecture } = image.platform;
  const runs = architecture === node.architecture || (node.architecture === 'amd64' && architecture === '386');
  if (os === node.os && runs) return undefined;
  const command = (spec as { readonly command?: readonly unknown[] }).command?.[0];
  const program = typeof command === 'string' ? command : (image.entrypoint[0] ?? '/app');
  return { logs: [`exec ${program}: exec format error`], exitCode: 255 };
}

/** Starts a run: a new container id, its log, the old log kept as the previous one. */
export function startRun(record: ContainerRecord, behaviour: Behaviour, runtime: string, now: Date): void {
  const isRestart = record.containerId !== '';
  if (isRestart) {
    record.previousLogs = record.logs;
    record.restartCount += 1;
  }
  if (record.state.kind === 'terminated') record.last = record.state.end;
  record.containerId = `${runtime.split('://')[0] ?? 'containerd'}://${randomBytes(32).toString('hex')}`;
  record.logs = (behaviour.logs ?? []).map((line) => `${now.toISOString().replace('Z', '000000Z')} ${line}`);
  record.state = { kind: 'running', startedAt: now };
  record.ready = record.type === 'main' && behaviour.ready !== false;
}

/** Ends a run. The message comes from the termination file, or from the log if the container asks for that. */
export function endRun(record: ContainerRecord, behaviour: Behaviour, now: Date): Ended {
  const exitCode = behaviour.exitCode ?? 0;
  const startedAt = record.state.kind === 'running' ? record.state.startedAt : now;
  const fromLog = text(record.spec, 'terminationMessagePolicy') === 'FallbackToLogsOnError' && exitCode !== 0;
  const lines = record.logs.map((line) => line.slice(line.indexOf(' ') + 1));
  const message = behaviour.terminationMessage ?? (fromLog ? `${lines.slice(-80).join('\n')}\n`.slice(-2048) : '');
  const reason = behaviour.reason ?? (exitCode === 0 ? 'Completed' : 'Error');
  const end = { exitCode, reason, message, startedAt, finishedAt: now, containerId: record.containerId };
  record.state = { kind: 'terminated', end };
  record.ready = false;
  return end;
}

/** A run that never started (`RunContainerError`): the runtime's message, exit code 128. */
export function failedStart(record: ContainerRecord, message: string, runtime: string, now: Date): void {
  startRun(record, { logs: [] }, runtime, now);
  record.last = {
    exitCode: 128,
    reason: 'StartError',
    message,
    startedAt: new Date(0),
    finishedAt: now,
    containerId: record.containerId,
  };
  record.state = { kind: 'waiting', reason: 'RunContainerError', message };
  record.ready = false;
}
