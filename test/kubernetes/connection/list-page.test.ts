import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readListPage } from '../../../src/kubernetes/connection/list-page.ts';

function itemsIn(body: string): readonly unknown[] | undefined {
  const page = readListPage(body);
  return page === undefined ? undefined : [...page.items];
}

test.each([
  ['as an API server writes it', '{"kind":"PodList","metadata":{"continue":"abc"},"items":[{"a":1},{"b":{}}]}', 2],
  ['with the token behind the items', '{"items":[{"a":1}],"metadata":{"continue":"abc"}}', 1],
  ['with spaces', '{ "metadata": { "continue": "abc" }, "items": [ { "a": 1 } ] }', 1],
  ['without items', '{"metadata":{"continue":"abc"},"items":[]}', 0],
  ['as Go writes an empty list', '{"metadata":{"continue":"abc"},"items":null}', 0],
  [
    'with items of another object before its own',
    '{"x":{"items":[{"no":1}]},"metadata":{"continue":"abc"},"items":[{"a":1}]}',
    1,
  ],
  [
    'with brackets and quotes in strings',
    '{"metadata":{"continue":"abc"},"items":[{"a":"}],\\\\\\"{["},{"b":"\\\\\\\\"}]}',
    2,
  ],
])('a list %s', (_, body, count) => {
  const page = readListPage(body);
  expect(page?.continueToken).toBe('abc');
  expect([...(page?.items ?? [])]).toEqual((JSON.parse(body) as { items: unknown[] | null }).items ?? []);
  expect([...(page?.items ?? [])]).toHaveLength(count);
});

const large = 'x'.repeat(400_000);

test.each([
  ['written by two managers', [{ manager: 'a', fieldsV1: { 'f:spec': { '.': {} } } }, { manager: 'b' }]],
  ['with brackets and quotes in keys', [{ manager: 'a', fieldsV1: { 'k:{"name":"x"}': {}, 'v:"}],["': {} } }]],
  ['of no manager', []],
])('managedFields %s are left out, and nothing else', (_, managedFields) => {
  const annotations = { text: ',"managedFields":[{"manager":"x"}]' };
  const spec = { containers: [{ name: 'a', args: ['}]'] }] };
  for (const padding of ['', large]) {
    const items = [1, 2].map((id) => ({ metadata: { name: `p${id}`, annotations, managedFields }, spec, padding }));
    const read = itemsIn(JSON.stringify({ kind: 'PodList', metadata: {}, items }));
    expect(read?.map((item) => ({ ...(item as object), padding }))).toEqual(
      items.map((item) => ({ ...item, metadata: { name: item.metadata.name, annotations, ...keptOf(managedFields) } })),
    );
  }
});

/** What cannot be told apart from other text stays. */
function keptOf(managedFields: readonly unknown[]): { readonly managedFields?: readonly unknown[] } {
  const isTold = managedFields.length > 0 && !JSON.stringify(managedFields).includes('}],');
  return isTold ? {} : { managedFields };
}

test.each([
  ['HTML', '<html></html>'],
  ['nothing', ''],
  ['another object', '{"kind":"Pod"}'],
  ['an array', '[{"a":1}]'],
  ['broken behind the items', '{"items":[{"a":1}],'],
  ['broken before the items', '{"kind":}'],
  ['cut in an item', '{"metadata":{},"items":[{"a":1},{"b":'],
])('%s is no list', (_, body) => expect(readListPage(body)).toBeUndefined());

test('an item that is broken is undefined, and the others are read', () => {
  expect(itemsIn('{"metadata":{},"items":[{"a":1},{b},{"c":1}]}')).toEqual([{ a: 1 }, undefined, { c: 1 }]);
});

test('any list is read as a whole parse reads it', () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
  const rest = fc.dictionary(
    fc.string().filter((key) => !['items', 'metadata', '__proto__'].includes(key)),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(objects, rest, fc.boolean(), (items, others, isSpaced) => {
      const body = JSON.stringify({ ...others, metadata: {}, items }, undefined, isSpaced ? 1 : 0);
      expect(itemsIn(body)).toEqual((JSON.parse(body) as { items: unknown[] }).items);
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `{"items":[${text}`),
      ),
      (body) => {
        itemsIn(body);
      },
    ),
  );
});

test.each([
  ['{"metadata":{"resourceVersion":"41"},"items":[{"a":1}]}', '41'],
  ['{ "metadata": { "resourceVersion": "41" }, "items": [] }', '41'],
  ['{"items":[]}', ''],
])('the revision of %s is %j', (body, revision) => {
  expect(readListPage(body)?.resourceVersion).toBe(revision);
});
