import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** If two turns of the event loop take longer than this, others are waiting. */
const calmMs = 3;

/**
 * Starts work one by one, each when the event loop has time to spare, or after `atMostMs`. In a process that also
 * acknowledges people's requests, nothing new starts before these are served.
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
