import { defineConfig } from 'vitest/config';

// The files share one control plane and its nodes, so they run one after the other; the last one reads the audit log.
export default defineConfig({
  test: {
    globalSetup: ['test/cluster/support/global-setup.ts'],
    reporters: process.env['CI'] === 'true' ? ['default', 'json'] : ['default'],
    outputFile: { json: 'artifacts/cluster-test-results.json' },
    projects: [
      { test: { ...project('cluster', 0), include: ['test/cluster/*.test.ts'] } },
      { test: { ...project('rights', 1), include: ['test/cluster/afterwards/*.test.ts'] } },
    ],
  },
});

function project(name: string, groupOrder: number) {
  return {
    name,
    environment: 'node' as const,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    sequence: { groupOrder },
  };
}
