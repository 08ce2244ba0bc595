import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { allBodies, largestBody, mostValues } from '../../src/registry/heap-limits.ts';

const program = fileURLToPath(new URL('../support/hostile-bodies.ts', import.meta.url));
const mebibyte = 1_048_576;

test('no answer of a registry needs more than a small heap', { timeout: 60_000 }, async () => {
  const flags = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=128'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program]);
  expect(Number(stdout)).toBeLessThan(128);
});

test.each([
  [64, 1, 64, 16],
  [256, 4, 244, 64],
  [4_096, 4, 244, 1_024],
])('a heap of %i MiB: bodies of %i MiB and %i thousand values, %i MiB at once', (heap, body, values, all) => {
  expect(largestBody(4 * mebibyte, heap * mebibyte)).toBe(body * mebibyte);
  expect(Math.floor(mostValues(heap * mebibyte) / 1024)).toBe(values);
  expect(allBodies(heap * mebibyte)).toBe(all * mebibyte);
});
