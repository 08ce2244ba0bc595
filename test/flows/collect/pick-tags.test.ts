import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pickTags } from '../../../src/flows/collect/pick-tags.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

test.each<[string, readonly string[], string, readonly string[]]>([
  ['commits and latest', ['88a216e', '1f2c9aa', 'latest'], '88a216e', ['latest', '1f2c9aa']],
  ['two moving tags at most', ['main', 'latest', 'edge', 'dev', 'nightly'], 'x', ['latest', 'main', 'dev', 'nightly']],
  [
    'the highest version, compared as numbers',
    ['1.9.0', '1.10.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0'],
    '1.2.0',
    ['1.10.0', '1.9.0', '1.4.0', '1.5.0', '1.3.0'],
  ],
  [
    'the latest dates, in whatever order the registry has',
    ['2026-03-01', '2026-01-01', '2026-02-01'],
    '2026-01-01',
    ['2026-02-01', '2026-03-01'],
  ],
  [
    'no caches, pull requests, signatures or single platforms',
    ['pr-1', 'cache-x', 'sha256-abc.sig', 'v1-arm64', 'v2'],
    'v1',
    ['v2'],
  ],
  ['nothing but the current one', ['v1'], 'v1', []],
])('%s', (_, tags, current, expected) => {
  expect(pickTags(tags, current, 5)).toEqual(expected);
});

test('never more than asked for, never the current one, each once, and all from the list', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 60 }), fc.string(), fc.nat(8), (tags, current, max) => {
      const picked = pickTags(tags, current, max);
      expect(picked.length).toBeLessThanOrEqual(max);
      expect(new Set(picked).size).toBe(picked.length);
      expect(picked.every((tag) => tags.includes(tag) && tag !== current)).toBe(true);
    }),
  );
});

test('ten thousand tags are no work', () => {
  const tags = Array.from({ length: 10_000 }, (_, index) => `1.${index % 100}.${index}`);
  const spentMs = cpuMsOf(() => {
    expect(pickTags(tags, '1.0.0', 5)[0]).toBe('1.99.9999');
  });
  expect(spentMs).toBeLessThan(1000);
});
