/** Lets pieces of work run beside others, or one of them with nothing else beside it. */
export interface Company {
  /** Runs the work beside others; it waits while other work is alone, or waits to be. */
  together<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Lets what runs end and nothing new begin, then runs the work. Resolves with `undefined`, without running it, if
   * `signal` fires first.
   */
  alone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined>;
  /** Calls `closed` when work begins to wait for being alone, and `open` when others may begin again. */
  watch(door: Door): void;
}

/** What brings work, and should bring none while it could only wait. */
export interface Door {
  readonly closed: () => void;
  readonly open: () => void;
}

/** Nothing runs yet. */
export function createCompany(): Company {
  const doors: Door[] = [];
  /** Pieces of work: `apart` are alone or wait to be, and one of them `isAlone`. */
  const inside = { running: 0, apart: 0, isAlone: false };
  let changed = Promise.withResolvers<void>();
  const tell = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };

  const together: Company['together'] = async (work) => {
    while (inside.apart > 0) await changed.promise;
    inside.running += 1;
    try {
      return await work();
    } finally {
      inside.running -= 1;
      tell();
    }
  };

  const alone: Company['alone'] = async (signal, work) => {
    inside.apart += 1;
    if (inside.apart === 1) for (const door of doors) door.closed();
    signal.addEventListener('abort', tell, { once: true });
    try {
      while ((inside.running > 0 || inside.isAlone) && !signal.aborted) await changed.promise;
      if (signal.aborted) return undefined;
      inside.isAlone = true;
      return await work().finally(() => {
        inside.isAlone = false;
      });
    } finally {
      signal.removeEventListener('abort', tell);
      inside.apart -= 1;
      if (inside.apart === 0) for (const door of doors) door.open();
      tell();
    }
  };

  return { together, alone, watch: (door) => void doors.push(door) };
}
