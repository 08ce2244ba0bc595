import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/** A program that cannot outlive us: it ends when it is told to, and also when this process is killed. */
export interface KeptProcess {
  /** Whether the program itself still runs. */
  readonly runs: () => boolean;
  /** Kills the program at once and waits until it is gone. Its directory goes too, unless it is kept. */
  readonly end: (options?: { readonly keepDirectory: boolean }) => Promise<void>;
}

/**
 * Waits on its standard input, which closes when the process that holds the other end is gone for whatever reason; then
 * it kills the program and removes its directory. The program alone keeps descriptor 3 open, so that its end is seen.
 */
const keeper = `
directory=$1; shift
"$@" & program=$!
exec 3>&-
trap : INT TERM HUP
read -r how
kill -KILL "$program"
wait "$program"
[ "$how" = keep ] || rm -rf "$directory"
`;

/** Starts a program below `directory`, which holds nothing that is worth keeping; its output goes to a log file. */
export function startKept(
  directory: string,
  logFile: string,
  executable: string,
  args: readonly string[],
): KeptProcess {
  const log = openSync(logFile, 'a');
  const child: ChildProcess = spawn('/bin/sh', ['-c', keeper, 'keeper', directory, executable, ...args], {
    stdio: ['pipe', log, log, 'pipe'],
  });
  closeSync(log);
  let runs = true;
  const life = child.stdio[3];
  if (life === null || life === undefined || !('resume' in life)) throw new Error('no pipe to the program');
  life.resume();
  life.once('close', () => {
    runs = false;
  });
  return {
    runs: () => runs,
    end: async ({ keepDirectory } = { keepDirectory: false }) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.stdin?.end(keepDirectory ? 'keep\n' : '');
      await gone;
    },
  };
}
