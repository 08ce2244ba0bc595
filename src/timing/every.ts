/** Something that is done periodically. */
export interface Repeated {
  /** Starts no further run, and resolves when the current one has ended. */
  stop(): Promise<void>;
}

/**
 * Calls `turn` every `periodMs` milliseconds, for the first time after that long, and never twice at once: the next
 * period starts when the call has ended. What `turn` throws goes to `onTrouble`, and it is called again all the same.
 */
export function every(
  periodMs: number,
  turn: () => Promise<unknown>,
  onTrouble: (error: unknown) => void = () => {},
): Repeated {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await turn();
    } catch (error) {
      onTrouble(error);
    }
    plan();
  };
  const plan = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      running = run();
    }, periodMs);
  };
  plan();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
