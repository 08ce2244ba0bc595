import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createGate } from '../../src/wire/calm.ts';

/** Keeps every turn of the event loop busy until it is stopped. */
function keepBusy(): { readonly turns: () => number; readonly stop: () => void } {
  let turns = 0;
  let isStopped = false;
  const work = (): void => {
    if (isStopped) return;
    turns += 1;
    const until = performance.now() + 8;
    while (performance.now() < until);
    setImmediate(work);
  };
  work();
  return {
    turns: () => turns,
    stop: () => {
      isStopped = true;
    },
  };
}

test('work begins once the event loop is calm, in the order in which it came', async () => {
  const gate = createGate(60_000);
  const busy = keepBusy();
  const begun: number[] = [];
  const all = [1, 2, 3].map(async (number) => {
    await gate();
    begun.push(number);
  });
  while (busy.turns() < 10) await nextTurn();
  expect(begun).toEqual([]);
  busy.stop();
  await Promise.all(all);
  expect(begun).toEqual([1, 2, 3]);
});

test('nobody waits longer than allowed', async () => {
  const gate = createGate(30);
  const busy = keepBusy();
  const started = performance.now();
  await Promise.all([gate(), gate()]);
  busy.stop();
  expect(performance.now() - started).toBeGreaterThanOrEqual(30);
});
