import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Ask, AskAnswer } from '../../../src/model/ask/ask.ts';
import { OutboxMessage } from '../../../src/model/message.ts';
import { recordFormat } from '../../../src/store/redis/record.ts';

const before = recordFormat({ version: 1, schema: z.object({ name: z.string() }) });
const now = recordFormat({
  version: 2,
  schema: z.object({ names: z.array(z.string()) }),
  previous: { schema: z.object({ name: z.string() }), upgrade: ({ name }) => ({ names: [name] }) },
});
const after = recordFormat({ version: 3, schema: z.object({ names: z.array(z.string()), at: z.number() }) });

describe('recordFormat', () => {
  test('reads what it wrote', () => {
    expect(now.decode(now.encode({ names: ['a', 'b'] }))).toEqual({ kind: 'value', value: { names: ['a', 'b'] } });
  });

  test('reads what the previous release wrote', () => {
    expect(now.decode(before.encode({ name: 'a' }))).toEqual({ kind: 'value', value: { names: ['a'] } });
  });

  test.each([
    ['of another shape', JSON.stringify({ v: 2, d: { names: 'a' } }), 'names'],
    ['of another shape of the previous release', JSON.stringify({ v: 1, d: {} }), 'name'],
    ['without an envelope', '{"names":[]}', 'no record'],
    ['that is no JSON', '{"v":2,', 'no record'],
    ['that is empty', '', 'no record'],
  ])('cannot read a text %s', (_, text, why) => {
    const decoded = now.decode(text);
    expect(decoded.kind).toBe('unreadable');
    expect(decoded.kind === 'unreadable' && decoded.why).toContain(why);
  });

  test('takes a text of a newer release for foreign, and never for garbage', () => {
    expect(now.decode(after.encode({ names: [], at: 1 })).kind).toBe('foreign');
  });

  test.each([null, undefined])('%s is absent', (text) => {
    expect(now.decode(text)).toEqual({ kind: 'absent' });
  });

  test('the oldest release is no longer read by a release two later', () => {
    expect(after.decode(before.encode({ name: 'a' })).kind).toBe('unreadable');
  });

  test.each([
    ['asks', recordFormat({ version: 1, schema: Ask })],
    ['answers', recordFormat({ version: 1, schema: AskAnswer })],
    ['messages', recordFormat({ version: 1, schema: OutboxMessage })],
  ])('nothing that lies in Redis makes the reader of %s throw', (_, format) => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((d) => JSON.stringify({ v: 1, d })),
      fc
        .record({ kind: fc.string(), id: fc.jsonValue(), body: fc.jsonValue() })
        .map((d) => JSON.stringify({ v: 1, d })),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(['value', 'unreadable']).toContain(format.decode(text).kind);
      }),
    );
  });
});
