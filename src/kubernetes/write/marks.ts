import { createHash } from 'node:crypto';
import { earlierApprovalsKey, lastApprovalKey, lastOperationsKey, lastPlanKey } from '../../model/change/mark-keys.ts';
import type { Operation } from '../../model/change/operation.ts';
import { canonicalJson } from '../../model/values/canonical.ts';
import type { Mark } from '../../ports/changes.ts';

/** What `kubectl rollout history` shows. */
const changeCauseKey = 'kubernetes.io/change-cause';

/**
 * Longer than the time in which an approval can be begun and then finished after its deciding click (ten minutes each),
 * with clocks that are as far apart as anything is decided by (`mostApartMs`), at the bot, at the worker and here.
 */
const rememberedMs = 90 * 60_000;

export type Annotations = Readonly<Record<string, string>>;

/** What an object remembers about an approval. */
export type Remembered =
  /** This operation was done; or the approval was, and something else came after it. */
  'done' | 'not-done';

/** Looks for our own mark. An approval that was followed by another one is over, whatever it would still have done. */
export function remembered(annotations: Annotations, mark: Mark, operation: Operation): Remembered {
  if (earlierOf(annotations).some(({ approval }) => approval === mark.approval)) return 'done';
  if (annotations[lastApprovalKey] !== mark.approval) return 'not-done';
  const operations = annotations[lastOperationsKey];
  return operations === undefined || operations.split(',').includes(fingerprint(operation)) ? 'done' : 'not-done';
}

/** Whether an approval changed the object, as far as the object remembers. */
export function hasChanged(annotations: Annotations, approval: string): boolean {
  return annotations[lastApprovalKey] === approval || earlierOf(annotations).some((one) => one.approval === approval);
}

/** The annotations that a change writes; times come from the worker's own clock. */
export function marksAfter(annotations: Annotations, mark: Mark, operation: Operation, now: Date): Annotations {
  const last = annotations[lastApprovalKey];
  const isSame = last === mark.approval;
  const earlier = earlierOf(annotations).filter(({ at }) => now.getTime() - at.getTime() < rememberedMs);
  const replaced = last === undefined || last === '' || isSame ? [] : [{ approval: last, at: now }];
  const kept = [...earlier, ...replaced].map(({ approval, at }) => `${approval}@${at.toISOString()}`).join(',');
  const operations = isSame ? [annotations[lastOperationsKey] ?? '', fingerprint(operation)] : [fingerprint(operation)];
  return {
    [lastApprovalKey]: mark.approval,
    [lastOperationsKey]: operations.filter((each) => each !== '').join(','),
    // Set even if empty: an omitted annotation would stay unchanged.
    ...(mark.plan === undefined && annotations[lastPlanKey] === undefined ? {} : { [lastPlanKey]: mark.plan ?? '' }),
    ...(kept === '' && annotations[earlierApprovalsKey] === undefined ? {} : { [earlierApprovalsKey]: kept }),
    [changeCauseKey]: mark.changeCause,
  };
}

function earlierOf(annotations: Annotations): readonly { readonly approval: string; readonly at: Date }[] {
  return (annotations[earlierApprovalsKey] ?? '').split(',').flatMap((entry) => {
    const [approval = '', time = ''] = entry.split('@');
    const at = new Date(time);
    return approval === '' || Number.isNaN(at.getTime()) ? [] : [{ approval, at }];
  });
}

function fingerprint(operation: Operation): string {
  return createHash('sha256').update(canonicalJson(operation)).digest('hex').slice(0, 12);
}
