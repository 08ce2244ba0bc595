import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRow } from '../../src/terminal/csv.ts';

describe('a row of CSV', () => {
  test.each([
    [['a', 1, undefined], 'a,1,\r\n'],
    [['a,b', 'say "no"', 'two\nlines'], '"a,b","say ""no""","two\nlines"\r\n'],
    [['=1+1', '+1', '-1', '@SUM(A1)'], "'=1+1,'+1,'-1,'@SUM(A1)\r\n"],
    [['=HYPERLINK("x","y")'], '"\'=HYPERLINK(""x"",""y"")"\r\n'],
    [['\t=1', '\r=1'], '\'\t=1,"\'\r=1"\r\n'],
    [[-1], '-1\r\n'],
    [['a=b', ' =1'], 'a=b, =1\r\n'],
  ])('%j is %j', (cells, row) => {
    expect(csvRow(cells)).toBe(row);
  });

  test('contains the text unchanged, and no cell is a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (cells) => {
        const read = cellsOf(csvRow(cells));
        expect(read.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n])/, ''))).toEqual(
          cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n])/, '')),
        );
        expect(read.filter((cell) => /^[=+\-@\t\r\n]/.test(cell))).toEqual([]);
      }),
    );
  });
});

/** Reads one row as RFC 4180 says. */
function cellsOf(row: string): readonly string[] {
  expect(row.endsWith('\r\n')).toBe(true);
  const cells: string[] = [];
  let rest = `${row.slice(0, -2)},`;
  while (rest !== '') {
    const quoted = /^"((?:[^"]|"")*)",/.exec(rest);
    const plain = /^([^",\r\n]*),/.exec(rest);
    const found = quoted ?? plain;
    if (found === null) throw new Error(`no cell begins at ${JSON.stringify(rest)}`);
    cells.push(quoted === null ? (found[1] ?? '') : (found[1] ?? '').replaceAll('""', '"'));
    rest = rest.slice(found[0].length);
  }
  return cells;
}
