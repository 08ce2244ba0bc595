import { getHeapStatistics } from 'node:v8';

/** What limits that follow the memory go by, in bytes: the heap that V8 allows itself, at most half of the container. */
export const heapLimitBytes = Math.min(getHeapStatistics().heap_size_limit, constrainedBytes() / 2);

/** Infinity where nothing constrains the process. */
function constrainedBytes(): number {
  const bytes = process.constrainedMemory();
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY;
}
