import { randomUUID } from 'node:crypto';
import { every } from './every.ts';
import { within } from './within.ts';

/**
 * A record that one process at a time holds: an approval, a flight, a channel of the outbox. A holder has it for
 * `leaseMs` milliseconds by the store's clock; if the holder dies, another process can take it after that.
 */
export interface Holdable {
  /** Takes the record, or renews it; false while another live holder has it or there is nothing to do. */
  hold(holder: string, leaseMs: number): Promise<boolean>;
  /** Extends the lease; false if it was lost. */
  renew(holder: string, leaseMs: number): Promise<boolean>;
  release(holder: string): Promise<void>;
}

/** A record that is ours while the work runs. */
export interface Held {
  readonly holder: string;
  /** Fires when someone else has it: then nothing more may be done or posted. */
  readonly lost: AbortSignal;
}

/** How a record is held. */
export interface HoldOptions {
  readonly leaseMs: number;
  /** Unique per process and piece of work; default: random. */
  readonly holder?: string;
  /**
   * How to treat a lease that could not be renewed in time because the store did not respond. `lost`: someone else may
   * have it. `kept`: the work continues, and finds out when it records its result.
   */
  readonly unrenewed: 'lost' | 'kept';
}

/** The lease is renewed this many times before it ends. */
const renewalsPerLease = 3;

/**
 * Takes a record, renews the lease while `work` runs, and gives the record back at the end. Resolves with `undefined`,
 * without running the work, if it cannot be taken. Throws if the store cannot be reached to take it, or what the work
 * throws; a record that cannot be given back is free when its lease ends.
 */
export async function holding<T>(
  record: Holdable,
  { leaseMs, holder = randomUUID(), unrenewed }: HoldOptions,
  work: (held: Held) => Promise<T>,
): Promise<T | undefined> {
  if (!(await record.hold(holder, leaseMs))) return undefined;
  try {
    return await keeping(record, { leaseMs, holder, unrenewed }, work);
  } finally {
    await record.release(holder).catch(() => {});
  }
}

/**
 * Renews the lease of a record that `holder` has just taken or renewed, while `work` runs; rethrows what `work` throws.
 */
export async function keeping<T>(
  record: Pick<Holdable, 'renew'>,
  { leaseMs, holder, unrenewed }: HoldOptions & { readonly holder: string },
  work: (held: Held) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  let untilMs = performance.now() + leaseMs;
  const renew = async (): Promise<void> => {
    if (lost.signal.aborted) return;
    const askedMs = performance.now();
    // A store that does not respond until the lease ends has not renewed it.
    const limitMs = Math.ceil(Math.max(leaseMs / renewalsPerLease, untilMs - askedMs));
    const isOurs = await within(limitMs, record.renew(holder, leaseMs), () => {
      throw new Error(`the lease could not be renewed within ${limitMs} ms`);
    });
    if (isOurs) untilMs = askedMs + leaseMs;
    else lost.abort(new Error('another process holds the record'));
  };
  const renewing = every(leaseMs / renewalsPerLease, renew, () => {
    const isOver = performance.now() >= untilMs;
    // After the lease someone else may have it, and nobody could tell us.
    if (unrenewed === 'lost' && isOver) lost.abort(new Error('the lease could not be renewed in its time'));
  });
  try {
    return await work({ holder, lost: lost.signal });
  } finally {
    // Does not wait for a renewal in progress: the store may not respond.
    void renewing.stop();
  }
}
