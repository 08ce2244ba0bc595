import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** Two turns of the event loop that take longer are ones in which others wait. */
const calmMs = 3;

/**
 * Lets work begin one by one, each when the event loop has time to spare, or after `atMostMs`. Who shares a process with
 * people that wait for their acknowledgement begins nothing new before these are served.
 */
export function createGate(atMostMs: number): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    const deadlineMs = performance.now() + atMostMs;
    last = last.then(() => untilCalm(deadlineMs));
    return last;
  };
}

async function untilCalm(deadlineMs: number): Promise<void> {
  while (performance.now() < deadlineMs) {
    const startedMs = performance.now();
    await nextTurn();
    await nextTurn();
    if (performance.now() - startedMs < calmMs) return;
    await wait(calmMs);
  }
}
