import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { toolVariables } from './scripts/tools.mjs';
import { compileCache, slowSuites } from './vitest.faults.config.ts';

/** Tests of these folders leave nothing behind, so their files can share a process and what it has loaded. */
const sharing = [
  'architecture',
  'checks',
  'commands',
  'config',
  'explain',
  'flows',
  'http',
  'kubernetes',
  'model',
  'operations',
  'registry',
  'remedies',
  'slack',
].flatMap((area) => [`test/${area}/**/*.test.ts`, `test/${area}.test.ts`]);

export default defineConfig({
  test: {
    environment: 'node',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // What is waited for comes soon; how soon on a machine that does much else is not what a test is about.
    expect: { poll: { timeout: 10_000 } },
    // Concurrent tests wait for processes, sockets and leases; they hardly compute.
    maxConcurrency: 12,
    // On two cores it would be one file at a time, and whole files wait for processes and leases as well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Tests read where redis-server, chromium and the like are from these variables.
    env: { ...toolVariables(), ...compileCache },
    // .ci/run counts from the file.
    reporters: process.env['CI'] === 'true' ? ['default', 'json'] : ['default'],
    outputFile: { json: 'artifacts/test-results.json' },
    projects: [
      {
        extends: true,
        test: {
          name: 'sharing',
          include: sharing,
          exclude: [...configDefaults.exclude, ...slowSuites],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ['test/**/*.test.ts'],
          // A control plane or a container runtime has to be built first, or it takes real leases and outages.
          exclude: [
            ...configDefaults.exclude,
            ...sharing,
            ...slowSuites,
            'test/cluster/**',
            'test/runtimes/**',
            'test/chaos/**',
          ],
        },
      },
    ],
  },
});
