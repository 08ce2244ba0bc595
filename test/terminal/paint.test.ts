import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { explainFailure } from '../../src/terminal/failure.ts';
import { printableJson, printableLines } from '../../src/terminal/paint.ts';

const evil = '\u001b]0;title\u0007\u001b[31m\u009b31m\u202e\u2066\u007f\r';
const obeyed = /(?![\t\n])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

test('nothing that a terminal obeys is printed, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printableLines(`${text}${evil}`)).not.toMatch(obeyed);
      const json = printableJson({ [text]: `${text}${evil}` }, 2);
      expect(json).not.toMatch(obeyed);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ [text]: `${text}${evil}` })));
    }),
  );
});

test.each([new UserError(`no context "${evil}"`, { remedy: `there is ${evil}` }), new Error(evil), evil])(
  'a failure that quotes a file or a server is only shown: %#',
  (error) => {
    expect(explainFailure(error).text).not.toMatch(obeyed);
  },
);
