import type { WorkerDeps } from '../../ports/processes.ts';
import { every } from '../../timing/every.ts';
import { parentMessage } from './ask-messages.ts';

/** How often progress is written, and who is told if that fails. */
export interface ProgressOptions {
  /** A change is shown after this long at the latest; a faster answer shows no progress. */
  readonly everyMs: number;
  /** Called after a failed write; the next write tries again. */
  readonly onTrouble: (error: unknown) => void;
}

/** Shows progress to everyone who waits. */
export interface ProgressLine {
  say(what: string): void;
  /** Nothing is written after this resolves. */
  stop(): Promise<void>;
}

/** Shows progress to everyone who waits for a flight, including those who join later. */
export function startProgress(
  flight: string,
  { asks, outbox }: Pick<WorkerDeps, 'asks' | 'outbox'>,
  options: ProgressOptions,
): ProgressLine {
  const write = async (progress: string): Promise<void> => {
    const waiting = await asks.waiting(flight);
    await Promise.all(
      waiting.map((ask) => outbox.put(parentMessage(ask, { state: 'checking', progress }, 'progress'), 'interim')),
    );
  };
  return tellProgress('checking', write, options);
}

/**
 * Writes at most one state per `everyMs`, the latest one, always with the seconds elapsed, so a long step does not look
 * stuck (docs/architecture.md#processes).
 */
export function tellProgress(
  first: string,
  write: (progress: string) => Promise<void>,
  options: ProgressOptions,
): ProgressLine {
  const started = performance.now();
  let what = first;

  const line = (): string => {
    const seconds = Math.round((performance.now() - started) / 1000);
    return seconds < 2 ? `${what}…` : `${what}… ${seconds} s`;
  };
  const writing = every(options.everyMs, () => write(line()), options.onTrouble);

  return {
    say: (text) => {
      what = text;
    },
    stop: () => writing.stop(),
  };
}
