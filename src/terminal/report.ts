import { causeName } from '../model/finding/cause.ts';
import { confidenceName, type Evidence, type Finding } from '../model/finding/finding.ts';
import { type Report, standingOf, standingWords } from '../model/finding/report.ts';
import { affectedNames } from '../model/finding/same-problem.ts';
import { formatSubject, namespaceBeside } from '../model/subject/subject.ts';
import { mapStrings } from '../model/values/map-strings.ts';
import { forKnown, type LaterMember, laterName } from '../model/values/open-enum.ts';
import { type Paint, printableLines } from './paint.ts';
import { wrap } from './wrap.ts';

const indent = '     ';
const body = { first: indent, rest: `${indent}  ` };
const mostLines = 12;

/** A report as shown in a terminal: the headline, each finding with its evidence, then what could not be read. */
export function renderReport(untrusted: Report, paint: Paint, widthColumns: number): string {
  const report = mapStrings(untrusted, printableLines);
  const width = Math.min(Math.max(widthColumns, 40), 120);
  const lines = [
    headline(report, paint),
    ...progressLines(report, paint, width),
    ...report.findings.flatMap((finding, index) => ['', ...renderFinding(finding, index + 1, paint, width)]),
    ...section('Note', report.notes, paint, width),
    ...section('Owned by', report.owners, paint, width),
    ...section('Couldn’t read', report.notSeen, paint, width),
  ];
  return `${lines.join('\n')}\n`;
}

function headline(report: Report, paint: Paint): string {
  const { subject: about, pods } = report;
  const names = about === undefined ? [] : [formatSubject(about), namespaceBeside(about)].filter(Boolean);
  const as = about?.kind === 'Image' && about.as !== undefined ? ` as ${about.as}` : '';
  const subject = `${names.join(' · ')}${as}`;
  const counted = pods === undefined ? '' : ` · ${pods.ready} of ${pods.desired ?? pods.total} pods ready`;
  const took = `${(report.durationMs / 1000).toFixed(1)} s`;
  return `${mark(report, paint)} · ${subject} · cluster ${report.cluster}${counted} · ${took}`;
}

/** What it waits for and since when, while it is not Ready yet. */
function progressLines({ progress = [] }: Report, paint: Paint, width: number): readonly string[] {
  return progress.slice(0, mostLines).flatMap(({ waitsFor, since }) => {
    const when = since === undefined ? '' : ` (since ${clock(since)})`;
    return wrap(`${paint('dim', 'Waiting for:')} ${waitsFor}${when}`, width, { first: ' ', rest: '   ' });
  });
}

const colours = { healthy: 'green', progressing: 'cyan', problems: 'red', unknown: 'yellow' } as const;

function mark(report: Report, paint: Paint): string {
  const standing = standingOf(report);
  const warns = report.status === 'healthy' && standing.warnings > 0;
  return paint(
    [warns ? 'yellow' : (forKnown(colours, report.status) ?? 'yellow'), 'bold'],
    `${report.status === 'progressing' ? '⏳' : '●'} ${standingWords(standing)}`,
  );
}

function renderFinding(finding: Finding, number: number, paint: Paint, width: number): readonly string[] {
  return [
    ` ${String(number).padStart(2)}  ${titleOf(finding, paint)}`,
    ...wrap(finding.title, width, body).map((line) => paint('bold', line)),
    ...finding.evidence.flatMap((evidence) => renderEvidence(evidence, paint, width)),
    ...renderTimeline(finding, paint, width),
    ...labelled('Why', finding.conclusion, paint, width),
    ...affectedNames(finding)
      .slice(0, 5)
      .flatMap((other) => labelled('Also affected', other, paint, width)),
    ...finding.consequences.flatMap((line) => labelled('Also caused by this', line, paint, width)),
    ...labelled('Fix', finding.next, paint, width),
    ...finding.proposals.flatMap(({ summary }) => labelled('Possible fix', summary, paint, width)),
    ...(finding.advice ?? []).flatMap(({ text, link }) =>
      labelled('In your organisation', [text, link].filter(Boolean).join(' '), paint, width),
    ),
    ...labelled('To prevent this', finding.prevent?.sentence, paint, width),
    ...(finding.prevent?.snippet ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${indent}    ${paint('dim', line)}`),
  ];
}

/** `STALE IMAGE: certain`; for an inconclusive finding, confidence means nothing. */
function titleOf(finding: Finding, paint: Paint): string {
  const { cause, status } = finding;
  const name = causeName(cause).replaceAll('_', ' ').toUpperCase();
  switch (status) {
    case 'fail':
      return `${paint(['red', 'bold'], name)}: ${confidenceName(finding)}`;
    case 'warn':
      return `${paint(['yellow', 'bold'], `warning: ${name}`)}: ${confidenceName(finding)}`;
    case 'unknown':
      return paint(['magenta', 'bold'], `inconclusive: ${name}`);
    case 'pass':
      return paint(['green', 'bold'], name);
    default:
      status satisfies LaterMember;
      return paint(['magenta', 'bold'], `${laterName('a status', status)}: ${name}`);
  }
}

function renderEvidence({ source, subject, observed, at }: Evidence, paint: Paint, width: number): readonly string[] {
  const when = at === undefined ? '' : ` (${clock(at)})`;
  return wrap(`${paint('dim', `[${source}]`)} ${subject}: ${observed}${when}`, width, body);
}

function renderTimeline({ timeline }: Finding, paint: Paint, width: number): readonly string[] {
  const label = 'Timeline: ';
  const rest = `${indent}${' '.repeat(label.length)}`;
  return timeline.flatMap(({ at, what }, index) =>
    wrap(`${clock(at)} ${what}`, width, {
      first: index === 0 ? `${indent}${paint('cyan', label.trimEnd())} ` : rest,
      rest: `${rest}  `,
    }),
  );
}

function labelled(label: string, text: string | undefined, paint: Paint, width: number): readonly string[] {
  if (text === undefined || text === '') return [];
  return wrap(`${paint('cyan', `${label}:`)} ${text}`, width, body);
}

function section(label: string, lines: readonly string[], paint: Paint, width: number): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, mostLines);
  const more = lines.length > shown.length ? [`and ${lines.length - shown.length} more; --json has them all`] : [];
  return [
    '',
    ...[...shown, ...more].flatMap((line) =>
      wrap(`${paint('dim', `${label}:`)} ${line}`, width, { first: ' ', rest: '   ' }),
    ),
  ];
}

/** `2026-11-21 14:02 UTC` from an ISO time; anything else unchanged. */
function clock(at: string): string {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z$/.exec(at);
  return found === null ? at : `${found[1]} ${found[2]} UTC`;
}
