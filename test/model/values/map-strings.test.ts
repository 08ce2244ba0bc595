import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapStrings } from '../../../src/model/values/map-strings.ts';

test('changes strings only, and tells the key they stand under', () => {
  const keys: (string | undefined)[] = [];
  const changed = mapStrings({ a: 'x', list: ['y', 'z'], n: 1, t: true, none: null, deep: { b: 'w' } }, (text, key) => {
    keys.push(key);
    return text.toUpperCase();
  });
  expect(changed).toEqual({ a: 'X', list: ['Y', 'Z'], n: 1, t: true, none: null, deep: { b: 'W' } });
  expect(keys).toEqual(['a', 'list', 'list', 'b']);
});

test('what does not change is not copied', () => {
  const value = { same: { a: 'kept' }, other: { a: 'old' } };
  const changed = mapStrings(value, (text) => (text === 'old' ? 'new' : text));
  expect(changed.same).toBe(value.same);
  expect(changed.other).toEqual({ a: 'new' });
  expect(value.other.a).toBe('old');
  expect(mapStrings(value, (text) => text)).toBe(value);
});

test('any JSON stays the same under the identity, and loses no key', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(mapStrings(value, (text) => text)).toBe(value);
      const marked = mapStrings(value, (text) => `${text}!`);
      expect(mapStrings(marked, (text) => text.slice(0, -1))).toEqual(value);
    }),
  );
});
