import { describe, expect, it } from 'vitest';
import { BodyTooLarge, createByteBudget, type HeldBody, readBody } from '../../src/memory/byte-budget.ts';

const limits = { shared: 100, largestBody: 80, keptByOne: 50, keptByAll: 70 };
const { signal } = new AbortController();

/** Whether it was admitted already. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  return await Promise.race([work.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
}

describe('room for bodies', () => {
  it('is given at once while there is some', async () => {
    const budget = createByteBudget(limits);
    const bodies = [budget.body(), budget.body()];
    expect(await isDone(Promise.all(bodies.map((body) => body.grow(50, signal))))).toBe(true);
  });

  it('one body may exceed what is shared, the others wait until it is released', async () => {
    const budget = createByteBudget(limits);
    const [first, second, third] = [budget.body(), budget.body(), budget.body()] as [HeldBody, HeldBody, HeldBody];
    await first.grow(40, signal);
    await second.grow(60, signal);
    const more = first.grow(40, signal);
    const later = second.grow(20, signal);
    const last = third.grow(1, signal);
    expect(await Promise.all([isDone(more), isDone(later), isDone(last)])).toEqual([true, false, false]);
    first.release();
    expect(await Promise.all([isDone(later), isDone(last)])).toEqual([true, true]);
  });

  it('never blocks for good, whatever order bodies grow and end in', async () => {
    const budget = createByteBudget(limits);
    const read = async (pieces: number): Promise<void> => {
      const body = budget.body();
      for (let piece = 0; piece < pieces; piece += 1) await body.grow(10, signal);
      body.release();
    };
    await Promise.all(Array.from({ length: 200 }, (_, index) => read((index % 8) + 1)));
    expect(await isDone(budget.body().grow(80, signal))).toBe(true);
  });

  it('refuses a body that is too large, and gives its room back when it is released', async () => {
    const budget = createByteBudget(limits);
    const body = budget.body();
    await body.grow(80, signal);
    await expect(body.grow(1, signal)).rejects.toThrow(BodyTooLarge);
    body.release();
    expect(await isDone(budget.body().grow(80, signal))).toBe(true);
  });

  it('ends a wait with the signal', async () => {
    const budget = createByteBudget(limits);
    const [first, second, third] = [budget.body(), budget.body(), budget.body()] as [HeldBody, HeldBody, HeldBody];
    await first.grow(80, signal);
    await second.grow(80, signal);
    const stop = new AbortController();
    const waiting = third.grow(10, stop.signal);
    stop.abort(new Error('the time is over'));
    await expect(waiting).rejects.toThrow('the time is over');
    first.release();
    second.release();
    expect(await isDone(budget.body().grow(80, signal))).toBe(true);
  });

  it('fits the heap of the process unless told otherwise', () => {
    const { shared, largestBody, keptByAll } = createByteBudget().limits;
    expect(Math.min(shared, largestBody)).toBeGreaterThanOrEqual(1024 * 1024);
    expect(keptByAll).toBeGreaterThanOrEqual(shared);
  });
});

describe('what questions keep', () => {
  it('is limited for each and for all, until the question ends', () => {
    const budget = createByteBudget(limits);
    const [one, other] = [new AbortController(), new AbortController()];
    expect(budget.keep(50, one.signal)).toBe(true);
    expect(budget.keep(1, one.signal), 'one has had its share').toBe(false);
    expect(budget.keep(21, other.signal), 'all of them have').toBe(false);
    expect(budget.keep(20, other.signal)).toBe(true);
    one.abort();
    expect(budget.keep(30, other.signal)).toBe(true);
  });

  it('does not count any more when the signal has gone off before', () => {
    const budget = createByteBudget(limits);
    for (let turn = 0; turn < 10; turn += 1) expect(budget.keep(50, AbortSignal.abort())).toBe(true);
    expect(budget.keep(50, signal)).toBe(true);
  });
});

describe('readBody', () => {
  async function* pieces(count: number): AsyncGenerator<Uint8Array> {
    for (let piece = 0; piece < count; piece += 1) yield Buffer.from('0123456789');
  }

  it('gives the whole body', async () => {
    const held = createByteBudget(limits).body();
    expect((await readBody(pieces(3), held, { mostBytes: 30, signal })).toString()).toBe('0123456789'.repeat(3));
  });

  it('stops at what its reader allows, and reads no further', async () => {
    const body = pieces(5);
    const held = createByteBudget(limits).body();
    await expect(readBody(body, held, { mostBytes: 29, signal })).rejects.toThrow('more than 29 bytes');
    expect(await body.next()).toEqual({ done: true, value: undefined });
  });
});
