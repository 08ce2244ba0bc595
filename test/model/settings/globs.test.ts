import { expect, it } from 'vitest';
import { matchesGlob } from '../../../src/model/settings/policy.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

it.each([
  ['*', '', true],
  ['a*c', 'abbc', true],
  ['a*c', 'abbcd', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*.b*', 'a.c.b', true],
  ['a**', 'a', true],
  ['a.c', 'abc', false],
  ['*a*', 'x*y', false],
  ['x*y', 'x*\ny', true],
])('%s over %j is %s', (glob, text, expected) => {
  expect(matchesGlob(glob, text)).toBe(expected);
});

it('takes no longer for many stars', () => {
  expect(cpuMsOf(() => matchesGlob(`${'*a'.repeat(50)}b`, 'a'.repeat(5000)))).toBeLessThan(200);
});
