import type { WorkerDeps } from '../../ports/processes.ts';
import { every } from '../../timing/every.ts';
import { parentMessage } from './ask-messages.ts';

/** How often progress is written, and who hears that it was not. */
export interface ProgressOptions {
  /** A change is shown after this long at the latest; an answer that is faster shows none. */
  readonly everyMs: number;
  /** Told about a failed write; the next one tries again. */
  readonly onTrouble: (error: unknown) => void;
}

/** Shows everyone who waits how far it is. */
export interface ProgressLine {
  say(what: string): void;
  /** Nothing is written after this resolves. */
  stop(): Promise<void>;
}

/** Shows everyone who waits for a flight how far it is; whoever joins meanwhile gets it too. */
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
 * Writes at most one state per `everyMs`, the latest one, and always with the seconds that passed, so that a long step
 * is not silent (docs/architecture.md#processes).
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
