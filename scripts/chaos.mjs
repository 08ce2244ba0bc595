// npm run test:chaos -- [--steps N] [--seed N] [--without redis,failover,slack,process,kubernetes] [--plant forgotten-mark]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    // Kinds of steps that are left out, to make a failure smaller.
    without: { type: 'string', default: '' },
    // A fault of the product, to see that it is noticed.
    plant: { type: 'string' },
  },
});
const root = join(import.meta.dirname, '..');
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.chaos.config.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      IMAGECHECK_CHAOS_STEPS: values.steps,
      IMAGECHECK_CHAOS_SEED: values.seed,
      IMAGECHECK_CHAOS_WITHOUT: values.without,
      ...(values.plant === undefined ? {} : { IMAGECHECK_CHAOS_PLANT: values.plant }),
    },
  },
);
process.exitCode = status ?? 1;
