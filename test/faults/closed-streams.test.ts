import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditOf } from './afterwards.ts';
import { approve, eventually, plan, reaches } from './change.ts';
import { type FaultStage, openStage } from './stage.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const node = `"${process.execPath}" --disable-warning=ExperimentalWarning "${main}"`;

/** Runs a line of a shell; the status is that of the last command, what is told is its standard error. */
async function shell(line: string): Promise<{ readonly status: number; readonly told: string }> {
  try {
    const { stderr } = await promisify(execFile)('bash', ['-c', line], { timeout: 20_000 });
    return { status: 0, told: stderr };
  } catch (error) {
    const { code, stderr } = error as { readonly code: number; readonly stderr: string };
    return { status: code, told: stderr };
  }
}

describe('a command of the terminal whose output nobody takes', () => {
  it.each([
    ['a reader that goes away', `${node} help check | head -c 1; exit \${PIPESTATUS[0]}`, 0, /^$/],
    ['a reader that is not there', `${node} explain 'manifest unknown' | true; exit \${PIPESTATUS[0]}`, 0, /^$/],
    ['a full disk', `${node} help > /dev/full`, 3, /^error: cannot write to standard output: .*ENOSPC.*\n$/],
    ['a full disk for what is said beside it', `${node} explain 'manifest unknown' 2> /dev/full`, 0, /^$/],
    ['closed standard error', `${node} nonsense 2>&-`, 2, /^$/],
  ] as const)('%s: it ends quietly, or says why', async (_name, line, status, told) => {
    expect(await shell(line)).toEqual({ status, told: expect.stringMatching(told) });
  });
});

describe('a worker whose log and standard output nobody takes', { timeout: 90_000 }, () => {
  let stage: FaultStage;
  beforeAll(async () => {
    stage = await openStage({ paced: false });
  }, 60_000);
  afterAll(() => stage.stop());

  it.each(['closed', 'full'] as const)('%s: works on, and the records stay', async (how) => {
    const bot = await stage.startBot();
    const config = await stage.workerConfig({ audit: { stdout: true } });
    const full = openSync('/dev/full', 'w');
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, 'worker', '--config', config],
      {
        env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '' },
        stdio: how === 'full' ? ['ignore', full, full] : ['ignore', 'pipe', 'pipe'],
      },
    );
    try {
      child.stdout?.destroy();
      child.stderr?.destroy();
      await eventually(async () => expect(await stage.store.workers.alive('faults')).toHaveLength(1));
      const change = await plan(stage, `web-${how}`);
      await approve(change);
      await reaches(change, ['done']);
      expect(child.exitCode).toBeNull();
      expect((await auditOf(stage)).filter(({ approval }) => approval === change.id).length).toBeGreaterThan(4);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await bot.kill();
    }
    // Nothing counts as delivered: whoever reads standard output next receives all of it.
    await eventually(async () => expect(await stage.store.audit.take('stdout', 'test', 1)).toBe(0));
  });
});
