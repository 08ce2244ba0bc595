import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { toolVariables } from './scripts/tools.mjs';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    // These need a control plane or a container runtime that has to be built first.
    exclude: ['test/cluster/**', 'test/runtimes/**'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // What is waited for comes soon; how soon on a machine that does much else is not what a test is about.
    expect: { poll: { timeout: 10_000 } },
    // Concurrent tests wait for processes, sockets and leases; they hardly compute.
    maxConcurrency: 12,
    // On two cores it would be one file at a time, and whole files wait for processes and leases as well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Tests read where redis-server, chromium and the like are from these variables.
    env: toolVariables(),
    // .ci/run counts from the file.
    reporters: process.env['CI'] === 'true' ? ['default', 'json'] : ['default'],
    outputFile: { json: 'artifacts/test-results.json' },
  },
});
