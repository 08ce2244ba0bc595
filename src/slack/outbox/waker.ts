/** A sleeper and those who may wake it. */
export interface Waker {
  readonly wake: () => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Whether a call came since the last sleep. */
  readonly woken: () => boolean;
}

/** A sleep that can be interrupted: a call to `wake` before the sleep also counts, so that no news is missed. */
export function createWaker(stopped: AbortSignal): Waker {
  let pending = false;
  let interrupt: (() => void) | undefined;
  const wake = () => {
    pending = true;
    interrupt?.();
  };
  stopped.addEventListener('abort', wake, { once: true });
  return {
    wake,
    woken: () => pending,
    sleep: async (ms) => {
      if (!pending && !stopped.aborted && ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          interrupt = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        interrupt = undefined;
      }
      pending = false;
    },
  };
}
