import type { RemedyId } from '../../model/change/change.ts';
import { cut } from '../../model/text/words.ts';
import { formatWorkload, type Workload } from '../../model/workload/workload.ts';

const protect = 'imagecheck.dev/protect';
const allow = 'imagecheck.dev/allow';

/**
 * Why the workload's owners do not want this remedy, as their annotations say: `imagecheck.dev/protect: "true"` keeps
 * everything away, `imagecheck.dev/allow: force-repull, set-image` everything else. Taking back what was allowed is
 * allowed. A value of `protect` that means nothing protects, too. `remedyIds` are all that there are.
 */
export function optOutOf(
  workload: Pick<Workload, 'ref' | 'annotations'>,
  remedy: RemedyId,
  remedyIds: readonly RemedyId[],
): string | undefined {
  const name = formatWorkload(workload.ref);
  const protection = valueOf(workload.annotations, protect)?.trim().toLowerCase();
  if (protection !== undefined && protection !== '' && protection !== 'false') {
    return `${name} is protected by its owners (annotation ${protect}: "${cut(protection, 40)}").`;
  }
  const listed = valueOf(workload.annotations, allow);
  if (listed === undefined || remedy === 'undo') return undefined;
  const allowed = listed.split(/[\s,]+/).filter((word) => word !== '');
  if (allowed.includes(remedy)) return undefined;
  const known = remedyIds.filter((id) => allowed.includes(id));
  return `The owners of ${name} allow ${known.length === 0 ? 'no remedy' : known.join(', ')} only (annotation ${allow}).`;
}

function valueOf(annotations: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(annotations, key) ? annotations[key] : undefined;
}
