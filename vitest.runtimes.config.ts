import { defineConfig } from 'vitest/config';
import { SetupError, say } from './scripts/run.mjs';
import { runtimeAssets } from './scripts/runtime-assets.mjs';
import { toolVariables } from './scripts/tools.mjs';

/** What is missing is said in a sentence; a stack would hide it. */
async function assets(): Promise<Record<string, string>> {
  try {
    return await runtimeAssets();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`imagecheck: ${error.message}`);
    return process.exit(1);
  }
}

/** The simulation against real container runtimes and other people's registry clients; they are built when missing. */
export default defineConfig(async () => ({
  test: {
    environment: 'node' as const,
    include: ['test/runtimes/**/*.test.ts'],
    testTimeout: 100_000,
    hookTimeout: 60_000,
    // What is waited for comes soon; how soon on a machine that does much else is not what a test is about.
    expect: { poll: { timeout: 10_000 } },
    env: { ...toolVariables(), ...(await assets()) },
    // A recording is one file that several tests write.
    fileParallelism: process.env['IMAGECHECK_RECORD'] !== '1',
    // .ci/run counts from the file.
    reporters: process.env['CI'] === 'true' ? ['default', 'json'] : ['default'],
    outputFile: { json: 'artifacts/runtimes-test-results.json' },
  },
}));
