/**
 * The result of `work`, or what `late` returns or throws once `limitMs` milliseconds have passed. Late work continues,
 * and its result is ignored.
 */
export async function within<T, L = never>(limitMs: number, work: PromiseLike<T>, late: () => L): Promise<T | L> {
  return await unlessLate(work, late, (fire) => {
    const timer = setTimeout(fire, limitMs);
    return () => clearTimeout(timer);
  });
}

/**
 * The result of `work`, or what `late` returns or throws if it has not ended `graceMs` milliseconds after `signal`
 * fired: for work that should listen to the signal itself.
 */
export async function withinGrace<T, L = never>(
  signal: AbortSignal,
  graceMs: number,
  work: PromiseLike<T>,
  late: () => L,
): Promise<T | L> {
  return await unlessLate(work, late, (fire) => {
    let timer: NodeJS.Timeout | undefined;
    const begin = (): void => {
      timer = setTimeout(fire, graceMs);
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
    return () => {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    };
  });
}

/** `start` schedules the call for lateness, and returns a function that cancels it. */
async function unlessLate<T, L>(
  work: PromiseLike<T>,
  late: () => L,
  start: (fire: () => void) => () => void,
): Promise<T | L> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const disarm = start(resolve);
  try {
    return await Promise.race([work, promise.then(late)]);
  } finally {
    disarm();
  }
}
