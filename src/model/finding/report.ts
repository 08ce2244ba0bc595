import { z } from 'zod';
import { WorkloadRef } from '../workload/workload.ts';
import { Finding } from './finding.ts';

/** `healthy`: nothing failed and nothing that could change that is unknown. */
export const ReportStatus = z.enum(['healthy', 'problems', 'unknown']);
export type ReportStatus = z.infer<typeof ReportStatus>;

/**
 * The answer to one question, as stored, posted and printed with `--json` (docs/report.schema.json).
 * Exactly one of `workload` and `image` is present.
 */
export const Report = z.object({
  schemaVersion: z.literal(1).describe('Grows only when a field changes its meaning; new fields do not change it.'),
  cluster: z.string().describe('Id of the cluster that was asked.'),
  workload: WorkloadRef.optional().describe('The workload that was asked about; absent for an image.'),
  image: z
    .object({
      reference: z.string().describe('As it was asked.'),
      as: z.string().optional().describe('NAMESPACE/SERVICEACCOUNT whose pull secrets were used.'),
    })
    .optional()
    .describe('The image that was asked about; absent for a workload.'),
  takenAt: z.string().describe('When it was read (ISO 8601).'),
  durationMs: z.number().describe('How long reading and checking took; 0 for a saved snapshot.'),
  status: ReportStatus.describe(
    'problems: some finding fails. unknown: nothing fails, but what could change that is not known. healthy: otherwise.',
  ),
  findings: z.array(Finding).describe('What fails, warns or is unknown; root cause first.'),
  notes: z
    .array(z.string())
    .describe('Remarks of checks that passed, such as a version that is pinned while a newer one exists.'),
  pods: z
    .object({ desired: z.number().optional(), ready: z.number(), total: z.number() })
    .optional()
    .describe('How many pods there are; absent for an image, a finished Job, or where pods could not be read.'),
  notSeen: z.array(z.string()).describe('What could not be read, and why or which right is missing.'),
  owners: z.array(z.string()).describe('Owners above the workload, nearest first, as KIND/NAME: changes belong there.'),
});
export type Report = z.infer<typeof Report>;

/** What a headline needs of a report; stored with the message that shows it. */
export interface Standing {
  readonly status: ReportStatus;
  readonly problems: number;
  readonly warnings: number;
}

/** How many findings fail and how many warn. */
export function standingOf({ status, findings }: Pick<Report, 'status' | 'findings'>): Standing {
  const count = (wanted: Finding['status']): number => findings.filter((finding) => finding.status === wanted).length;
  return { status, problems: count('fail'), warnings: count('warn') };
}

/** The standing in words: `2 problems`, `healthy, 1 warning`, `inconclusive`. */
export function standingWords({ status, problems, warnings }: Standing): string {
  if (status === 'problems') return counted(problems, 'problem');
  if (status === 'unknown') return 'inconclusive';
  return warnings === 0 ? 'healthy' : `healthy, ${counted(warnings, 'warning')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
