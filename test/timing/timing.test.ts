import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { every } from '../../src/timing/every.ts';
import { type Holdable, holding } from '../../src/timing/holding.ts';
import { within, withinGrace } from '../../src/timing/within.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => {});

describe('within', () => {
  test.each([
    ['the result', Promise.resolve('done'), 'done'],
    ['what is given instead', never, 'late'],
  ])('gives %s', async (_what, work, expected) => {
    const result = within(100, work, () => 'late');
    await vi.advanceTimersByTimeAsync(100);
    expect(await result).toBe(expected);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('throws what the work throws, and what is thrown instead', async () => {
    const late = (): never => {
      throw new Error('late');
    };
    await expect(within(100, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken');
    const result = within(100, never, late);
    const rejected = expect(result).rejects.toThrow('late');
    await vi.advanceTimersByTimeAsync(100);
    await rejected;
  });

  test.each([
    ['before', 0],
    ['meanwhile', 1000],
  ])('the grace begins when the signal fires: %s', async (_when, abortedAfterMs) => {
    const stop = new AbortController();
    if (abortedAfterMs === 0) stop.abort();
    else setTimeout(() => stop.abort(), abortedAfterMs);
    const ended = vi.fn();
    const result = withinGrace(stop.signal, 100, never, () => 'late').then(ended);
    await vi.advanceTimersByTimeAsync(abortedAfterMs + 99);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await result;
    expect(ended).toHaveBeenCalledWith('late');
  });
});

describe('every', () => {
  test('begins the next period when the turn has ended, and goes on after a failure', async () => {
    const starts: number[] = [];
    const begun = Date.now();
    const trouble = vi.fn();
    const repeated = every(
      100,
      async () => {
        starts.push(Date.now() - begun);
        await new Promise((resolve) => void setTimeout(resolve, 50));
        throw new Error('broken');
      },
      trouble,
    );
    await vi.advanceTimersByTimeAsync(460);
    expect(starts).toEqual([100, 250, 400]);
    expect(trouble).toHaveBeenCalledTimes(3);
    await repeated.stop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(starts).toHaveLength(3);
  });

  test('a stop waits for the turn under way', async () => {
    let isDone = false;
    const repeated = every(100, async () => {
      await new Promise((resolve) => void setTimeout(resolve, 50));
      isDone = true;
    });
    await vi.advanceTimersByTimeAsync(110);
    const stopped = repeated.stop().then(() => isDone);
    await vi.advanceTimersByTimeAsync(40);
    expect(await stopped).toBe(true);
  });
});

describe('holding', () => {
  const leaseMs = 900;

  function record(parts: Partial<Holdable> = {}) {
    return {
      hold: vi.fn(parts.hold ?? (async () => true)),
      renew: vi.fn(parts.renew ?? (async () => true)),
      release: vi.fn(parts.release ?? (async () => {})),
    };
  }

  /** Holds the record for that long, and tells when it was lost. */
  async function held(one: Holdable, unrenewed: 'lost' | 'kept', forMs: number): Promise<number | undefined> {
    const begunMs = performance.now();
    let lostMs: number | undefined;
    const done = holding(one, { leaseMs, unrenewed }, async ({ lost }) => {
      lost.addEventListener('abort', () => {
        lostMs = performance.now() - begunMs;
      });
      await new Promise((resolve) => void setTimeout(resolve, forMs));
    });
    await vi.advanceTimersByTimeAsync(forMs);
    await done;
    expect(vi.getTimerCount()).toBe(0);
    return lostMs;
  }

  test('does nothing with what another one has', async () => {
    const work = vi.fn(async () => 'done');
    const other = record({ hold: async () => false });
    expect(await holding(other, { leaseMs, unrenewed: 'lost' }, work)).toBeUndefined();
    expect(work).not.toHaveBeenCalled();
    expect(other.release).not.toHaveBeenCalled();
  });

  test('renews three times in a lease, under one holder, and gives back', async () => {
    const own = record();
    expect(await held(own, 'lost', leaseMs * 2 + 10)).toBeUndefined();
    expect(own.renew).toHaveBeenCalledTimes(6);
    const holders = [...own.hold.mock.calls, ...own.renew.mock.calls, ...own.release.mock.calls].map(([one]) => one);
    expect(new Set(holders).size).toBe(1);
    expect(own.release).toHaveBeenCalledOnce();
  });

  test('gives back after a failure, which is thrown', async () => {
    const own = record({ release: async () => Promise.reject(new Error('away')) });
    const broken = holding(own, { leaseMs, unrenewed: 'lost' }, async () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    expect(own.release).toHaveBeenCalledOnce();
  });

  const refuses = async (): Promise<boolean> => Promise.reject(new Error('away'));

  test.each([
    { why: 'someone else has it', renew: async (): Promise<boolean> => false, unrenewed: 'kept', lostMs: 300 },
    { why: 'the store refuses for a whole lease', renew: refuses, unrenewed: 'lost', lostMs: 900 },
    {
      why: 'the store is silent for a whole lease',
      renew: (): Promise<boolean> => never,
      unrenewed: 'lost',
      lostMs: 900,
    },
    { why: 'nothing, as the result decides', renew: refuses, unrenewed: 'kept', lostMs: undefined },
  ] as const)('is lost when: $why', async ({ renew, unrenewed, lostMs }) => {
    expect(await held(record({ renew }), unrenewed, 4000)).toBe(lostMs);
  });
});
