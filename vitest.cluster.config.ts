import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { toolVariables } from './scripts/tools.mjs';

/** The audit log is read when all that is in it has happened. */
class AuditLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isAudit = ({ moduleId }: TestSpecification) => moduleId.endsWith('/audit.test.ts');
    return [...sorted.filter((file) => !isAudit(file)), ...sorted.filter(isAudit)];
  }
}

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/cluster/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // What is waited for comes soon; how soon on a machine that does much else is not what a test is about.
    expect: { poll: { timeout: 10_000 } },
    // The files share one control plane and its nodes, so they run one after the other.
    fileParallelism: false,
    // Within a file, cases with namespaces of their own wait for controllers most of the time.
    maxConcurrency: 10,
    // Tests read where redis-server is from these variables.
    env: toolVariables(),
    sequence: { sequencer: AuditLast },
    // .ci/run counts from the file.
    reporters: process.env['CI'] === 'true' ? ['default', 'json'] : ['default'],
    outputFile: { json: 'artifacts/cluster-test-results.json' },
  },
});
