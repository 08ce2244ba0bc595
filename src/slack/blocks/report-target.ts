import type { Target } from '../../model/ask/ask.ts';
import { type Report, subjectOfReport } from '../../model/finding/report.ts';
import { isWorkload } from '../../model/subject/subject.ts';

/** The question that a report answers, to ask it again. */
export function questionOf(report: Pick<Report, 'workload' | 'image'>): Target | undefined {
  const subject = subjectOfReport(report);
  if (subject === undefined) return undefined;
  if (isWorkload(subject)) return { type: 'workload', ...subject };
  switch (subject.kind) {
    case 'Image': {
      const [namespace, serviceAccount] = report.image?.as?.split('/') ?? [];
      const as = namespace === undefined || serviceAccount === undefined ? {} : { as: { namespace, serviceAccount } };
      return { type: 'image', reference: subject.reference, ...as };
    }
    case 'Namespace':
    case 'Secret':
    case 'Registry':
    case 'Node':
      // Nobody can ask about these yet.
      return undefined;
    default:
      return subject satisfies never;
  }
}
