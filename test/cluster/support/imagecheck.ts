import { join } from 'node:path';
import { type Ended, runProgram } from './kubectl.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');

/** Runs imagecheck's command line as its own process. */
export function imagecheck(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runProgram(process.execPath, [main, ...args], { env: { NO_COLOR: '1', KUBECONFIG: '', ...env } });
}
