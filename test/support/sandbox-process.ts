import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Addresses } from '../../src/sandbox/ready-file.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

/** `imagecheck sandbox` as a person starts it. */
export interface SandboxProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | string>;
}

export function runSandboxProcess(args: readonly string[], env: Readonly<Record<string, string>> = {}): SandboxProcess {
  const child = spawn(process.execPath, [main, 'sandbox', ...args], { env: { ...process.env, ...env }, stdio: 'pipe' });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? '')),
  );
  return { child, output: () => output, exit };
}

/** Starts one without a page to look at, and waits for its ready file. */
export async function startHeadless(): Promise<SandboxProcess & { readonly addresses: Addresses }> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-ready-'));
  const file = join(directory, 'ready.json');
  const running = runSandboxProcess(['--headless', '--ready-file', file]);
  const ended = running.exit.then((code) => Promise.reject(new Error(`it ended with ${code}: ${running.output()}`)));
  const ready = vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 50_000, interval: 50 });
  await Promise.race([ready, ended]);
  const addresses = JSON.parse(await readFile(file, 'utf8')) as Addresses;
  await rm(directory, { recursive: true });
  return { ...running, addresses };
}

/** Every process below this one, from /proc (Linux); empty elsewhere. */
export function descendants(pid: number): readonly number[] {
  if (!existsSync('/proc/self/stat')) return [];
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(Number(name));
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const below = (root: number): readonly number[] =>
    [...parents].flatMap(([child, parent]) => (parent === root ? [child, ...below(child)] : []));
  return below(pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; its parent just hasn't reaped it yet.
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  return existsSync('/proc/self/stat') ? parentOf(pid) !== undefined : false;
}

/** Whether anything listens there. */
export function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
