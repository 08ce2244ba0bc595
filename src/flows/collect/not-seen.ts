import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { cut } from '../../model/text/words.ts';
import type { Fact } from '../../model/values/fact.ts';
import { notNeeded } from './read-content.ts';

const longestLine = 300;
const mostLines = 20;

type Named = readonly [what: string, fact: Fact<unknown>];

/**
 * What could not be read, one line each, in words for people: facts that failed for the same reason share a line, and
 * each gap in a known fact gets its own. Facts that no check needs were not read, so they are not listed.
 */
export function notSeen(
  snapshot: Omit<Snapshot, 'notSeen'>,
  more: Readonly<Record<string, Fact<unknown>>> = {},
): readonly string[] {
  const facts = [...factsOf(snapshot), ...Object.entries(more)];
  const byReason = new Map<string, Set<string>>();
  for (const [what, fact] of facts) {
    if (fact.known || fact.why === notNeeded) continue;
    const reason = fact.missingRight === undefined ? fact.why : `no right to ${fact.missingRight}`;
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(what));
  }
  const lines = [
    ...[...byReason].map(([reason, whats]) => `${listed([...whats])} (${reason})`),
    ...facts.flatMap(([what, fact]) => (fact.known ? (fact.incomplete ?? []).map((line) => `${what}: ${line}`) : [])),
  ].map((line) => cut(line, longestLine));
  const distinct = [...new Set(lines)];
  const rest = distinct.length - mostLines;
  return rest > 0 ? [...distinct.slice(0, mostLines), `and ${rest} more`] : distinct;
}

function factsOf(snapshot: Omit<Snapshot, 'notSeen'>): readonly Named[] {
  const { ownersUnread } = snapshot.workload;
  return [
    ...(ownersUnread === undefined ? [] : [['owners', { known: false, ...ownersUnread }] satisfies Named]),
    ['pods', snapshot.pods],
    ['revisions', snapshot.revisions],
    ['events', snapshot.events],
    ['nodes', snapshot.nodes],
    ['service account', snapshot.serviceAccount],
    ['other workloads of the namespace', snapshot.neighbours],
    ...snapshot.pullSecrets.map(({ name, content }): Named => [`pull secret ${name}`, content]),
    ...snapshot.logs.map(({ container, lines }): Named => [`logs not readable: container ${container}`, lines]),
    ...snapshot.images
      .filter(({ digest }) => digest.known)
      .flatMap(({ text, manifest, configs, absentChildren = [] }): Named[] => [
        [`content of ${text}`, manifest],
        // That an image of the index is gone is an answer.
        ...(manifest.known && absentChildren.length === 0 ? [[`config of ${text}`, configs] as const] : []),
      ]),
    ...snapshot.images
      .filter(({ image, attempts }) => image.known && !attempts.some(({ outcome }) => outcome.kind === 'not-found'))
      .map(({ text, tags }): Named => [`tags of ${text}`, tags]),
  ];
}

function listed(whats: readonly string[]): string {
  return whats.length > 5 ? `${whats.slice(0, 5).join(', ')} and ${whats.length - 5} more` : whats.join(', ');
}
