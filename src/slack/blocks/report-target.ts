import type { Target } from '../../model/ask/ask.ts';
import type { Report } from '../../model/finding/report.ts';

/** The question that a report answers, to ask it again. */
export function questionOf(report: Pick<Report, 'workload' | 'image'>): Target | undefined {
  if (report.workload !== undefined) return { type: 'workload', ...report.workload };
  if (report.image === undefined) return undefined;
  const [namespace, serviceAccount] = report.image.as?.split('/') ?? [];
  const as = namespace === undefined || serviceAccount === undefined ? {} : { as: { namespace, serviceAccount } };
  return { type: 'image', reference: report.image.reference, ...as };
}
