import { describe, expect, it } from 'vitest';
import { createClock, ownClock } from '../../src/timing/clock.ts';

/** Clocks that a test turns; an answer takes `tookMs`. */
function clocks() {
  const at = { sharedMs: 1_000_000, ownMs: 1_000_000, steadyMs: 50, tookMs: 0 };
  const pass = (ms: number): void => {
    at.sharedMs += ms;
    at.ownMs += ms;
    at.steadyMs += ms;
  };
  const clock = createClock({
    readMs: async () => {
      pass(at.tookMs / 2);
      const read = at.sharedMs;
      pass(at.tookMs / 2);
      return read;
    },
    ownMs: () => at.ownMs,
    steadyMs: () => at.steadyMs,
  });
  const times = () => [clock.now().getTime() - at.sharedMs, clock.aheadMs()];
  return { at, pass, clock, times };
}

describe('a shared clock', () => {
  it('is the own one until it is read', () => {
    const { at, clock } = clocks();
    at.ownMs += 5000;
    expect([clock.now().getTime(), clock.aheadMs()]).toEqual([at.ownMs, 0]);
    expect([Math.abs(ownClock.now().getTime() - Date.now()) < 1000, ownClock.aheadMs()]).toEqual([true, 0]);
  });

  it.each([-120_000, 0, 900_000])('tells how far the own one is ahead: %i ms', async (aheadMs) => {
    const { at, pass, clock, times } = clocks();
    at.ownMs += aheadMs;
    at.tookMs = 400;
    await clock.read();
    expect(times()).toEqual([0, aheadMs]);
    pass(60_000);
    expect(times()).toEqual([0, aheadMs]);
  });

  it('is not moved when somebody sets the own one', async () => {
    const { at, clock, times } = clocks();
    await clock.read();
    at.ownMs -= 3_600_000;
    expect(times()).toEqual([0, -3_600_000]);
  });

  it('follows the shared one when that is set, but not an answer that took long', async () => {
    const { at, clock, times } = clocks();
    await clock.read();
    at.sharedMs += 10_000;
    expect(times()).toEqual([-10_000, 0]);
    at.tookMs = 1001;
    await clock.read();
    expect(times()).toEqual([-10_000, 0]);
    at.tookMs = 1000;
    await clock.read();
    expect(times()).toEqual([0, -10_000]);
  });
});
