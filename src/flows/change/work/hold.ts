import type { Approvals } from '../../../ports/approvals.ts';
import { type Held, holding } from '../../../timing/holding.ts';

/**
 * A dead worker's change is free after this time (recovery in 15 s at most, including the look for records without a
 * holder).
 */
export const usualLeaseMs = 5000;

/**
 * Holds an approval while `work` runs, renewing the lease, and gives it back at the end. Resolves without running it if
 * another worker has it or there is nothing to do. A lease that cannot be renewed in time is lost.
 */
export async function holdingApproval(
  { team, id }: { readonly team: string; readonly id: string },
  { approvals, leaseMs = usualLeaseMs }: { readonly approvals: Approvals; readonly leaseMs?: number },
  work: (held: Held) => Promise<void>,
): Promise<void> {
  const record = {
    hold: (holder: string, forMs: number) => approvals.hold(team, id, holder, forMs),
    renew: (holder: string, forMs: number) => approvals.renew(team, id, holder, forMs),
    release: (holder: string) => approvals.release(team, id, holder),
  };
  await holding(record, { leaseMs, unrenewed: 'lost' }, work);
}
