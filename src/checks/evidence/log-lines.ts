import { causeText } from '../../explain/cause-texts.ts';
import { matchLogLine } from '../../explain/log-lines.ts';
import type { Cause } from '../../model/finding/cause.ts';
import type { Confidence, Evidence } from '../../model/finding/finding.ts';
import type { LogExtract, Snapshot } from '../../model/snapshot/snapshot.ts';
import { perSnapshot } from './per-snapshot.ts';
import { troubledContainers } from './seen.ts';

/** The check that turns a log line into a finding. */
export type LineOwner =
  | 'platform-mismatch'
  | 'not-a-registry'
  | 'node-disk'
  | 'out-of-memory'
  | 'application-crash'
  | 'pull-error';

/** A log line with its meaning. */
export interface KnownLine {
  readonly cause: Cause;
  readonly confidence: Confidence;
  readonly next: string;
  readonly owner: LineOwner;
  readonly evidence: Evidence;
}

/** The informative log lines of one container, over all its pods. */
export interface ContainerLines {
  readonly container: string;
  /** The container is not working now; the log of a healthy one proves nothing. */
  readonly troubled: boolean;
  readonly lines: readonly KnownLine[];
}

const owners: Partial<Record<Cause, LineOwner>> = {
  exec_format: 'platform-mismatch',
  html_instead_of_manifest: 'not-a-registry',
  not_a_registry: 'not-a-registry',
  disk_full: 'node-disk',
  out_of_memory: 'out-of-memory',
  application_crash: 'application-crash',
};

/** If a running program logs these, they are about its own requests: the pull of its image worked. */
const ownCredentials: ReadonlySet<Cause> = new Set([
  'unauthorized',
  'forbidden',
  'no_credentials',
  'expired_credentials',
  'denied_or_absent',
]);
const ownCredentialAdvice =
  'Look at the credential given to the program itself (mounted Secret, service account, environment); programs don’t use pull secrets.';

/** More lines would only repeat these. */
const linesPerContainer = 40;

/**
 * The findings in the logs, by container; lines that `explain` does not recognise are left out, repeated ones are kept
 * once.
 */
export const logLinesOf = perSnapshot((snapshot): readonly ContainerLines[] => {
  const troubled = troubledContainers(snapshot);
  const byContainer = new Map<string, Map<string, KnownLine>>();
  for (const log of snapshot.logs) {
    const lines = byContainer.get(log.container) ?? new Map<string, KnownLine>();
    byContainer.set(log.container, lines);
    for (const line of log.lines.known ? log.lines.value.slice(-linesPerContainer) : []) {
      const known = lines.has(line.text) ? undefined : understand(log, line);
      if (known !== undefined) lines.set(line.text, known);
    }
  }
  return [...byContainer].map(([container, lines]) => ({
    container,
    troubled: troubled.has(container),
    lines: [...lines.values()],
  }));
});

const linesByContainer = perSnapshot(
  (snapshot) => new Map(logLinesOf(snapshot).map(({ container, lines }) => [container, lines])),
);

/** The informative log lines of this container. */
export function logLinesIn(snapshot: Snapshot, container: string): readonly KnownLine[] {
  return linesByContainer(snapshot).get(container) ?? [];
}

const unreadByContainer = perSnapshot((snapshot) => {
  const troubled = troubledContainers(snapshot);
  const whyNot = new Map<string, string>();
  for (const { container, lines } of snapshot.logs) {
    if (lines.known || !troubled.has(container) || whyNot.has(container)) continue;
    whyNot.set(container, lines.missingRight === undefined ? lines.why : `no right to ${lines.missingRight}`);
  }
  return whyNot;
});

/** Why a log of this container could not be read, with the missing permission, if it is in trouble. */
export function whyLogUnread(snapshot: Snapshot, container: string): string | undefined {
  return unreadByContainer(snapshot).get(container);
}

function understand(
  { pod, container }: LogExtract,
  { text, at, previous }: { readonly text: string; readonly at?: string; readonly previous: boolean },
): KnownLine | undefined {
  const pattern = matchLogLine(text);
  if (pattern === undefined || pattern.cause === 'unknown') return undefined;
  const { cause, confidence } = pattern;
  return {
    cause,
    confidence,
    next: pattern.next ?? (ownCredentials.has(cause) ? ownCredentialAdvice : causeText(cause).next),
    owner: owners[cause] ?? 'pull-error',
    evidence: {
      source: 'log',
      subject: `pod/${pod} ${container}${previous ? ' (previous run)' : ''}`,
      observed: text,
      ...(at === undefined ? {} : { at }),
    },
  };
}
