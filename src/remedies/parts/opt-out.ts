import type { RemedyId } from '../../model/change/change.ts';
import { cut } from '../../model/text/words.ts';
import { formatWorkload, type Workload } from '../../model/workload/workload.ts';

const protect = 'imagecheck.dev/protect';
const allow = 'imagecheck.dev/allow';

/**
 * Why the workload's owners do not want this remedy, according to their annotations: `imagecheck.dev/protect: "true"`
 * forbids everything, `imagecheck.dev/allow: force-repull, set-image` everything else. Undoing what was allowed is
 * allowed. An unknown value of `protect` also protects. `remedyIds` are all known ones.
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
