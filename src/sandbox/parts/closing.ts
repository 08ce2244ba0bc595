/** The parts to close, in the order in which they were started. */
export interface Closing {
  /** Registers how to close a part. */
  add(stop: () => Promise<void> | void): void;
  /**
   * Closes all parts, the last one first; a failing part does not prevent the others from closing. Safe to call twice.
   */
  close(): Promise<void>;
}

/**
 * Collects how to close parts that are started one after the other, so that a start that fails halfway leaves nothing
 * behind.
 */
export function createClosing(): Closing {
  const stops: (() => Promise<void> | void)[] = [];
  let closed: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'parts of the sandbox could not be stopped');
  };
  return {
    add: (stop) => void stops.push(stop),
    close: () => {
      closed ??= closeAll();
      return closed;
    },
  };
}
