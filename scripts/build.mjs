// Builds dist/: JavaScript from TypeScript, and the other files of src beside it.
import { cpSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { newestNode } from './packages.mjs';
import { run, SetupError, say } from './run.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

try {
  const node = newestNode();
  rmSync(dist, { recursive: true, force: true });
  await run(node, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], {
    cwd: root,
  });
  cpSync(join(root, 'src'), dist, {
    recursive: true,
    filter: (source) => statSync(source).isDirectory() || !source.endsWith('.ts'),
  });
  // A build that does not start has failed.
  const help = await run(node, [join(dist, 'main.js'), '--help'], { cwd: root });
  if (!help.includes('imagecheck')) throw new SetupError('dist/main.js --help prints no usage text');
  say('imagecheck: built dist/');
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`imagecheck: ${error.message}`);
  process.exitCode = 1;
}
