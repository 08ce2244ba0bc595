import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Call, callsTo, nowMs } from './calls.ts';

const root = join(import.meta.dirname, '..');

/** A process of the bench, with what is needed to measure it. */
export interface Measured {
  readonly pid: number;
  readonly startedMs: number;
  readonly call: Call;
  /** Everything the process wrote to standard output and standard error. */
  readonly output: () => string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
const directories = new Set<string>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A directory that is removed when the bench ends, however it ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'imagecheck-bench-'));
  directories.add(directory);
  return directory;
}

/** Starts `node FILE ARGS` of this checkout with only the given environment. */
export function startNode(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Measured {
  return startProgram(process.execPath, args, options);
}

/** Starts any program in the same way. */
export function startProgram(
  command: string,
  args: readonly string[],
  { env = {}, cwd = root }: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Measured {
  const startedMs = nowMs();
  const base = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TMPDIR: process.env.TMPDIR ?? '' };
  const child = spawn(command, args, {
    cwd,
    env: { ...base, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  running.add(child);
  // Each pending call adds a listener.
  child.setMaxListeners(0);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-2_000_000);
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code ?? -1);
    });
  });
  return {
    pid: child.pid ?? 0,
    startedMs,
    call: callsTo(child),
    output: () => output,
    ended,
    stop: async () => {
      const timer = setTimeout(() => child.kill('SIGKILL'), 25_000);
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Starts a role of the product and resolves when its log says `ready`. */
export async function startRole(
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>> },
): Promise<Measured & { readonly readyAfterMs: number; readonly port?: number }> {
  const started = startNode(args, options);
  const line = await until(`${args.join(' ')} to be ready`, 20_000, () => {
    const found = started
      .output()
      .split('\n')
      .find((text) => text.includes('"msg":"ready"'));
    if (found === undefined && running.size === 0) throw new Error(started.output());
    return found;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${started.output()}`);
  });
  const { port } = JSON.parse(line) as { readonly port?: number };
  const readyAfterMs = nowMs() - started.startedMs;
  return { ...started, readyAfterMs, ...(port === undefined ? {} : { port }) };
}

/** Runs a command to its end. */
export async function runNode(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<{ readonly code: number; readonly output: string; readonly startedMs: number; readonly wallMs: number }> {
  const started = startNode(args, options);
  const code = await started.ended;
  return { code, output: started.output(), startedMs: started.startedMs, wallMs: nowMs() - started.startedMs };
}

/** Resident memory of a process in MB (10^6 bytes), as Linux counts it. */
export function residentMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(found?.[1] ?? Number.NaN) * 1024) / 1e6;
}

/** Watches the memory of a process; `stop` returns the highest value seen. */
export function watchMemory(pid: number): { readonly stop: () => number } {
  let highest = residentMb(pid);
  const timer = setInterval(() => {
    highest = Math.max(highest, residentMb(pid));
  }, 10);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.max(highest, residentMb(pid));
    },
  };
}

/** Waits until a value exists; throws with a description of it when it does not. */
export async function until<T>(
  what: string,
  withinMs: number,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await pause(5);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** A loopback port that was free a moment ago. */
export function nextPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
