import type { Approvals } from '../../../ports/approvals.ts';
import { type Held, holding } from '../../../timing/holding.ts';

/**
 * A dead worker's change is free after this time (recovery in 15 s at most, including the look for records without a
 * holder).
 */
export const usualLeaseMs = 5000;

interface HoldingOptions {
  readonly approvals: Approvals;
  readonly leaseMs?: number;
  readonly mostDeaths?: number;
}

/**
 * Holds an approval while `work` runs, renewing the lease, and gives it back at the end. Resolves with false, without
 * running it, if another worker has it, there is nothing to do, or too many workers died of it. A lease that cannot be renewed in time is lost.
 */
export async function holdingApproval(
  { team, id }: { readonly team: string; readonly id: string },
  { approvals, leaseMs = usualLeaseMs, mostDeaths }: HoldingOptions,
  work: (held: Held) => Promise<void>,
): Promise<boolean> {
  const record = {
    hold: (holder: string, forMs: number) => approvals.hold(team, id, holder, forMs, mostDeaths),
    renew: (holder: string, forMs: number) => approvals.renew(team, id, holder, forMs),
    release: (holder: string) => approvals.release(team, id, holder),
  };
  const wasHeld = await holding(record, { leaseMs, unrenewed: 'lost' }, async (held) => {
    await work(held);
    return true;
  });
  return wasHeld === true;
}
