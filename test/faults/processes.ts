import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnGuarded } from '../../src/sandbox/serving/guarded.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** The same roles without the pace that the product keeps towards Slack. */
const hasty = fileURLToPath(new URL('../../bench/service.ts', import.meta.url));
/** Loaded before the program when its clock is to be wrong. */
const shiftedClock = new URL('shifted-clock.ts', import.meta.url).href;
const newerRelease = new URL('newer-release.ts', import.meta.url).href;
const readyWithinMs = 40_000;

/** A role of the product in its own process. */
export interface Role {
  readonly pid: number;
  /** What it wrote to its log, the last lines. */
  readonly log: () => string;
  readonly alive: () => boolean;
  /** SIGTERM asks it to end, SIGSTOP freezes it until SIGCONT. */
  signal(name: 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves when it is gone, whatever ended it. */
  readonly ended: Promise<unknown>;
  /** SIGKILL: nothing of it has a chance to say goodbye. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, as a node that is drained sends it. Resolves when it is gone. */
  terminate(): Promise<void>;
}

export interface RoleOptions {
  /** False: without the pace that the product keeps towards Slack. */
  readonly paced: boolean;
  /** How far its clock is ahead of everybody else’s. */
  readonly clockMs?: number;
  /** One release newer than this checkout. */
  readonly newer?: boolean;
  /** Called with every line of its log. */
  readonly onLine?: (line: string) => void;
}

/** Starts `imagecheck worker` or `imagecheck bot` as operators do, and resolves when its log says `ready`. */
export async function startRole(
  role: 'worker' | 'bot',
  config: string,
  environment: Readonly<Record<string, string>>,
  { paced, clockMs = 0, newer = false, onLine }: RoleOptions = { paced: true },
): Promise<Role> {
  const program = paced ? [main, role, '--config', config] : [hasty, role, config];
  const preload = [...(clockMs === 0 ? [] : ['--import', shiftedClock]), ...(newer ? ['--import', newerRelease] : [])];
  const child = spawnGuarded(process.execPath, ['--disable-warning=ExperimentalWarning', ...preload, ...program], {
    env: {
      ...environment,
      IMAGECHECK_FAULTS_CLOCK_MS: String(clockMs),
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  if (child.stderr === null) throw new Error('its log is not read');
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    onLine?.(line);
    if (lines.length > 300) lines.shift();
    if (line.includes('"msg":"ready"')) ready.resolve();
  });
  const log = (): string => lines.join('\n');
  const exited = once(child, 'exit');
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  const kill = async (): Promise<void> => {
    if (alive()) child.kill('SIGKILL');
    await exited;
  };
  const terminate = async (): Promise<void> => {
    if (alive()) child.kill('SIGTERM');
    await exited;
  };
  const timer = setTimeout(() => ready.reject(new Error(`${role} is not ready: ${log()}`)), readyWithinMs);
  try {
    await Promise.race([ready.promise, exited.then(() => Promise.reject(new Error(`${role} ended: ${log()}`)))]);
  } catch (error) {
    await kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const signal = (name: 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void => void child.kill(name);
  return { pid: child.pid ?? 0, log, alive, signal, ended: exited, kill, terminate };
}
