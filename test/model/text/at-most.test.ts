import { expect, it } from 'vitest';
import { atMost } from '../../../src/model/text/at-most.ts';

it.each([
  ['', 3, ''],
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['a😀bc', 3, 'a…'],
  ['a😀bc', 4, 'a😀…'],
])('%j in %i characters is %j', (text, max, expected) => {
  expect(atMost(text, max)).toBe(expected);
});
