import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.ts';
import { ended, spawnGuarded } from './serving/guarded.ts';

/** The product, running as a separate process against the simulated world. */
export interface ProductProcess {
  /** Resolves when it ends unexpectedly. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

const startsWithinMs = 30_000;
const linesKept = 15;

/** The program of this process: `src/main.ts` in a checkout, `dist/main.js` in an installation. */
const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url));

/**
 * Starts `imagecheck all` without our own environment, so that the machine's proxies, tokens and KUBECONFIG stay out of
 * the simulated world. Resolves when it reports ready; its log goes to a file.
 */
export async function startProduct(options: {
  readonly config: string;
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Removed when this process is killed. */
  readonly directory: string;
}): Promise<ProductProcess> {
  const args = ['--disable-warning=ExperimentalWarning', program, 'all', '--config', options.config];
  const child = spawnGuarded(process.execPath, args, {
    env: { ...options.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    directory: options.directory,
  });
  const log = createWriteStream(options.logFile, { mode: 0o600 });
  const tail: string[] = [];
  let stopping = false;
  const ready = Promise.withResolvers<void>();
  const lines = createInterface({ input: stderrOf(child) });
  lines.on('line', (line) => {
    log.write(`${line}\n`);
    tail.push(line);
    if (tail.length > linesKept) tail.shift();
    if (isReady(line)) ready.resolve();
  });
  const died = exit(child, tail);
  const stop = async (): Promise<void> => {
    stopping = true;
    await ended(child);
    log.end();
  };
  const timer = setTimeout(() => ready.reject(notReady('it is not ready after 30 s', tail)), startsWithinMs);
  try {
    await Promise.race([ready.promise, died.then((why) => Promise.reject(notReady(why, tail)))]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { died: died.then((why) => (stopping ? new Promise<never>(() => {}) : why)), stop };
}

function stderrOf({ stderr }: ChildProcess): NonNullable<ChildProcess['stderr']> {
  if (stderr === null) throw new Error('the standard error of the product is not read');
  return stderr;
}

function exit(child: ChildProcess, tail: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}: ${tail.at(-1) ?? ''}`));
  });
}

function notReady(why: string, tail: readonly string[]): UserError {
  return new UserError(`imagecheck could not be started: ${why}`, { remedy: tail.join('\n') });
}

function isReady(line: string): boolean {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && Reflect.get(entry, 'msg') === 'ready';
  } catch {
    return false;
  }
}
