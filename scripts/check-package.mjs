// Installs the result of `npm pack`, as a user and the image would, and starts it by its command.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { newestNode } from './packages.mjs';
import { run, SetupError, say } from './run.mjs';

const root = join(import.meta.dirname, '..');
const directory = mkdtempSync(join(tmpdir(), 'imagecheck-package-'));

try {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const packed = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory], {
    cwd: root,
  });
  writeFileSync(join(directory, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', join(directory, packed.trim())], {
    what: 'installing the packed package',
    cwd: directory,
  });
  const command = join(directory, 'node_modules', '.bin', 'imagecheck');
  const PATH = [dirname(newestNode()), process.env.PATH].join(delimiter);
  const shown = await run(command, ['--version'], { cwd: directory, env: { PATH } });
  if (shown.trim() !== `imagecheck ${version}`) throw new SetupError(`imagecheck --version says ${shown.trim()}`);
  await run(command, ['explain', 'toomanyrequests: You have reached your pull rate limit.'], {
    cwd: directory,
    env: { PATH },
  });
  say('imagecheck: the packed package installs and runs');
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`imagecheck: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
