import { defineConfig } from 'vitest/config';
import { toolVariables } from './scripts/tools.mjs';
import { compileCache } from './vitest.faults.config.ts';

/** One long run of everything at once; `scripts/chaos.mjs` says how long, and with which seed. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/chaos/**/*.test.ts'],
    hookTimeout: 60_000,
    bail: 1,
    env: { ...toolVariables(), ...compileCache },
    // .ci/run counts from the file.
    reporters: process.env['CI'] === 'true' ? ['default', 'json'] : ['default'],
    outputFile: { json: 'artifacts/chaos-test-results.json' },
  },
});
