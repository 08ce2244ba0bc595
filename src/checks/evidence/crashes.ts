import type { Evidence } from '../../model/finding/finding.ts';
import { recentCrashMs } from '../../model/snapshot/pods.ts';
import { execFormatError } from '../../model/snapshot/readable.ts';
import type { ContainerState, Pod, Snapshot, Termination } from '../../model/snapshot/snapshot.ts';
import { distinct } from '../../model/text/words.ts';
import { perSnapshot } from './per-snapshot.ts';
import { podsText, type Seen, seenContainers } from './seen.ts';
import { millisOf } from './time.ts';

/** One restart may be a coincidence; repeated restarts are worth a remark. */
const habitRestarts = 3;
/** The kubelet resets its back-off after a run of this length. */
const loopMs = 10 * 60_000;
const startFailures = new Set(['CrashLoopBackOff', 'RunContainerError', 'StartError']);

/** How one container ended, over all its pods. */
export interface Crash {
  readonly container: string;
  /**
   * `now`: it is down or in a crash loop. `lately`: it runs again, after a crash within the last hour or several
   * crashes.
   */
  readonly when: 'now' | 'lately';
  readonly seen: readonly Seen[];
  /** The latest end with information in it. */
  readonly end: Termination | undefined;
  /** The runtime's message if it cannot even start the program. */
  readonly startError: string;
}

/**
 * Containers that ended although they should run, or ended with an error, each once; those that are down come first.
 */
export const crashesOf = perSnapshot((snapshot): readonly Crash[] => {
  const now = millisOf(snapshot.takenAt);
  const retried = isRetried(snapshot);
  const groups = new Map<string, Seen[]>();
  for (const seen of seenContainers(snapshot)) {
    const when = crashTime(seen, now);
    if (when === undefined) continue;
    const key = `${retried && seen.pod.phase === 'Failed' ? 'lately' : when} ${seen.state.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [seen]);
    else group.push(seen);
  }
  const crashes = [...groups].map(([key, seen]): Crash => {
    const when = key.startsWith('now ') ? 'now' : 'lately';
    return {
      container: key.slice(key.indexOf(' ') + 1),
      when,
      seen,
      end: seen.map(({ state }) => endOf(state)).find((end) => end !== undefined),
      startError: seen.map(({ state }) => startErrorOf(state)).find((text) => text !== '') ?? '',
    };
  });
  const down = new Set(crashes.filter(({ when }) => when === 'now').map(({ container }) => container));
  return [
    ...crashes.filter(({ when }) => when === 'now'),
    ...crashes.filter(({ when, container }) => when === 'lately' && !down.has(container)),
  ];
});

/** A Job whose retry succeeded is done; one whose retry is running may still succeed, unless it keeps failing. */
function isRetried({ pods }: Snapshot): boolean {
  if (!pods.known) return false;
  const count = (phase: string) => pods.value.filter((pod) => pod.phase === phase).length;
  return count('Succeeded') > 0 || (count('Running') > 0 && count('Failed') < habitRestarts);
}

function crashTime({ state, pod }: Seen, now: number | undefined): Crash['when'] | undefined {
  // A debug container ends when the person using it leaves.
  if (state.type === 'ephemeral') return undefined;
  if (state.waiting !== undefined && startFailures.has(state.waiting.reason)) return 'now';
  if (state.terminated !== undefined) return state.terminated.exitCode === 0 ? undefined : 'now';
  const last = state.lastTerminated;
  if (last === undefined || last.exitCode === 0) return undefined;
  const at = millisOf(last.finishedAt);
  if (at === undefined || now === undefined || now - at > recentCrashMs) return undefined;
  if (!state.ready && state.type === 'main') return 'now';
  if (isLooping(state, pod, at, now)) return 'now';
  return state.restartCount >= habitRestarts || last.reason === 'OOMKilled' ? 'lately' : undefined;
}

/** Between two crashes of a crash loop the container runs, and without a probe it counts as ready. */
function isLooping({ restartCount }: ContainerState, pod: Pod, endMs: number, now: number): boolean {
  const livedMs = now - (millisOf(pod.createdAt) ?? Number.NEGATIVE_INFINITY);
  return restartCount >= habitRestarts && now - endMs <= loopMs && livedMs / restartCount <= loopMs;
}

function endOf({ terminated, lastTerminated }: ContainerState): Termination | undefined {
  if (terminated !== undefined && terminated.exitCode !== 0) return terminated;
  return lastTerminated;
}

function startErrorOf(state: ContainerState): string {
  if (state.waiting?.reason === 'RunContainerError' || state.waiting?.reason === 'StartError')
    return state.waiting.message;
  const end = endOf(state);
  return end?.reason === 'StartError' || end?.reason === 'ContainerCannotRun' ? end.message : '';
}

/** The end and the restarts as evidence. */
export function crashEvidence({ seen, end, startError }: Crash): readonly Evidence[] {
  const subject = podsText(seen.map(({ pod }) => pod));
  const restarts = Math.max(0, ...seen.map(({ state }) => state.restartCount));
  const waiting = seen.map(({ state }) => state.waiting?.reason).find((reason) => reason !== undefined);
  const parts = [
    ...(end === undefined ? [] : [`ended with exit code ${end.exitCode} (${end.reason})`]),
    ...(restarts > 0 ? [`${restarts} restarts`] : []),
    ...(waiting === undefined ? [] : [`waiting: ${waiting}`]),
  ];
  return [
    {
      source: 'pod',
      subject,
      observed: parts.join(', ') || 'not running',
      ...(end?.finishedAt === undefined ? {} : { at: end.finishedAt }),
    },
    ...(startError === '' ? [] : [{ source: 'pod' as const, subject, observed: startError }]),
  ];
}

/** The runtime's own message: `exec /app: exec format error`, in older versions `exec user process caused`. */
const execFormatAtStart =
  /^(?:standard_init_linux\S*:? )?(?:exec \S+: |exec user process caused:? ?"?)exec format error/i;

/**
 * Whether the runtime reports that it cannot execute the program; a program may report the same about a file that it
 * runs.
 */
export function saysExecFormat({ end, startError }: Crash, logLines: readonly string[]): boolean {
  return (
    [startError, end?.message ?? ''].some((text) => execFormatError.test(text)) ||
    logLines.some((line) => execFormatAtStart.test(line))
  );
}

const probeFailures = perSnapshot(({ events }) =>
  Map.groupBy(
    events.known
      ? events.value.filter(({ message }) => /\b(liveness|startup) probe\b.{0,600}\bfail/i.test(message))
      : [],
    ({ object }) => object.name,
  ),
);

/** The kubelet's message that it killed this container because a probe failed. */
export function probeKills(snapshot: Snapshot, { seen }: Crash): readonly Evidence[] {
  return distinct(seen.map(({ pod }) => pod.name))
    .flatMap((pod) => probeFailures(snapshot).get(pod)?.slice(0, 2) ?? [])
    .slice(0, 2)
    .map(({ object, reason, message, lastAt }) => ({
      source: 'event',
      subject: `pod/${object.name}`,
      observed: `${reason}: ${message}`,
      ...(lastAt === undefined ? {} : { at: lastAt }),
    }));
}

/** Whether the kernel killed it for lack of memory, according to the runtime. */
export function isOutOfMemory({ end, seen }: Crash): boolean {
  return end?.reason === 'OOMKilled' || seen.some(({ state }) => state.lastTerminated?.reason === 'OOMKilled');
}
