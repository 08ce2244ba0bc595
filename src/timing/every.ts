/** Something that is done again and again. */
export interface Repeated {
  /** Begins no further turn, and resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/**
 * Does `turn` every `periodMs` milliseconds, for the first time after that long, and never twice at once: the next period
 * begins when the turn has ended. What a turn throws goes to `onTrouble`, and the next turn comes all the same.
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
