import type { Operation } from '../../../model/change/operation.ts';
import type { Intent } from '../../../model/change/plan.ts';
import { cut, distinct, listed } from '../../../model/text/words.ts';
import { type RiskReason, reasonOfEdit } from '../../../remedies/parts/risk.ts';

/**
 * Why an intent is as risky as it says, worst reasons only; nothing for a low risk. It follows from the intent alone, so
 * that nobody who can write records can word it. Only the one reason that no operation shows (`Recreate`) is known by
 * there being no other.
 */
export function riskReasons({ risk, targets }: Pick<Intent, 'risk' | 'targets'>): readonly string[] {
  if (risk === 'low') return [];
  const namespaces = distinct(targets.map(({ workload }) => workload.namespace));
  const reasons = targets.flatMap(({ operations }) => operations.flatMap(reasonsOf));
  const worst = distinct([
    ...(risk === 'high' && namespaces.length > 1
      ? [`${namespaces.length} namespaces (${listed(namespaces.map((name) => cut(name, 63)))})`]
      : []),
    ...reasons.filter((reason) => reason.risk === risk).map(({ why }) => why),
  ]);
  if (worst.length > 0) return worst;
  return risk === 'medium' ? [atOnce] : [];
}

/** `high: another owner (ghcr.io/acme-inc instead of ghcr.io/acme)`, `low`. */
export function riskLine(intent: Pick<Intent, 'risk' | 'targets'>): string {
  const reasons = riskReasons(intent);
  const more = reasons.length > mostReasons ? [`and ${reasons.length - mostReasons} more reasons`] : [];
  return reasons.length === 0
    ? intent.risk
    : `${intent.risk}: ${[...reasons.slice(0, mostReasons), ...more].join('; ')}`;
}

const mostReasons = 3;
const atOnce = 'all pods at once';

function reasonsOf(operation: Operation): readonly RiskReason[] {
  switch (operation.type) {
    case 'edit-template':
      return operation.edits.flatMap((edit) => reasonOfEdit(edit) ?? []);
    case 'edit-service-account':
      return operation.change === 'add'
        ? [{ risk: 'medium', why: `a pull secret for every pod of service account ${cut(operation.target.name, 120)}` }]
        : [];
    case 'delete-pods':
      return operation.onlyNotReady === true ? [] : [{ risk: 'medium', why: atOnce }];
    case 'write-pull-secret':
    case 'restore-pull-secret':
      return [];
    default:
      return operation satisfies never;
  }
}
