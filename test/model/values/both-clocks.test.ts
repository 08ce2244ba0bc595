import { describe, expect, it } from 'vitest';
import { apartWords, areApart, bothClocks } from '../../../src/model/values/both-clocks.ts';

const now = new Date('2026-11-20T12:00:00.400Z');

describe('two clocks', () => {
  it('are named when they differ', () => {
    expect(bothClocks(now, 999)).toBe('');
    expect(bothClocks(now, 15 * 60_000)).toBe(
      ' It is 2026-11-20T12:00:00Z by Redis’s clock, which counts, and 2026-11-20T12:15:00Z by this process’s, which is 15 min ahead.',
    );
    expect(bothClocks(new Date(Number.NaN), -5000)).toContain('an impossible time');
  });

  it.each([
    [-1400, '1 s behind'],
    [119_000, '119 s ahead'],
    [-120_000, '2 min behind'],
    [7_200_000, '2 h ahead'],
  ])('%i ms are %s', (aheadMs, words) => {
    expect(apartWords(aheadMs)).toBe(words);
  });

  it('decide nothing beyond 20 min', () => {
    expect([1, -1].flatMap((way) => [20, 21].map((minutes) => areApart(way * minutes * 60_000)))).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});
