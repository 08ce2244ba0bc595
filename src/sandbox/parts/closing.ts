/** What has to be ended, in the order in which it was started. */
export interface Closing {
  /** Remembers how a part is ended. */
  add(stop: () => Promise<void> | void): void;
  /** Ends all parts, the last one first; a part that fails does not keep the others. Safe to call twice. */
  close(): Promise<void>;
}

/** Keeps the ends of parts that are started one after the other, so that a start that fails half-way leaves nothing. */
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
