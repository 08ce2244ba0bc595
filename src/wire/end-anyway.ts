import type { Log } from '../log.ts';

/** A connection that is closed while Redis is away may keep a socket open that nobody waits for any more. */
const openForMs = 3000;

/**
 * Ends the process with this code although something is still open, and names it in the log; does nothing if the process
 * ends by itself. Everything has to be stopped before: what is still open then is of no use.
 */
export function endAnyway(code: number, log: Pick<Log, 'warn'>, afterMs = openForMs): void {
  setTimeout(() => {
    log.warn({ open: process.getActiveResourcesInfo() }, 'ended although something was still open');
    process.exit(code);
  }, afterMs).unref();
}
