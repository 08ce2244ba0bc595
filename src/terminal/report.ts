import type { Evidence, Finding } from '../model/finding.ts';
import { mapStrings } from '../model/map-strings.ts';
import type { Report } from '../model/report.ts';
import { formatWorkload } from '../model/workload.ts';
import { columnsOf, type Paint, printable } from './paint.ts';

const indent = '     ';

/** A report as a person reads it in a terminal: the headline, each finding with its evidence, then what was not seen. */
export function renderReport(untrusted: Report, paint: Paint, widthColumns: number): string {
  const report = mapStrings(untrusted, printable);
  const lines = [
    headline(report, paint),
    ...report.findings.flatMap((finding, index) => ['', ...renderFinding(finding, index + 1, paint, widthColumns)]),
    ...section('Note', report.notes, paint, widthColumns),
    ...section('Owned by', report.owners, paint, widthColumns),
    ...section('Not seen', report.notSeen, paint, widthColumns),
  ];
  return `${lines.join('\n')}\n`;
}

function headline(report: Report, paint: Paint): string {
  const { workload, image, pods } = report;
  const subject =
    workload === undefined
      ? `image ${image?.reference ?? ''}${image?.as === undefined ? '' : ` as ${image.as}`}`
      : `${formatWorkload(workload)} · ${workload.namespace}`;
  const counted = pods === undefined ? '' : ` · ${pods.ready} of ${pods.desired ?? pods.total} pods ready`;
  const took = `${(report.durationMs / 1000).toFixed(1)} s`;
  return `${mark(report, paint)} · ${subject} · cluster ${report.cluster}${counted} · ${took}`;
}

function mark({ status, findings }: Report, paint: Paint): string {
  if (status === 'healthy') return paint(['green', 'bold'], '● healthy');
  if (status === 'unknown') return paint(['yellow', 'bold'], '● could not tell');
  const count = findings.filter((finding) => finding.status === 'fail').length;
  return paint(['red', 'bold'], `● ${count} ${count === 1 ? 'problem' : 'problems'}`);
}

function renderFinding(finding: Finding, number: number, paint: Paint, width: number): readonly string[] {
  const colour = ({ fail: 'red', warn: 'yellow', unknown: 'magenta', pass: 'green' } as const)[finding.status];
  const name = finding.cause.replaceAll('_', ' ').toUpperCase();
  const label = finding.status === 'fail' ? '' : `${finding.status}: `;
  return [
    ` ${String(number).padStart(2)}  ${paint([colour, 'bold'], `${label}${name}`)}: ${finding.confidence}`,
    ...wrap(finding.title, width, indent).map((line) => paint('bold', line)),
    ...finding.evidence.flatMap((evidence) => renderEvidence(evidence, paint, width)),
    ...finding.timeline.flatMap(({ at, what }, index) =>
      wrap(`${index === 0 ? 'Timeline  ' : '          '}${clock(at)} ${what}`, width, indent),
    ),
    ...labelled('So', finding.conclusion, paint, width),
    ...finding.alsoAffects.slice(0, 5).flatMap((other) => labelled('Same problem', other, paint, width)),
    ...finding.consequences.flatMap((line) => labelled('Follows from it', line, paint, width)),
    ...labelled('Next', finding.next, paint, width),
    ...finding.proposals.flatMap(({ summary }) => labelled('Fix', summary, paint, width)),
    ...labelled('Prevent', finding.prevent?.sentence, paint, width),
    ...(finding.prevent?.snippet ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${indent}    ${paint('dim', line)}`),
  ];
}

function renderEvidence({ source, subject, observed, at }: Evidence, paint: Paint, width: number): readonly string[] {
  const when = at === undefined ? '' : ` ${clock(at)}`;
  return wrap(`${paint('dim', `[${source}]`)} ${subject}:${when} ${observed.replaceAll('\n', ' ')}`, width, indent);
}

function labelled(label: string, text: string | undefined, paint: Paint, width: number): readonly string[] {
  if (text === undefined || text === '') return [];
  return wrap(`${paint('cyan', `${label}:`)} ${text}`, width, indent);
}

function section(label: string, lines: readonly string[], paint: Paint, width: number): readonly string[] {
  if (lines.length === 0) return [];
  return ['', ...lines.slice(0, 12).flatMap((line) => wrap(`${paint('dim', `${label}:`)} ${line}`, width, ' '))];
}

/** `11-21 14:02` from an ISO time, in UTC as it was reported. */
function clock(at: string): string {
  const found = /^\d{4}-(\d\d-\d\d)T(\d\d:\d\d)/.exec(at);
  return found === null ? at : `${found[1]} ${found[2]}`;
}

/** Wraps at spaces; a word longer than the line (a digest) is left whole so that it can be copied. */
function wrap(text: string, widthColumns: number, prefix: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > widthColumns - prefix.length) {
      lines.push(prefix + line);
      line = `  ${word}`;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, prefix + line];
}
