import { heapLimitBytes } from '../memory/heap-limit.ts';

// Measured with a heap of 256 MB: the worst JSON of 4 MiB within these limits takes 60 MB while it is read.

/** The limit of one body: what the protocol suggests, or less where memory is small. */
export function largestBody(usualBytes: number, heap = heapLimitBytes): number {
  return Math.min(usualBytes, Math.floor(heap / 64));
}

/** How many values a JSON body may have; an empty object takes 56 bytes, one with a name of its own 200. */
export function mostValues(heap = heapLimitBytes): number {
  return Math.min(250_000, Math.floor(heap / 1024));
}

/** The limit of all bodies that are arriving at the same moment. */
export function allBodies(heap = heapLimitBytes): number {
  return Math.floor(heap / 4);
}
