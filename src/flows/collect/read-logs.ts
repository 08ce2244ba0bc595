import { matchLogLine } from '../../explain/log-lines.ts';
import { isLive } from '../../model/snapshot/pods.ts';
import type { ContainerState, LogExtract, Pod } from '../../model/snapshot/snapshot.ts';
import { atMost } from '../../model/text/at-most.ts';
import { redact } from '../../model/text/redact.ts';
import { known, unknown } from '../../model/values/fact.ts';
import type { ClusterReader, Lookup, Reading } from '../../ports/cluster.ts';

/** Enough pods to see a pattern; a thousand replicas fail in the same way. */
const podsPerContainer = 2;
const linesPerContainer = 20;
const terminationLinesKept = 5;
const lineLength = 500;
/** How much of a line is looked at. */
const longestRead = 4096;

type Line = { readonly text: string; readonly at?: string; readonly previous: boolean };

/**
 * Reads the logs of containers that fail, restart or are not ready, and keeps only lines that match a known pattern,
 * redacted (docs/architecture.md#promises): nothing else leaves the worker.
 */
export async function readLogs(
  namespace: string,
  pods: readonly Pod[],
  cluster: Pick<ClusterReader, 'log'>,
  reading: Reading,
): Promise<readonly LogExtract[]> {
  const taken = new Map<string, number>();
  const wanted = [...pods].sort(byUrgency).flatMap((pod) =>
    pod.containers.filter(mayLogSay).flatMap((container) => {
      const seen = taken.get(container.name) ?? 0;
      taken.set(container.name, seen + 1);
      return seen < podsPerContainer ? [{ pod, container }] : [];
    }),
  );
  return Promise.all(wanted.map(({ pod, container }) => extract(namespace, pod, container, cluster, reading)));
}

/** Pods that stay come before those being deleted, and the youngest first: they belong to the newest revision. */
function byUrgency(left: Pod, right: Pod): number {
  return Number(!isLive(left)) - Number(!isLive(right)) || right.createdAt.localeCompare(left.createdAt);
}

/** Whether it has run at all and looks unhealthy. A container that never started has no log. */
function mayLogSay(container: ContainerState): boolean {
  const started = container.runningSince ?? container.terminated ?? container.lastTerminated;
  const failed = container.terminated !== undefined && container.terminated.exitCode !== 0;
  const finished = container.terminated?.exitCode === 0;
  return started !== undefined && !finished && (failed || container.restartCount > 0 || !container.ready);
}

async function extract(
  namespace: string,
  pod: Pod,
  container: ContainerState,
  cluster: Pick<ClusterReader, 'log'>,
  reading: Reading,
): Promise<LogExtract> {
  const which = container.restartCount > 0 ? [true, false] : [false];
  const logs = await Promise.all(
    which.map(async (previous) => {
      const log = await cluster.log({ namespace, pod: pod.name, container: container.name, previous }, reading);
      return { previous, log };
    }),
  );
  const place = { pod: pod.name, container: container.name };
  const ends = terminationLines(container).slice(-terminationLinesKept);
  const lines = [
    ...ends,
    ...logs.flatMap(({ previous, log }) => matchingLines(log, previous)).slice(ends.length - linesPerContainer),
  ];
  const refused = logs.map(({ log }) => log).find((log) => log.kind === 'unknown');
  if (refused?.kind !== 'unknown') return { ...place, lines: known(lines) };
  if (lines.length === 0) return { ...place, lines: unknown(refused.why, refused.missingRight) };
  const reason = refused.missingRight === undefined ? refused.why : `no right to ${refused.missingRight}`;
  return { ...place, lines: known(lines, [`a part of them (${reason})`]) };
}

function matchingLines(log: Lookup<string>, previous: boolean): readonly Line[] {
  if (log.kind !== 'found') return [];
  return log.value.split('\n').flatMap((line) => {
    const raw = atMost(line, longestRead);
    const stamped = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) (.*)$/.exec(raw);
    const text = stamped?.[2] ?? raw;
    if (matchLogLine(text) === undefined) return [];
    return [
      { text: redact(text).slice(0, lineLength), previous, ...(stamped?.[1] === undefined ? {} : { at: stamped[1] }) },
    ];
  });
}

/** A termination message is visible to everyone who can read the pod; it is matched and redacted like the log. */
function terminationLines(container: ContainerState): readonly Line[] {
  return [container.lastTerminated, container.terminated].flatMap((ended) =>
    (ended?.message ?? '')
      .split('\n')
      .filter((line) => matchLogLine(line) !== undefined)
      .map((line) => ({
        text: redact(line).slice(0, lineLength),
        previous: ended === container.lastTerminated,
        ...(ended?.finishedAt === undefined ? {} : { at: ended.finishedAt }),
      })),
  );
}
