import { randomUUID } from 'node:crypto';
import type { Approvals } from '../../../ports/approvals.ts';

/** A change that is ours until the lease ends. */
export interface Held {
  /** Fires when another worker has it: then nothing more may be done or said. */
  readonly lost: AbortSignal;
}

/** A dead worker's change is free after this long (recovery in 15 s at most, with the look for what nobody holds). */
export const usualLeaseMs = 5000;

/**
 * Holds an approval while `work` runs, renewing the lease, and gives it back at the end. Resolves without running it when
 * another worker has it or there is nothing to do.
 */
export async function holding(
  { team, id }: { readonly team: string; readonly id: string },
  { approvals, leaseMs = usualLeaseMs }: { readonly approvals: Approvals; readonly leaseMs?: number },
  work: (held: Held) => Promise<void>,
): Promise<void> {
  const holder = randomUUID();
  if (!(await approvals.hold(team, id, holder, leaseMs))) return;
  const lost = new AbortController();
  let until = performance.now() + leaseMs;
  const renew = async (): Promise<void> => {
    const asked = performance.now();
    const held = await approvals.renew(team, id, holder, leaseMs);
    if (held) until = asked + leaseMs;
    else lost.abort(new Error('another worker took the change'));
  };
  const timer = setInterval(() => {
    renew().catch(() => {
      // Redis is away: after the lease somebody else may have it, and nobody could tell us.
      if (performance.now() >= until) lost.abort(new Error('the hold could not be renewed'));
    });
  }, leaseMs / 3);
  try {
    await work({ lost: lost.signal });
  } finally {
    clearInterval(timer);
    await approvals.release(team, id, holder).catch(() => {});
  }
}
