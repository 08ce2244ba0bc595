import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/**
 * Starts a program that ends with this process, however this process ends. It has its own process group, so that Ctrl-C
 * only reaches this process, which closes its parts in order; if this process is killed, a shell that waits for the end
 * of a pipe kills the program and removes its directory.
 */
export function spawnGuarded(
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'env' | 'stdio'> & { readonly directory?: string },
): ChildProcess {
  const { directory = '', ...rest } = options;
  const child = spawn(program, args, { ...rest, detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  const script = 'cat; kill -9 "$1"; test -z "$2" || rm -rf "$2"';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(pid), directory], {
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell, the program is simply not guarded.
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  guard.unref();
  child.once('exit', () => guard.kill('SIGKILL'));
  return child;
}

/** Ends a child: with SIGTERM first, and with SIGKILL after five seconds. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
