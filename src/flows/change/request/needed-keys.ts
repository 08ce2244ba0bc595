import type { KeyObject } from 'node:crypto';
import { signersOf } from '../../../model/approval/needed-keys.ts';
import type { SignedApprovals } from '../../../ports/approvals.ts';
import type { NeededKey } from '../../../ports/records.ts';

/** More changes at a time than anybody decides about. */
const mostChanges = 1000;

/** The signing keys that records still need, each until the last of them needs it no more; sorted by id. */
export async function neededKeys(
  approvals: SignedApprovals,
  keys: readonly KeyObject[],
): Promise<readonly NeededKey[]> {
  const uses = new Map<string, { readonly untilMs: number; readonly changes: number }>();
  for (const { approval, untilMs } of await approvals.signed(mostChanges)) {
    for (const id of signersOf(approval, keys)) {
      const before = uses.get(id) ?? { untilMs: 0, changes: 0 };
      uses.set(id, { untilMs: Math.max(before.untilMs, untilMs), changes: before.changes + 1 });
    }
  }
  return [...uses]
    .map(([id, { untilMs, changes }]) => ({ id, until: new Date(untilMs).toISOString(), changes }))
    .toSorted((one, other) => one.id.localeCompare(other.id));
}
