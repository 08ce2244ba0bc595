import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerLines, linesOf } from '../../src/terminal/json-lines.ts';

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncIterable<string | Uint8Array> {
  yield* parts;
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe('lines of a stream', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['lines', ['a\nb\n'], ['a', 'b']],
    ['a last line without an end', ['a\nb'], ['a', 'b']],
    ['a line in pieces', ['{"a', 'b', '":1}\n', 'x'], ['{"ab":1}', 'x']],
    ['line ends of Windows', ['a\r\nb\r\n'], ['a', 'b']],
    ['separators that JSON may hold', ['"a\u2028b"\n"c\u0085d"\n'], ['"a\u2028b"', '"c\u0085d"']],
    ['nothing', [], []],
  ])('%s', async (_, parts, expected) => {
    expect(await all(linesOf(chunks(...parts)))).toEqual(expected);
  });

  test('characters that are cut between chunks', async () => {
    const bytes = new TextEncoder().encode('"é€😀"\n"ü"');
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(await all(linesOf(chunks(...single)))).toEqual(['"é€😀"', '"ü"']);
  });

  test('any text, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary' }).filter((line) => !/[\n\r\ud800-\udfff\ufeff]/.test(line))),
        fc.nat(7),
        async (lines, size) => {
          const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
          const parts = Array.from({ length: Math.ceil(bytes.length / (size + 1)) }, (_, at) =>
            bytes.slice(at * (size + 1), (at + 1) * (size + 1)),
          );
          expect(await all(linesOf(chunks(...parts)))).toEqual(lines);
        },
      ),
    );
  });
});

describe('answers line by line', () => {
  const double = (value: unknown) =>
    typeof value === 'object' && value !== null && 'n' in value && typeof value.n === 'number'
      ? ({ ok: true, value: { n: value.n * 2 } } as const)
      : ({ ok: false, reason: 'expected n' } as const);

  async function answers(input: string): Promise<{ code: number; out: unknown[] }> {
    const out: string[] = [];
    const code = await answerLines(linesOf(chunks(input)), double, (line) => void out.push(line));
    expect(out.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
    return { code, out: out.map((line) => JSON.parse(line) as unknown) };
  }

  test('one line out for each line in, in order; blank ones are skipped', async () => {
    expect(await answers('{"n":1}\n\n  \n{"n":2}\n')).toEqual({ code: 0, out: [{ n: 2 }, { n: 4 }] });
    expect(await answers('')).toEqual({ code: 0, out: [] });
  });

  test('an invalid line is answered with its id, and affects the exit code; the others are answered all the same', async () => {
    const { code, out } = await answers('nonsense\n{"id":"a"}\n{"id":7,"n":"x"}\n{"id":{"x":1}}\nnull\n[1]\n{"n":3}');
    expect(code).toBe(2);
    expect(out).toEqual([
      { id: null, error: 'not JSON' },
      { id: 'a', error: 'expected n' },
      { id: 7, error: 'expected n' },
      { id: null, error: 'expected n' },
      { id: null, error: 'expected n' },
      { id: null, error: 'expected n' },
      { n: 6 },
    ]);
  });

  test('a line is answered before the next one is read', async () => {
    const order: string[] = [];
    async function* slowly(): AsyncIterable<string> {
      for (const n of [1, 2]) {
        order.push(`in ${n}`);
        yield JSON.stringify({ n });
      }
    }
    await answerLines(slowly(), double, (line) => void order.push(`out ${line.trim()}`));
    expect(order).toEqual(['in 1', 'out {"n":2}', 'in 2', 'out {"n":4}']);
  });

  test('no line makes it throw', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string(), fc.json())),
        async (lines) => void (await answers(lines.join('\n'))),
      ),
    );
  });
});
