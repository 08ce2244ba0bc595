import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AuditEvent, AuditRecord, chained } from '../../../src/model/audit/audit.ts';
import { verifyChain } from '../../../src/model/audit/audit-chain.ts';
import { sampleEvent } from '../../support/approval-samples.ts';

function chainOf(length: number): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  for (let index = 0; index < length; index += 1) {
    records.push(chained(sampleEvent({ detail: `event ${index}` }), records.at(-1)));
  }
  return records;
}

const chain = chainOf(6);
const at = (index: number): AuditRecord => {
  const record = chain[index];
  if (record === undefined) throw new Error(`the chain has no record ${index}`);
  return record;
};
const replaced = (index: number, record: AuditRecord) => chain.with(index, record);

describe('a chain', () => {
  test('is whole, also in pages and without its beginning', () => {
    const last = { sequence: 6, hash: at(5).hash };
    expect(verifyChain([])).toEqual({ ok: true, last: { sequence: 0, hash: '0'.repeat(64) } });
    expect(verifyChain(chain)).toEqual({ ok: true, last });
    expect(verifyChain(chain.slice(3), at(2))).toEqual({ ok: true, last });
  });

  test('is whole with a field that is not known here, which its hash covers, and broken once that changes', () => {
    const stored = JSON.stringify(chained({ ...sampleEvent(), incident: 'INC-7' } as AuditEvent, undefined));
    expect(verifyChain([AuditRecord.parse(JSON.parse(stored))])).toMatchObject({ ok: true });
    const altered = AuditRecord.parse(JSON.parse(stored.replace('INC-7', 'INC-8')));
    expect(verifyChain([altered])).toMatchObject({ ok: false, why: expect.stringMatching(/hash differs/) });
  });

  const event = { ...at(2).event, actor: 'U9' };
  test.each([
    ['an altered event', replaced(2, { ...at(2), event }), 3, /hash differs/],
    ['an event altered with its hash', replaced(2, chained(event, at(1))), 4, /does not follow/],
    ['a record that is missing', chain.toSpliced(2, 1), 4, /missing/],
    ['a beginning that is missing', chain.slice(1), 2, /missing/],
    ['two records in another order', [at(0), at(2), at(1)], 3, /missing/],
    ['a record that is there twice', [at(0), at(0)], 1, /missing/],
    ['a field that was added', replaced(1, { ...at(1), event: { ...at(1).event, after: 'x' } }), 2, /hash differs/],
  ])('with %s is broken there', (_, records, sequence, why) => {
    expect(verifyChain(records)).toEqual({ ok: false, sequence, why: expect.stringMatching(why) as string });
  });

  test('with a record that nobody can read is broken there', () => {
    const places = chain.map((record, index) => ({
      sequence: record.sequence,
      record: index === 3 ? undefined : record,
    }));
    expect(verifyChain(places)).toMatchObject({ ok: false, sequence: 4, why: 'it cannot be read' });
  });

  test('behind another anchor than its own is broken at once', () => {
    expect(verifyChain(chain.slice(3), { sequence: 3, hash: at(1).hash })).toMatchObject({ ok: false, sequence: 4 });
  });

  test('shows every change of a single character', () => {
    const text = JSON.stringify(chain);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('0', 'x', '7'), (place, character) => {
        const altered = text.slice(0, place) + character + text.slice(place + 1);
        fc.pre(altered !== text);
        let records: readonly AuditRecord[];
        try {
          records = JSON.parse(altered) as readonly AuditRecord[];
        } catch {
          return;
        }
        // A key of another name is not part of a record; the schema of the store leaves it out before.
        fc.pre(records.every((record) => 'event' in record && 'hash' in record));
        expect(verifyChain(records).ok).toBe(false);
      }),
    );
  });
});
