import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { millisecondsOf } from '../../../src/model/values/duration.ts';

test.each([
  ['30d', 2_592_000_000],
  ['12h', 43_200_000],
  ['90m', 5_400_000],
  ['1d12h', 129_600_000],
  ['45s', 45_000],
  ['2w', 1_209_600_000],
  ['', undefined],
  ['0d', undefined],
  ['30', undefined],
  ['-1d', undefined],
  ['1.5h', undefined],
  ['30d ', undefined],
  ['yesterday', undefined],
  ['999999999w', undefined],
])('%j is %j milliseconds', (text, expected) => {
  expect(millisecondsOf(text)).toBe(expected);
});

test('any text is a positive time or none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(\d{1,12}[smhdw]){1,3}$/)), (text) => {
      const found = millisecondsOf(text);
      expect(found === undefined || (Number.isSafeInteger(found) && found > 0)).toBe(true);
    }),
  );
});
