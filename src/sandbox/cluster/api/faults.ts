/** A disturbance of requests, as `POST /api/faults` describes it. */
export interface Fault {
  /** Waits before the request is handled. */
  readonly delayMs?: number;
  /** Answers this instead. */
  readonly status?: number;
  /** Cuts the connection. */
  readonly disconnect?: boolean;
  /** How many requests are disturbed; all of them when left out. */
  readonly times?: number;
  /** Only paths that start so. */
  readonly path?: string;
}

/** The disturbances in force. */
export interface Faults {
  readonly add: (fault: Fault) => void;
  readonly clear: () => void;
  /** The disturbance of this request, counted. */
  readonly next: (path: string) => Fault | undefined;
  /** Forgets the past, so that older watches and continue tokens answer 410. */
  readonly expireRevisions: () => void;
}

/** No disturbance at first; the oldest that matches is used. */
export function createFaults(expireRevisions: () => void): Faults {
  let active: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => void active.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    clear: () => {
      active = [];
    },
    next: (path) => {
      const found = active.find(({ fault }) => path.startsWith(fault.path ?? '/'));
      if (found === undefined) return undefined;
      found.left -= 1;
      active = active.filter(({ left }) => left > 0);
      return found.fault;
    },
    expireRevisions,
  };
}
