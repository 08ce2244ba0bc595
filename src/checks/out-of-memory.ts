import type { Evidence } from '../model/finding/finding.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { distinct } from '../model/text/words.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { type Crash, crashEvidence, crashesOf, isOutOfMemory } from './evidence/crashes.ts';
import { logLinesIn } from './evidence/log-lines.ts';
import { firstEventsOf } from './evidence/per-snapshot.ts';
import { podsText, putOutPods, servesAnyway } from './evidence/seen.ts';

/** 128 + SIGKILL: how the kernel ends a process, but also the result of a failed liveness probe. */
const killed = 137;

const memoryReasons = ['OOMKilling', 'SystemOOM'];
const otherReasons = ['Killing', 'Unhealthy', 'Preempting', 'Evicted'];

/** The kernel killed a container, or the kubelet evicted a pod, for lack of memory. */
export const outOfMemory = defineCheck({
  id: 'out-of-memory',
  *run(snapshot) {
    for (const crash of crashesOf(snapshot)) {
      const confidence = confidenceOf(snapshot, crash);
      if (confidence !== undefined) yield outOf(snapshot, crash, confidence);
    }
    const evicted = putOutPods(snapshot).filter(
      ({ statusReason, statusMessage }) =>
        statusReason === 'Evicted' && /low on resource: memory/i.test(statusMessage ?? ''),
    );
    if (evicted.length > 0) {
      yield {
        status: servesAnyway(snapshot) ? 'warn' : 'fail',
        cause: 'out_of_memory',
        confidence: 'certain',
        title: `${podsText(evicted)} evicted: the node ran out of memory`,
        evidence: evicted.slice(0, 3).map(({ name, statusMessage }) => ({
          source: 'pod',
          subject: `pod/${name}`,
          observed: statusMessage ?? 'Evicted',
        })),
        next: 'Set a memory request near the real use, so that the scheduler picks a node that has it.',
      };
    }
  },
});

/** Exit code 137 alone is only a possibility, and is ruled out if the kubelet reports that it killed the container. */
function confidenceOf(snapshot: Snapshot, crash: Crash): Draft['confidence'] | undefined {
  if (isOutOfMemory(crash)) return 'certain';
  if (saysSo(snapshot, crash.container).length > 0) return 'likely';
  if (crash.end?.exitCode !== killed) return undefined;
  if (events(snapshot, crash, memoryReasons).length > 0) return 'likely';
  return events(snapshot, crash, otherReasons).length > 0 ? undefined : 'possible';
}

function saysSo(snapshot: Snapshot, container: string): readonly Evidence[] {
  return logLinesIn(snapshot, container)
    .filter(({ owner }) => owner === 'out-of-memory')
    .map(({ evidence }) => evidence);
}

function events(snapshot: Snapshot, { seen }: Crash, reasons: readonly string[]): readonly Evidence[] {
  return distinct(seen.map(({ pod }) => pod.name))
    .flatMap((pod) => firstEventsOf(snapshot, pod, reasons))
    .slice(0, 2)
    .map(({ object, reason, message, lastAt }) => ({
      source: 'event',
      subject: `pod/${object.name}`,
      observed: `${reason}: ${message}`,
      ...(lastAt === undefined ? {} : { at: lastAt }),
    }));
}

function outOf(snapshot: Snapshot, crash: Crash, confidence: Draft['confidence']): Draft {
  const { container, when, seen } = crash;
  return {
    status: when === 'now' ? 'fail' : 'warn',
    cause: 'out_of_memory',
    confidence,
    title:
      confidence === 'possible'
        ? `Container ${container} was killed (exit code 137), perhaps for lack of memory`
        : `Container ${container} was killed for lack of memory`,
    containers: [container],
    images: seen.map(({ state }) => state.image),
    evidence: [
      ...crashEvidence(crash),
      ...events(snapshot, crash, memoryReasons),
      ...saysSo(snapshot, container).slice(0, 2),
    ],
    conclusion: 'The image was pulled and started: this isn’t an image or registry problem.',
    next: `Raise the memory limit of ${container}, or reduce the work (image builds hold their layers in memory: fetch large files to a volume first).`,
    prevent: {
      sentence: 'Set request and limit from measured use, and alert before the limit.',
      snippet: 'resources:\n  requests:\n    memory: 1Gi\n  limits:\n    memory: 2Gi',
    },
  };
}
