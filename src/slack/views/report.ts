import type { KnownBlock } from '@slack/types';
import { confidenceName } from '../../model/finding/finding.ts';
import { checkedWorkload, nameOfSubject, type Report } from '../../model/finding/report.ts';
import type { View } from '../../model/message.ts';
import { isWorkload, namespaceBeside } from '../../model/subject/subject.ts';
import { forKnown, type LaterMember, laterName } from '../../model/values/open-enum.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import {
  actions,
  button,
  code,
  context,
  type Drawn,
  type Formatted,
  format,
  join,
  message,
  moment,
  person,
  prose,
  sections,
} from '../blocks/blocks.ts';
import { askValue, ids, showAllValue } from '../blocks/ids.ts';
import { questionOf } from '../blocks/report-target.ts';
import { checkTitle, drawFinding } from './finding.ts';
import { cautious, fixButtons, type Offering } from './offers.ts';

type ReportView = Extract<View, { view: 'report' }>;

/** Number of findings shown before *Show all*. */
const most = 5;

/** More than this never fits into a message, so it is not drawn. */
const mostAtAll = 60;

/**
 * The one report reply: root cause first, each finding with its buttons, then the rest, then what could not be read.
 */
export function drawReport(view: ReportView, messageId: string, offering: Offering = cautious): Drawn {
  const { report } = view;
  const shown = report.findings.slice(0, view.showAll ? mostAtAll : most);
  const hidden = report.findings.length - shown.length;
  return message({
    text: summary(view),
    body: [
      ...healthLine(report),
      ...progressLines(report),
      ...findingBlocks(shown, view, { messageId, offering }),
      ...remarks(report, view.showAll),
    ],
    tail: [
      ...(view.mention === undefined ? [] : sections([format`${person(view.mention)} here’s the answer.`])),
      ...buttons(view, messageId, hidden),
    ],
    omitted: format`The rest doesn’t fit into a Slack message; ${code(`imagecheck ${terminalCommand(report)}`)} prints all of it.`,
  });
}

function findingBlocks(
  findings: Report['findings'],
  { report, reportId, showAll }: ReportView,
  { messageId, offering }: { readonly messageId: string; readonly offering: Offering },
): KnownBlock[] {
  return findings.flatMap((finding, index) => {
    const detail = showAll
      ? { evidence: 20, moments: 20, snippet: true }
      : { evidence: index === 0 ? 6 : 3, moments: index === 0 ? 8 : 3, snippet: index === 0 };
    const place = { messageId, reportId, finding: index };
    const first = { number: index * 10, primary: index === 0 };
    const offered = checkedWorkload(report) === undefined ? [] : fixButtons(finding, place, offering, first);
    const blocks = [...drawFinding(finding, detail), ...actions(offered)];
    return index === 0 ? blocks : [{ type: 'divider' as const }, ...blocks];
  });
}

function healthLine(report: Report): KnownBlock[] {
  // That it is on its way is said beside warnings, too.
  if (report.findings.length > 0 && report.status !== 'progressing') return [];
  const mark = forKnown(marks, report.status) ?? '❔';
  return sections([format`${mark} *${statusWord(report)}*: ${subjectOf(report)}${podsOf(report)}`]);
}

const marks = { healthy: '✅', progressing: '⏳' } as const;

/** What it waits for and since when, while it is not Ready yet. */
function progressLines({ progress = [] }: Report): KnownBlock[] {
  const lines = progress.slice(0, most).map(({ waitsFor, since }) => {
    const when = since === undefined ? format`` : format` (since ${moment(since)})`;
    return format`Waiting for: ${prose(waitsFor, 300)}${when}`;
  });
  return sections(lines);
}

/** The status of a report without findings. */
function statusWord({ status }: Report): string {
  switch (status) {
    case 'healthy':
      return 'Healthy';
    case 'progressing':
      return 'Progressing';
    case 'problems':
    case 'unknown':
      return 'Inconclusive';
    default:
      status satisfies LaterMember;
      return laterName('A status', status);
  }
}

function remarks(report: Report, all: boolean): KnownBlock[] {
  const limit = all ? 20 : 5;
  const notes = report.notes.slice(0, limit).map((note) => format`Note: ${prose(note, 400)}`);
  const owners = report.owners.slice(0, 5).map((owner) => code(owner, 120));
  const notSeen = report.notSeen.slice(0, limit).map((one) => prose(one, 200));
  const more = report.notSeen.length - notSeen.length;
  return [
    ...sections(notes),
    ...context([
      ...(owners.length === 0 ? [] : [format`Owned by ${join(owners, ' ← ')}`]),
      ...(notSeen.length === 0
        ? []
        : [format`Couldn't read: ${join(notSeen, '; ')}${more > 0 ? `; and ${more} more` : ''}`]),
    ]),
  ];
}

function buttons(view: ReportView, messageId: string, hidden: number): KnownBlock[] {
  const { report } = view;
  const target = questionOf(report);
  const showAll = showAllValue({ messageId, reportId: view.reportId });
  return actions([
    view.showAll || !hasMore(report, hidden) ? undefined : button(ids.showAll, showAllLabel(hidden), showAll),
    target === undefined
      ? undefined
      : button(`${ids.ask}.0`, 'Check again', askValue(report.cluster, target, messageId)),
  ]);
}

function showAllLabel(hidden: number): string {
  return hidden > 0 ? `Show all (${hidden} more)` : 'Show all';
}

/** More findings, or more about the ones that are shown. */
function hasMore(report: Report, hidden: number): boolean {
  return (
    hidden > 0 ||
    report.notes.length > 5 ||
    report.notSeen.length > 5 ||
    report.findings.some(({ evidence, timeline }, index) =>
      index === 0 ? evidence.length > 6 || timeline.length > 8 : evidence.length > 3 || timeline.length > 3,
    )
  );
}

/** Notifications and screen readers get the answer, not "1 new message". */
function summary(view: ReportView): Formatted {
  const { report } = view;
  const [first] = report.findings;
  const mention = view.mention === undefined ? [] : [person(view.mention)];
  const fact =
    first === undefined
      ? format`${statusWord(report)}: ${subjectOf(report)}${podsOf(report)}`
      : join(
          [format`${checkTitle(first)}: ${confidenceName(first)}`, prose(first.title, 500), prose(first.next, 500)],
          ' · ',
        );
  const others = report.findings.length > 1 ? [format`and ${report.findings.length - 1} more`] : [];
  return join([...mention, fact, ...others], ' ');
}

function subjectOf(report: Report): Formatted {
  const { subject } = report;
  if (subject === undefined) return code(report.cluster);
  const namespace = namespaceBeside(subject);
  const place = namespace === undefined ? format`` : format` in ${code(namespace)}`;
  const as = subject.kind === 'Image' && subject.as !== undefined ? format` as ${code(subject.as)}` : format``;
  return format`${code(nameOfSubject(subject))}${place}${as}`;
}

function podsOf(report: Report): Formatted {
  const { pods } = report;
  return pods === undefined ? format`` : format` · ${pods.ready} of ${pods.desired ?? pods.total} pods ready`;
}

/** The arguments that print the whole report; without a subject, the name is left to the reader. */
function terminalCommand({ subject, cluster }: Report): string {
  const where = `-c ${cluster} --json`;
  if (subject === undefined) return `check NAME ${where}`;
  if (isWorkload(subject)) return `check ${formatWorkload(subject)} -n ${subject.namespace} ${where}`;
  switch (subject.kind) {
    case 'Image':
      return `image ${subject.reference} ${where}`;
    default:
      return subject satisfies never;
  }
}
