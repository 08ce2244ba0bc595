import type { Snapshot } from '../model/snapshot.ts';
import { type Draft, defineCheck } from './check.ts';
import { type Crash, crashEvidence, crashesOf, isOutOfMemory, saysExecFormat } from './evidence/crashes.ts';
import { logLinesOf, unreadLogs } from './evidence/log-lines.ts';
import { distinct } from './evidence/words.ts';

/**
 * The container's own program ends with an error. Said so that nobody looks for the fault in image or registry; where
 * another check knows the reason, the two are merged and this is what follows from it.
 */
export const applicationCrash = defineCheck({
  id: 'application-crash',
  *run(snapshot) {
    for (const crash of crashesOf(snapshot)) if (!isOutOfMemory(crash)) yield crashed(snapshot, crash);
  },
});

function crashed(snapshot: Snapshot, crash: Crash): Draft {
  const { container, end, seen, startError } = crash;
  const unread = unreadLogs(snapshot).find((log) => log.container === container);
  const hints = logLinesOf(snapshot).find((log) => log.container === container)?.lines ?? [];
  const message = end?.message ?? '';
  return {
    status: crash.when === 'now' ? 'fail' : 'warn',
    cause: 'application_crash',
    confidence: unread === undefined ? 'likely' : 'possible',
    title: titleOf(crash),
    containers: [container],
    images: [...distinct(seen.map(({ state }) => state.image))],
    evidence: [
      ...crashEvidence(crash),
      ...(message === '' || message === startError
        ? []
        : [{ source: 'pod' as const, subject: `container ${container}`, observed: message }]),
      ...hints.slice(0, 2).map(({ evidence }) => evidence),
    ],
    conclusion: `${conclusionOf(crash)}${unread === undefined ? '' : ` Its log was not readable (${unread.why}).`}`,
    next:
      startError === ''
        ? `Read the log: kubectl logs ${snapshot.workload.ref.kind.toLowerCase()}/${snapshot.workload.ref.name} -n ${snapshot.workload.ref.namespace} -c ${container} --previous`
        : 'Check command and arguments of the container against what the image contains.',
  };
}

function titleOf({ container, when, end, startError }: Crash): string {
  const program = `The program of container ${container}`;
  if (startError !== '') return `${program} cannot be started`;
  const exit = end === undefined ? '' : `: exit code ${end.exitCode}`;
  if (end?.exitCode === 0) return `${program} ends by itself, although it should keep running${exit}`;
  return `${program} ${when === 'now' ? 'ends with an error' : 'ended with an error and runs again'}${exit}`;
}

function conclusionOf(crash: Crash): string {
  if (saysExecFormat(crash)) {
    return 'The image is for the nodes’ platform, so the start file itself cannot be executed: a script without "#!" in its first line, Windows line ends, or an empty file.';
  }
  if (crash.startError !== '')
    return 'The image was pulled; the runtime does not find or may not execute what it is told to start.';
  return 'The image was pulled and the program started: this is the application’s own fault, not the image’s or the registry’s.';
}
