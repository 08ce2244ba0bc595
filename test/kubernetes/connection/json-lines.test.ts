import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLines, type StreamPart } from '../../../src/kubernetes/connection/json-lines.ts';

async function* bodyOf(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function allOf(parts: AsyncIterable<StreamPart>): Promise<readonly StreamPart[]> {
  const all: StreamPart[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

async function partsOf(chunks: readonly (string | Uint8Array)[], maxLineBytes = 1_000): Promise<readonly StreamPart[]> {
  return await allOf(jsonLines(bodyOf(chunks), maxLineBytes));
}

const value = (of: unknown): StreamPart => ({ kind: 'value', value: of });
const broken = (why: string): StreamPart => ({ kind: 'broken', why: expect.stringContaining(why) });
const line = (length: number): string => JSON.stringify('x'.repeat(length - 2));

test.each<{ readonly name: string; readonly chunks: readonly string[]; readonly parts: readonly StreamPart[] }>([
  { name: 'nothing', chunks: [], parts: [] },
  { name: 'two lines in one piece', chunks: ['{"a":1}\n{"b":2}\n'], parts: [value({ a: 1 }), value({ b: 2 })] },
  { name: 'one line in many pieces', chunks: ['{', '"a"', ':1', '}', '\n'], parts: [value({ a: 1 })] },
  { name: 'blank lines and carriage returns', chunks: ['\n\r\n{"a":1}\r\n\n'], parts: [value({ a: 1 })] },
  { name: 'a line without an end', chunks: ['{"a":1}\n{"b"'], parts: [value({ a: 1 }), broken('middle of a line')] },
  { name: 'something else than JSON', chunks: ['{"a":1}\n<html>\n{}\n'], parts: [value({ a: 1 }), broken('not JSON')] },
  { name: 'a line as long as it may be', chunks: [`${line(1_000)}\n`], parts: [value('x'.repeat(998))] },
  { name: 'a line too long', chunks: [`1\n${line(1_001)}\n2\n`], parts: [value(1), broken('more than 1000 bytes')] },
  { name: 'a line too long in pieces', chunks: ['"', 'x'.repeat(600), 'x'.repeat(600)], parts: [broken('more than')] },
])('$name', async ({ chunks, parts }) => {
  expect(await partsOf(chunks)).toEqual(parts);
});

test('what is in the lines does not depend on how they are cut, not even within a character', async () => {
  const cuts = fc.array(fc.nat(200), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 8 }), cuts, async (values, places) => {
      const written = values.map((each) => JSON.parse(JSON.stringify(each)) as unknown);
      const whole = Buffer.from(values.map((each) => `${JSON.stringify(each)}\n`).join(''));
      const at = [0, ...places.filter((place) => place < whole.length).sort((a, b) => a - b), whole.length];
      const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end));
      expect(await partsOf(chunks, 1_000_000)).toEqual(written.map(value));
    }),
  );
});

test('a line that never ends is given up before more of it is taken', async () => {
  let taken = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      taken += 1;
      yield Buffer.alloc(100, 'x');
    }
  }
  expect(await allOf(jsonLines(endless(), 1_000))).toEqual([broken('more than 1000 bytes')]);
  expect(taken).toBe(11);
});

test('nothing is taken before its value is asked for, and the body is closed by whoever stops', async () => {
  const taken: string[] = [];
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      for (const text of ['1\n2\n', '3\n', '4\n']) {
        taken.push(text);
        yield Buffer.from(text);
      }
    } finally {
      taken.push('closed');
    }
  }
  const values = jsonLines(watched(), 1_000);
  expect(taken).toEqual([]);
  expect(await values.next()).toEqual({ done: false, value: value(1) });
  expect(await values.next()).toEqual({ done: false, value: value(2) });
  expect(taken).toEqual(['1\n2\n']);
  await values.next();
  await values.return();
  expect(taken).toEqual(['1\n2\n', '3\n', 'closed']);
});
