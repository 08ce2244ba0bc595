import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const launcher = join(root, 'scripts/imagecheck.mjs');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Makes the launcher believe that an older Node started it, so that it has to find a newer one. */
const pretendOld = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.9.0'}})`;

function start(args: readonly string[], { old }: { readonly old: boolean }, file = launcher) {
  const options = old ? ['--import', pretendOld] : [];
  const child = spawn(process.execPath, [...options, file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  // `close` comes only when every process that holds the pipes is gone.
  const ended = new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, output })),
  );
  return { child, ended };
}

describe.each([{ old: false }, { old: true }])('the imagecheck command, started by an old Node: $old', ({ old }) => {
  it('runs the product and passes arguments on', async () => {
    expect(await start(['--version'], { old }).ended).toEqual({
      code: 0,
      signal: null,
      output: `imagecheck ${version}\n`,
    });
  });

  it('keeps the exit code', async () => {
    const { code, output } = await start(['chekc'], { old }).ended;
    expect(code).toBe(2);
    expect(output).toContain('chekc');
  });

  it('passes standard input on', async () => {
    const { child, ended } = start(['explain', '--json'], { old });
    child.stdin.end('toomanyrequests: You have reached your pull rate limit.');
    const { code, output } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ cause: 'rate_limited' });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends with %s and leaves no process behind', async (signal) => {
    const { child, ended } = start(['stay'], { old }, installed());
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill(signal);
    expect(await ended).toEqual({ code: null, signal, output: 'stay\n' });
  });
});

describe('an installed package', () => {
  it('runs dist/main.js', async () => {
    expect(await start(['leave'], { old: false }, installed()).ended).toMatchObject({ code: 7, output: 'leave\n' });
  });

  it('says what is missing when an old Node starts it and there is no newer one', async () => {
    const { code, output } = await start(['leave'], { old: true }, installed({ withNode: false })).ended;
    expect(code).toBe(2);
    expect(output).toMatch(/^imagecheck: this is Node 20\.9\.0; Node 24 is needed; .*\n$/);
  });
});

const directory = mkdtempSync(join(tmpdir(), 'imagecheck-launcher-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The launcher as a package has it, beside a program that says its argument, and stays when it is told so. */
function installed({ withNode = true } = {}): string {
  const home = mkdtempSync(join(directory, 'package-'));
  const write = (file: string, text: string) => {
    mkdirSync(join(home, file, '..'), { recursive: true });
    writeFileSync(join(home, file), text);
  };
  write('package.json', '{ "type": "module" }');
  write(
    'dist/main.js',
    "console.log(process.argv[2]); if (process.argv[2] === 'stay') setInterval(() => {}, 1000); else process.exitCode = 7;",
  );
  if (withNode) {
    write('node_modules/node/package.json', '{ "name": "node", "version": "24.0.0" }');
    write('node_modules/node/bin/README', '');
    symlinkSync(process.execPath, join(home, 'node_modules/node/bin/node'));
  }
  mkdirSync(join(home, 'scripts'));
  copyFileSync(launcher, join(home, 'scripts/imagecheck.mjs'));
  return join(home, 'scripts/imagecheck.mjs');
}
