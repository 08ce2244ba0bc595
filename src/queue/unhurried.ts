import { setTimeout as delay } from 'node:timers/promises';
import { createRedisBackend } from 'bullmq';

/** How long a worker that could not ask for the next job waits before it asks again. */
const askAgainMs = 500;

/** An idle worker asks every `drainDelay`. */
const askedWithinMs = 15_000;

/**
 * BullMQ asks for the next job again at once when Redis refuses, thousands of times a second: after a failover, or where
 * a right is missing. This one waits, and knows when Redis last answered.
 */
export function unhurriedBackend() {
  let askedAtMs = performance.now();
  let running = 0;
  const asked = <T>(answer: T): T => {
    askedAtMs = performance.now();
    return answer;
  };
  const createBackend: typeof createRedisBackend = (...args) => {
    const backend = createRedisBackend(...args);
    const [take, wait] = [backend.moveToActive.bind(backend), backend.waitForJob.bind(backend)];
    backend.waitForJob = async (timeout) => asked(await wait(timeout));
    backend.moveToActive = async (...job) => {
      try {
        return asked(await take(...job));
      } catch (error) {
        await delay(askAgainMs);
        throw error;
      }
    };
    return backend;
  };
  return {
    createBackend,
    busy: async (job: Promise<void>): Promise<void> => {
      running += 1;
      try {
        await job;
      } finally {
        running -= 1;
        asked(undefined);
      }
    },
    isLately: () => running > 0 || performance.now() - askedAtMs < askedWithinMs,
  };
}
