import type { Fault } from '../../serving/faults.ts';

/** Faults of the API server. */
export interface ClusterFaults {
  /** Replaces the current fault; `undefined` clears it. A status is returned in the API's own form. */
  readonly set: (fault: Fault | undefined) => void;
  /** The fault for this request, counted. */
  readonly next: (path: string) => Fault | undefined;
  /** Forgets the past, so that older watches and continue tokens answer 410. */
  readonly expireRevisions: () => void;
}

/** Starts without a fault. */
export function createFaults(expireRevisions: () => void): ClusterFaults {
  let current: Fault | undefined;
  let left = 0;
  return {
    set: (fault) => {
      current = fault;
      left = fault?.times ?? Number.POSITIVE_INFINITY;
    },
    next: (path) => {
      if (current === undefined || left <= 0 || !path.includes(current.path ?? '')) return undefined;
      left -= 1;
      return current;
    },
    expireRevisions,
  };
}
