import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTicket, wrongTicketPattern } from '../../../src/model/approval/ticket.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

describe('wrongTicketPattern', () => {
  it.each([
    'OPS-[0-9]+',
    '(?:OPS|INC)-\\d{1,6}',
    '[A-Z]{2,5}-\\d+',
    '(ABC)+',
    'a\\(b+\\)+',
    '[(a+)]+',
    '#?\\d+',
    'https?://jira/(?:OPS|INC)-\\d+?',
    '(?<team>[A-Z]+)-(?:x?)?[0-9]+',
  ])('allows %s', (pattern) => {
    expect(wrongTicketPattern(pattern)).toBeUndefined();
  });

  it.each([
    ['(', 'a regular expression'],
    ['a)(b', 'a regular expression'],
    ['[', 'a regular expression'],
    ['*', 'a regular expression'],
    ['(a+)+', 'repetitions inside'],
    ['(?:a*)*b', 'repetitions inside'],
    ['(a|aa)+', 'repetitions inside'],
    ['((a+)b?)+', 'repetitions inside'],
    ['(\\d{2,})*', 'repetitions inside'],
    ['(a)\\1+', 'repetitions inside'],
    ['(?<t>a)\\k<t>', 'repetitions inside'],
    ['(a?){50}', 'repetitions inside'],
    ['(?:x(?:a?)y){2,9}', 'repetitions inside'],
    [`${'a?'.repeat(40)}${'a'.repeat(40)}`, 'fewer repetitions'],
    ['\\d+\\d*\\d+\\d*x', 'fewer repetitions'],
    [`(?:${'a{0,9}'.repeat(9)})`, 'fewer repetitions'],
    ['x'.repeat(201), 'at most 200'],
  ])('refuses %s', (pattern, why) => {
    expect(wrongTicketPattern(pattern)).toContain(why);
  });
});

describe('isTicket', () => {
  it('never throws and answers at once, whatever pattern was let through', () => {
    const piece = fc.constantFrom('a', 'b', '\\d', '[ab]', '(', ')', '(?:', '|', '+', '*', '?', '{2,}', '\\', '.', '^');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const pattern = pieces.join('');
        const texts = ['a'.repeat(99), `${'a'.repeat(98)}!`, 'ab'.repeat(50), ''];
        const spentMs = cpuMsOf(() => {
          for (const text of texts) isTicket(pattern, text);
        });
        expect(spentMs, pattern).toBeLessThan(2000);
      }),
      { numRuns: 2000 },
    );
  });
});
