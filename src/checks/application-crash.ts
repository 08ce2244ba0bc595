import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut, distinct } from '../model/text/words.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { type Crash, crashEvidence, crashesOf, isOutOfMemory, probeKills, saysExecFormat } from './evidence/crashes.ts';
import { type KnownLine, logLinesIn, whyLogUnread } from './evidence/log-lines.ts';

/**
 * The container's own program exits with an error. Reported so that people don't look for the cause in the image or the
 * registry; if another check knows the reason, the two findings are merged and this one becomes a consequence.
 */
export const applicationCrash = defineCheck({
  id: 'application-crash',
  *run(snapshot) {
    for (const crash of crashesOf(snapshot)) if (!isOutOfMemory(crash)) yield crashed(snapshot, crash);
  },
});

function crashed(snapshot: Snapshot, crash: Crash): Draft {
  const { container, end, seen, startError } = crash;
  const unread = whyLogUnread(snapshot, container);
  const hints = logLinesIn(snapshot, container);
  const lines = hints.map(({ evidence }) => evidence.observed);
  const kills = startError === '' ? probeKills(snapshot, crash) : [];
  const message = end?.message ?? '';
  return {
    status: crash.when === 'now' ? 'fail' : 'warn',
    cause: 'application_crash',
    confidence: unread === undefined || kills.length > 0 ? 'likely' : 'possible',
    title: titleOf(crash, kills.length > 0),
    containers: [container],
    images: [...distinct(seen.map(({ state }) => state.image))],
    evidence: [
      ...kills,
      ...crashEvidence(crash),
      ...(message === '' || message === startError
        ? []
        : [{ source: 'pod' as const, subject: `container ${container}`, observed: message }]),
      ...hints
        .filter(({ evidence }) => evidence.observed !== startError)
        .slice(0, 2)
        .map(({ evidence }) => evidence),
    ],
    conclusion: `${conclusionOf(crash, kills.length > 0, lines)}${unread === undefined ? '' : ` Its log was not readable (${cut(unread, 100)}).`}`,
    next: nextOf(snapshot, crash, kills.length > 0, hints),
  };
}

function titleOf({ container, when, end, startError }: Crash, byProbe: boolean): string {
  const program = `The program of container ${container}`;
  if (startError !== '') return `${program} cannot be started`;
  if (byProbe) return `Container ${container} is restarted by the kubelet because its liveness or startup probe fails`;
  const exit = end === undefined ? '' : `: exit code ${end.exitCode}`;
  if (end?.exitCode === 0) return `${program} exits on its own although it should keep running${exit}`;
  return `${program} ${when === 'now' ? 'exits with an error' : 'exited with an error and was restarted'}${exit}`;
}

function conclusionOf(crash: Crash, byProbe: boolean, lines: readonly string[]): string {
  if (saysExecFormat(crash, lines)) {
    return 'The image is for the nodes’ platform, so the start file itself can’t be executed: a script without "#!" in its first line, Windows line endings, or an empty file.';
  }
  if (crash.startError !== '') return 'The image was pulled, but the runtime can’t find or execute the start command.';
  if (lines.some((line) => /exec format error|cannot execute binary/i.test(line)))
    return 'The image was pulled and the program started; it then called a file built for another platform, according to its log.';
  if (byProbe) return 'The image was pulled and the program started; it doesn’t answer its probe.';
  return 'The image was pulled and the program started: the fault is in the application, not in the image or the registry.';
}

function nextOf({ workload: { ref } }: Snapshot, crash: Crash, byProbe: boolean, hints: readonly KnownLine[]): string {
  const { container, seen, startError } = crash;
  const lines = hints.map(({ evidence }) => evidence.observed);
  if (saysExecFormat(crash, lines))
    return 'Give the start script a first line such as "#!/bin/sh" and Unix line endings, or start it through its interpreter (command: ["sh", "FILE"]).';
  if (startError !== '') return 'Check command and arguments of the container against what the image contains.';
  const [first] = seen;
  // Only a container that was restarted has a previous run.
  const previous = first?.state.lastTerminated === undefined ? '' : ' --previous';
  const log = `kubectl logs ${first?.pod.name ?? ''} -n ${ref.namespace} -c ${container}${previous}`;
  const own = hints.find(({ owner }) => owner === 'application-crash');
  return byProbe
    ? `Compare the probe with how long the program needs to start and to answer (startupProbe, timeoutSeconds), then read the log: ${log}`
    : `${own === undefined ? '' : `${own.next} `}Read the log: ${log}`;
}
