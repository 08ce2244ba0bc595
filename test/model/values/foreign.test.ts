import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { foreignJson, foreignList, foreignRecord } from '../../../src/model/values/foreign.ts';

/** A schema of texts that counts how many values it was given. */
function counted(): { readonly item: z.ZodType<string>; readonly seen: () => number } {
  let seen = 0;
  const item = z.unknown().transform((value, context) => {
    seen += 1;
    if (typeof value === 'string') return value;
    context.addIssue({ code: 'custom', message: 'no text' });
    return z.NEVER;
  });
  return { item, seen: () => seen };
}

describe('foreignList', () => {
  const few = { most: 3 };
  test.each([
    [[], []],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [['a', 1], undefined],
    [['a', 'b', 'c', 'd'], undefined],
    [{ length: 1, 0: 'a' }, undefined],
    ['abc', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%j', (value, expected) => {
    expect(foreignList(z.string(), few).safeParse(value).data).toEqual(expected);
  });

  test('takes the first ones where the others may be left out, and looks at no more', () => {
    const { item, seen } = counted();
    const list = foreignList(item, { most: 2, beyond: 'left out' });
    expect(list.parse(['a', 'b', 3, 4])).toEqual(['a', 'b']);
    expect(seen()).toBe(2);
  });

  test('stops at the first element that does not fit, and names its place', () => {
    const { item, seen } = counted();
    const nested = z.object({ list: foreignList(z.object({ text: item })) });
    const wrong = Array.from({ length: 9_000 }, () => ({ text: 1 }));
    const issues = nested.safeParse({ list: [{ text: 'a' }, ...wrong] }).error?.issues;
    expect(issues).toMatchObject([{ path: ['list', 1, 'text'], message: 'no text' }]);
    expect(seen()).toBe(2);
  });
});

describe('foreignRecord', () => {
  test.each([
    [{ a: 'b' }, { a: 'b' }],
    [{ a: 'b', c: 1 }, undefined],
    [{ a: '', b: '', c: '', d: '' }, undefined],
    [['a'], undefined],
    [null, undefined],
    [JSON.parse('{"__proto__":{"a":1},"b":"c"}'), { b: 'c' }],
  ])('%j', (value, expected) => {
    const read = foreignRecord(z.string(), { most: 3 }).safeParse(value).data;
    expect(read).toEqual(expected);
    expect((read as { readonly a?: unknown } | undefined)?.a === 1).toBe(false);
  });

  test('stops at the first value that does not fit, and after as many as are wanted', () => {
    const { item, seen } = counted();
    const wrong = Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`k${at}`, at]));
    expect(foreignRecord(item).safeParse(wrong).error?.issues).toMatchObject([{ path: ['k0'] }]);
    expect(seen()).toBe(1);
    const first = foreignRecord(item, { most: 1, beyond: 'left out' });
    expect(first.parse({ a: 'x', b: 2 })).toEqual({ a: 'x' });
    expect(seen()).toBe(2);
  });
});

test.each([
  ['[1,2,3]', 3, [1, 2, 3]],
  ['[1,2,3]', 2, undefined],
  ['{"a":{"b":{}}}', 3, { a: { b: {} } }],
  ['{"a":{"b":{}}}', 2, undefined],
  ['"a"', 0, 'a'],
  ['["[,{\\"[,"]', 1, ['[,{"[,']],
  ['["\\\\",1]', 2, ['\\', 1]],
  ['["\\\\",1]', 1, undefined],
  ['"[,', 9, undefined],
  ['{', 9, undefined],
  ['', 9, undefined],
])('foreignJson %j of at most %j values', (text, most, expected) => {
  expect(foreignJson(text, most)?.json).toEqual(expected);
});
