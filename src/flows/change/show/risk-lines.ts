import { Risk } from '../../../model/change/change.ts';
import type { Intent } from '../../../model/change/plan.ts';
import { namespaceOfSubject } from '../../../model/subject/subject.ts';
import { cut, distinct, listed } from '../../../model/text/words.ts';
import { laterName } from '../../../model/values/open-enum.ts';
import { knownOperations } from '../../../operations/index.ts';
import { allAtOnce } from '../../../operations/parts/risk.ts';

/**
 * Why an intent has its risk, worst reasons only; empty for a low risk. It is derived from the intent alone, so nobody
 * who can write records can word it. Only one reason (`Recreate`) is not visible in any operation: it applies if there
 * is no other.
 */
export function riskReasons({ risk, targets }: Pick<Intent, 'risk' | 'targets'>): readonly string[] {
  if (risk === 'low') return [];
  const namespaces = distinct(targets.flatMap(({ subject }) => namespaceOfSubject(subject) ?? []));
  const steps = targets.flatMap(({ operations }) => knownOperations(operations));
  const reasons = steps.flatMap(({ kind, operation }) => kind.reasons(operation));
  const worst = distinct([
    ...(risk === 'high' && namespaces.length > 1
      ? [`${namespaces.length} namespaces (${listed(namespaces.map((name) => cut(name, 63)))})`]
      : []),
    ...reasons.filter((reason) => reason.risk === risk).map(({ why }) => why),
  ]);
  if (worst.length > 0) return worst;
  return risk === 'medium' ? [allAtOnce.why] : [];
}

/** `high: another owner (ghcr.io/acme-inc instead of ghcr.io/acme)`, `low`. */
export function riskLine(intent: Pick<Intent, 'risk' | 'targets'>): string {
  const reasons = riskReasons(intent);
  const name = Risk.safeParse(intent.risk).success ? intent.risk : laterName('a risk', intent.risk);
  const more = reasons.length > mostReasons ? [`and ${reasons.length - mostReasons} more reasons`] : [];
  return reasons.length === 0 ? name : `${name}: ${[...reasons.slice(0, mostReasons), ...more].join('; ')}`;
}

const mostReasons = 3;
