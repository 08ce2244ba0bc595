import type { TargetResult } from '../../../model/approval/approval.ts';
import { formatSubject } from '../../../model/subject/subject.ts';
import { forKnown, type KnownMember, laterName } from '../../../model/values/open-enum.ts';

/** More are counted. */
const mostLeftOut = 5;

const words: Readonly<Record<KnownMember<TargetResult['outcome']>, string>> = {
  fixed: 'fixed',
  'not-ready': 'image fixed, but not Ready',
  'not-fixed': 'not fixed',
  'not-done': 'not changed',
  applied: 'changed',
  started: 'in progress',
  waiting: 'not started',
  unknown: 'inconclusive',
};

/**
 * `fixed in 48 s: 4 of 4 pods are running the intended image and are Ready`, or how each target ended; and what the
 * plan left out of the request, with the reason.
 */
export function headline(results: readonly TargetResult[], tookMs: number, leftOut: readonly string[] = []): string {
  const seconds = `${Math.max(0, Math.round(tookMs / 1000))} s`;
  const said = [...new Set(results.flatMap(({ note }) => note ?? [])), ...untouched(leftOut)];
  const notes = said.map((note) => `; ${note}`).join('');
  if (results.length > 0 && results.every(({ outcome }) => outcome === 'fixed')) {
    const but = leftOut.length === 0 ? '' : `, but ${leftOutWords(leftOut)}`;
    const seen = fixedWords(results);
    return `fixed in ${seconds}${but}${seen === '' ? '' : `: ${seen}`}${notes}`;
  }
  const one = ({ outcome, detail, replacedBy }: TargetResult): string => {
    // The detail contains everything.
    if (replacedBy !== undefined && detail !== undefined) return detail;
    const word = forKnown(words, outcome) ?? laterName('an outcome', outcome);
    return detail === undefined ? word : `${word}: ${detail}`;
  };
  const [only, ...more] = results;
  if (only !== undefined && more.length === 0) return `${one(only)} (after ${seconds})${notes}`;
  return `${results.map((result) => `${formatSubject(result.subject)} ${one(result)}`).join('; ')} (after ${seconds})${notes}`;
}

/** What was seen of the pods, over all workloads; if no pods show it, what the operation itself reports. */
function fixedWords(results: readonly TargetResult[]): string {
  const pods = results.flatMap((result) => result.pods ?? []);
  const others = results.flatMap((result) => (result.pods === undefined ? (result.detail ?? []) : []));
  if (pods.length === 0) return others.join('; ');
  const sum = (of: (one: (typeof pods)[number]) => number): number => pods.reduce((total, one) => total + of(one), 0);
  const [updated, ready] = [sum((one) => one.updated), sum((one) => one.ready)];
  // An undo may restore a state that was not Ready before.
  const readiness = ready < updated ? `; ${ready} of them are Ready` : ' and are Ready';
  const told = `${sum(({ onDigest }) => onDigest)} of ${updated} pods are running the intended image${readiness}`;
  return [told, ...others].join('; ');
}

function untouched(leftOut: readonly string[]): readonly string[] {
  const lines = leftOut.slice(0, mostLeftOut).map((line) => `not touched: ${line.slice(0, 300).replace(/\.$/, '')}`);
  const more = leftOut.length - lines.length;
  return more > 0 ? [...lines, `not touched: and ${more} more`] : lines;
}

/** `1 workload left out`. */
export function leftOutWords(leftOut: readonly string[]): string {
  return leftOut.length === 1 ? '1 workload left out' : `${leftOut.length} workloads left out`;
}
