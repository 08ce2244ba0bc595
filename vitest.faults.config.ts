import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { toolVariables } from './scripts/tools.mjs';

/** Most files run in a process of their own, and many start the product as well: each compiles nothing again. */
export const compileCache = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/imagecheck/compiled'),
};

/**
 * Every regular expression under attack, processes that are killed, servers that stop answering, the real leases and
 * time limits that end such waits, the longest of the conversations in a browser, and every story with its fix.
 */
export const slowSuites = [
  'test/faults/**/*.test.ts',
  'test/architecture/regular-expressions.test.ts',
  'test/browser/fix-bootstrap.test.ts',
  'test/flows/ask/resume.test.ts',
  'test/sandbox/stories/fix.test.ts',
  'test/security/redis-replays.test.ts',
];

export default defineConfig({
  test: {
    environment: 'node',
    include: slowSuites,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    // Cases and files wait for leases most of the time.
    maxConcurrency: 12,
    // More at a time would make everything slow, and slowness has answers of its own.
    maxWorkers: 2,
    // Tests read where redis-server is from these variables.
    env: { ...toolVariables(), ...compileCache },
    // .ci/run counts from the file.
    reporters: process.env['CI'] === 'true' ? ['default', 'json'] : ['default'],
    outputFile: { json: 'artifacts/fault-test-results.json' },
  },
});
