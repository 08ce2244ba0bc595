import type { KnownBlock } from '@slack/types';
import { confidenceName, type Evidence, type Finding } from '../../model/finding/finding.ts';
import { affectedNames } from '../../model/finding/same-problem.ts';
import { forKnown, type KnownMember, laterName } from '../../model/values/open-enum.ts';
import { andMore, code, codeBlock, type Formatted, format, join, moment, prose, sections } from '../blocks/blocks.ts';

/** How much of a finding is shown: all of it, or what fits beside others on a phone. */
export interface Detail {
  readonly evidence: number;
  readonly moments: number;
  readonly snippet: boolean;
}

const marks: Readonly<Record<KnownMember<Finding['status']>, string>> = {
  fail: '🔴',
  warn: '🟠',
  unknown: '❔',
  pass: '✅',
};

/**
 * One finding: the problem and its confidence, the fix, then the reason, the timeline, the evidence, and the
 * consequences.
 */
export function drawFinding(finding: Finding, detail: Detail): KnownBlock[] {
  const heading = format`${headingOf(finding)}: ${confidenceName(finding)}`;
  return sections([
    heading,
    prose(finding.title, 500),
    ...(finding.next === '' ? [] : [format`*Fix:* ${prose(finding.next, 800)}`]),
    ...(finding.conclusion === undefined || finding.conclusion === ''
      ? []
      : [format`*Why:* ${withoutLabel(finding.conclusion, 'Why')}`]),
    ...timeline(finding, detail.moments),
    ...evidence(finding.evidence, detail.evidence),
    ...consequences(finding),
    ...proposals(finding),
    ...advice(finding),
    ...prevention(finding, detail.snippet),
  ]);
}

/** A status that a newer worker gave it stands beside the name. */
function headingOf(finding: Finding): Formatted {
  const name = format`*${checkTitle(finding)}*`;
  const mark = forKnown(marks, finding.status);
  return mark === undefined ? format`❔ ${name} (${laterName('a status', finding.status)})` : format`${mark} ${name}`;
}

/** `STALE IMAGE` of `stale-image`. */
export function checkTitle(finding: Pick<Finding, 'check'>): string {
  return finding.check.replaceAll('-', ' ').toUpperCase();
}

function timeline(finding: Finding, most: number): Formatted[] {
  if (finding.timeline.length === 0) return [];
  const shown = finding.timeline.slice(-most);
  const left = finding.timeline.length - shown.length;
  return [
    left === 0 ? format`*Timeline*` : format`*Timeline* (${left} earlier left out)`,
    ...shown.map(({ at, what }) => format`• ${moment(at)}  ${prose(what, 300)}`),
  ];
}

function evidence(all: readonly Evidence[], most: number): Formatted[] {
  if (all.length === 0) return [];
  const rest = all.length - most;
  return [
    format`*Evidence*`,
    ...all.slice(0, most).map(({ source, subject, observed, at }) => {
      const time = at === undefined ? format`` : format` (${moment(at)})`;
      return format`• ${source} ${code(subject, 200)}: ${prose(observed, 400)}${time}`;
    }),
    ...(rest > 0 ? [format`• and ${rest} more`] : []),
  ];
}

function consequences(finding: Finding): Formatted[] {
  const same = affectedNames(finding)
    .slice(0, 10)
    .map((one) => code(one, 200));
  const more = finding.alsoAffects.length - same.length;
  return [
    ...(same.length === 0 ? [] : [format`*Also affected:* ${join(same, ', ')}${andMore(more)}`]),
    ...finding.consequences
      .slice(0, 8)
      .map((line) => format`*Also caused by this:* ${prose(withoutLabel(line, 'Also caused by this'), 500)}`),
  ];
}

function proposals(finding: Finding): Formatted[] {
  return finding.proposals.slice(0, 5).map(({ summary }) => format`*Possible fix:* ${prose(summary, 400)}`);
}

/** The organisation's own messages and runbooks for this cause. */
function advice(finding: Finding): Formatted[] {
  return (finding.advice ?? [])
    .slice(0, 3)
    .map(({ text, link }) => format`*In your organisation:* ${prose([text, link].filter(Boolean).join(' '), 500)}`);
}

function prevention(finding: Finding, withSnippet: boolean): Formatted[] {
  const { prevent } = finding;
  if (prevent === undefined) return [];
  const snippet = withSnippet && prevent.snippet !== undefined ? [codeBlock(prevent.snippet, 1200)] : [];
  return [format`*To prevent this:* ${prose(prevent.sentence, 500)}`, ...snippet];
}

/** Checks may include the label themselves; it is not repeated. */
function withoutLabel(text: string, name: string): string {
  return text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text;
}
