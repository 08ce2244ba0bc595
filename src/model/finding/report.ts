import { z } from 'zod';
import { formatSubject, isWorkload, type Subject } from '../subject/subject.ts';
import { laterName, openEnum } from '../values/open-enum.ts';
import { formatWorkload, WorkloadRef } from '../workload/workload.ts';
import { Finding } from './finding.ts';

/**
 * `healthy`: what is wanted is Ready, and no unknown fact could change that. `progressing`: it is not Ready yet, and
 * may still become so by itself.
 */
export const ReportStatus = z.enum(['healthy', 'progressing', 'problems', 'unknown']);
export type ReportStatus = z.infer<typeof ReportStatus>;

/** One thing that a workload waits for before it is Ready. */
export const Progress = z.object({
  waitsFor: z.string().describe('What it waits for, in a phrase that follows "Waiting for". Untrusted text.'),
  since: z.string().optional().describe('Since when (ISO 8601), if that is known.'),
});
export type Progress = z.infer<typeof Progress>;

/** The version of printed reports. Since 2, `healthy` means Ready, and `progressing` exists. */
export const reportVersion = 2;

/** A report as stored, posted and printed with `--json` (docs/report.schema.json): a field for each kind of subject. */
export const StoredReport = z.object({
  schemaVersion: z
    .literal([1, reportVersion])
    .describe('Increases only when a field changes its meaning; new fields do not change it.'),
  cluster: z.string().describe('Id of the cluster that was checked.'),
  workload: WorkloadRef.optional().describe('The workload that was checked; absent for an image.'),
  image: z
    .object({
      reference: z.string().describe('The image as it was requested.'),
      as: z.string().optional().describe('NAMESPACE/SERVICEACCOUNT whose pull secrets were used.'),
    })
    .optional()
    .describe('The image that was checked; absent for a workload.'),
  takenAt: z.string().describe('When the data was read (ISO 8601).'),
  durationMs: z.number().describe('How long reading and checking took; 0 for a saved snapshot.'),
  status: openEnum(ReportStatus).describe(
    'problems: at least one finding fails. progressing: nothing fails, but what is wanted is not Ready yet. unknown: nothing fails, but a fact that could change that is missing. healthy: otherwise.',
  ),
  progress: z.array(Progress).optional().describe('What it waits for; only while progressing.'),
  findings: z.array(Finding).describe('Findings that fail, warn or are unknown; root cause first.'),
  notes: z
    .array(z.string())
    .describe('Notes from checks that passed, such as a version that is pinned while a newer one exists.'),
  pods: z
    .object({ desired: z.number().optional(), ready: z.number(), total: z.number() })
    .optional()
    .describe('How many pods exist; absent for an image, for a finished Job, or when pods could not be read.'),
  notSeen: z.array(z.string()).describe('What could not be read, with the reason or the missing permission.'),
  owners: z.array(z.string()).describe('Owners above the workload, nearest first, as KIND/NAME; make changes there.'),
});
export type StoredReport = z.infer<typeof StoredReport>;

const { workload: _workload, image, ...shared } = StoredReport.shape;
/** The kinds of `Subject` that can be asked about, an image with the account whose pull secrets were used. */
const ReportSubject = z.discriminatedUnion('kind', [
  WorkloadRef,
  z.object({ kind: z.literal('Image'), ...image.unwrap().shape }),
]);
export type ReportSubject = z.infer<typeof ReportSubject>;

/** A report of a later release can be about something that this one does not know: it has no subject here. */
const SubjectReport = z.object({ ...shared, subject: ReportSubject.optional() });

/** The answer to one question. Its stored form is `StoredReport`. */
export const Report = z.codec(StoredReport, SubjectReport, {
  decode: ({ workload, image: asked, ...report }) => {
    const subject = workload ?? (asked === undefined ? undefined : { kind: 'Image' as const, ...asked });
    return subject === undefined ? report : { ...report, subject };
  },
  // Open enums have a wider input, which the schema has checked before.
  encode: (report) => storedReport(report as Report),
});
export type Report = z.infer<typeof SubjectReport>;

/**
 * The stored form of a report. Its fields, and those of its findings, keep their order, so printed JSON does too. The
 * release before reads version 1 alone, where it takes a status that it does not know for no good one.
 */
export function storedReport(report: Report): StoredReport {
  return { ...printedReport(report), schemaVersion: 1 };
}

/** A report as `--json` prints it (docs/report.schema.json). */
export function printedReport({ schemaVersion: _version, cluster, subject, ...report }: Report): StoredReport {
  const about = subject === undefined ? {} : storedSubject(subject);
  return { schemaVersion: reportVersion, cluster, ...about, ...report };
}

function storedSubject(subject: ReportSubject): Pick<StoredReport, 'workload' | 'image'> {
  if (isWorkload(subject)) return { workload: subject };
  switch (subject.kind) {
    case 'Image': {
      const { kind: _kind, ...asked } = subject;
      return { image: asked };
    }
    default:
      return subject satisfies never;
  }
}

/** The workload that was checked; undefined if the report is about something else. */
export function checkedWorkload(report: Pick<Report, 'subject'> | undefined): WorkloadRef | undefined {
  const subject = report?.subject;
  return subject !== undefined && isWorkload(subject) ? subject : undefined;
}

/** The name of a report's subject, beside which its namespace stands: `deployment/web`, the reference of an image. */
export function nameOfSubject(subject: Subject): string {
  if (isWorkload(subject)) return formatWorkload(subject);
  switch (subject.kind) {
    case 'Image':
      return subject.reference;
    case 'Namespace':
    case 'Secret':
    case 'Registry':
    case 'Node':
      return formatSubject(subject);
    default:
      return subject satisfies never;
  }
}

/** The parts of a report that a headline needs; stored with the message that shows it. */
export interface Standing {
  readonly status: Report['status'];
  readonly problems: number;
  readonly warnings: number;
}

/** How many findings fail and how many warn. */
export function standingOf({ status, findings }: Pick<Report, 'status' | 'findings'>): Standing {
  const count = (wanted: Finding['status']): number => findings.filter((finding) => finding.status === wanted).length;
  return { status, problems: count('fail'), warnings: count('warn') };
}

/** The status in words: `2 problems`, `healthy, 1 warning`, `inconclusive`. */
export function standingWords({ status, problems, warnings }: Standing): string {
  if (status === 'problems') return counted(problems, 'problem');
  if (status === 'progressing') return 'progressing';
  if (status === 'unknown') return 'inconclusive';
  if (status !== 'healthy') return laterName('a status', status);
  return warnings === 0 ? 'healthy' : `healthy, ${counted(warnings, 'warning')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
