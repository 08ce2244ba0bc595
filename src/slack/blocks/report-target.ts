import type { Target } from '../../model/ask/ask.ts';
import type { Report } from '../../model/finding/report.ts';
import { isWorkload } from '../../model/subject/subject.ts';

/** The question that a report answers, to ask it again. */
export function questionOf({ subject }: Pick<Report, 'subject'>): Target | undefined {
  if (subject === undefined) return undefined;
  if (isWorkload(subject)) return { type: 'workload', ...subject };
  switch (subject.kind) {
    case 'Image': {
      const [namespace, serviceAccount] = subject.as?.split('/') ?? [];
      const as = namespace === undefined || serviceAccount === undefined ? {} : { as: { namespace, serviceAccount } };
      return { type: 'image', reference: subject.reference, ...as };
    }
    default:
      return subject satisfies never;
  }
}
