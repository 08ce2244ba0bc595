/** One clock for all processes, and how far this process's own is from it. */
export interface Clock {
  /** Now, by the shared clock. */
  readonly now: () => Date;
  /** Milliseconds by which this process's own clock is ahead of the shared one; negative when it is behind. */
  readonly aheadMs: () => number;
}

/** Where a shared clock is read, and the own clocks of this process. */
export interface ClockSources {
  /** The shared clock, epoch milliseconds. */
  readonly readMs: () => Promise<number>;
  /** The own clock, epoch milliseconds. Default: `Date.now`. */
  readonly ownMs?: () => number;
  /** A clock that nobody sets. Default: `performance.now`. */
  readonly steadyMs?: () => number;
}

/** An answer that took longer says too little about when the clock was read. */
const slowMs = 1000;

/**
 * A shared clock that keeps running between two readings by a clock that nobody sets, so a change of the own clock
 * does not move it. Until the first reading it is the own clock. `read` compares again; it throws what reading throws.
 */
export function createClock({ readMs, ownMs = Date.now, steadyMs = () => performance.now() }: ClockSources): Clock & {
  read(): Promise<void>;
} {
  let seen: { readonly sharedMs: number; readonly steadyMs: number } | undefined;
  const nowMs = () => (seen === undefined ? ownMs() : seen.sharedMs + (steadyMs() - seen.steadyMs));
  return {
    now: () => new Date(nowMs()),
    aheadMs: () => ownMs() - nowMs(),
    read: async () => {
      const askedMs = steadyMs();
      const sharedMs = await readMs();
      const tookMs = steadyMs() - askedMs;
      // It was read at some time in between.
      if (seen === undefined || tookMs <= slowMs) seen = { sharedMs, steadyMs: askedMs + tookMs / 2 };
    },
  };
}

/** This process's own clock, where there is no shared one. */
export const ownClock: Clock = { now: () => new Date(), aheadMs: () => 0 };
