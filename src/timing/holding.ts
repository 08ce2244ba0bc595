import { randomUUID } from 'node:crypto';
import { every } from './every.ts';
import { within } from './within.ts';

/**
 * A record that one process at a time has: an approval, a flight, a channel of the outbox. Who takes it has it for
 * `leaseMs` milliseconds by the store's clock; when a holder dies, somebody else can take it after that.
 */
export interface Holdable {
  /** Takes the record, or renews it; false while another live holder has it or there is nothing to do. */
  hold(holder: string, leaseMs: number): Promise<boolean>;
  /** Prolongs the lease; false when it was lost. */
  renew(holder: string, leaseMs: number): Promise<boolean>;
  release(holder: string): Promise<void>;
}

/** A record that is ours while the work runs. */
export interface Held {
  readonly holder: string;
  /** Fires when somebody else has it: then nothing more may be done or said. */
  readonly lost: AbortSignal;
}

/** How a record is held. */
export interface HoldOptions {
  readonly leaseMs: number;
  /** Unique per process and piece of work; a random one when left out. */
  readonly holder?: string;
  /**
   * What a lease is that could not be renewed in its time, because the store did not answer. `lost`: somebody else may
   * have it. `kept`: the work goes on, and finds out when it records its result.
   */
  readonly unrenewed: 'lost' | 'kept';
}

/** The lease is renewed this many times before it ends. */
const renewalsPerLease = 3;

/**
 * Takes a record, renews the lease while `work` runs, and gives the record back at the end. Resolves with `undefined`,
 * without running the work, when it cannot be taken. Throws when the store cannot be reached to take it, or what the
 * work throws; a record that cannot be given back is free when its lease ends.
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

/** Renews the lease of a record that `holder` has just taken or renewed, while `work` runs; what it throws is thrown on. */
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
    // A store that is silent until the lease ends has not renewed it.
    const limitMs = Math.ceil(Math.max(leaseMs / renewalsPerLease, untilMs - askedMs));
    const isOurs = await within(limitMs, record.renew(holder, leaseMs), () => {
      throw new Error(`the lease could not be renewed within ${limitMs} ms`);
    });
    if (isOurs) untilMs = askedMs + leaseMs;
    else lost.abort(new Error('somebody else holds the record'));
  };
  const renewing = every(leaseMs / renewalsPerLease, renew, () => {
    const isOver = performance.now() >= untilMs;
    // After the lease somebody else may have it, and nobody could tell us.
    if (unrenewed === 'lost' && isOver) lost.abort(new Error('the lease could not be renewed in its time'));
  });
  try {
    return await work({ holder, lost: lost.signal });
  } finally {
    // A renewal under way is not waited for: the store may not answer.
    void renewing.stop();
  }
}
