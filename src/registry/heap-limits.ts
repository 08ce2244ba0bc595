import { getHeapStatistics } from 'node:v8';

/**
 * Limits that follow the memory of the process: the heap that V8 allows itself, and at most half of what the container
 * has. Measured with a heap of 256 MB: the worst JSON of 4 MiB within these limits takes 60 MB while it is read.
 */
const heapBytes = Math.min(getHeapStatistics().heap_size_limit, constrainedBytes() / 2);

/** Infinity where nothing constrains the process. */
function constrainedBytes(): number {
  const bytes = process.constrainedMemory();
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY;
}

/** The limit of one body: what the protocol suggests, or less where memory is small. */
export function largestBody(usualBytes: number, heap = heapBytes): number {
  return Math.min(usualBytes, Math.floor(heap / 64));
}

/** How many values a JSON body may have; an empty object takes 56 bytes, one with a name of its own 200. */
export function mostValues(heap = heapBytes): number {
  return Math.min(250_000, Math.floor(heap / 1024));
}

/** The limit of all bodies that are arriving at the same moment. */
export function allBodies(heap = heapBytes): number {
  return Math.floor(heap / 4);
}
