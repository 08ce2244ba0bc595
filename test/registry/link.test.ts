import { array, assert, property, string, webUrl } from 'fast-check';
import { expect, test } from 'vitest';
import { nextLink } from '../../src/registry/link.ts';

test.each([
  { header: '</v2/a/tags/list?n=2&last=b>; rel="next"', next: '/v2/a/tags/list?n=2&last=b' },
  { header: '<https://r/x>; rel=next', next: 'https://r/x' },
  { header: '<https://r/p>; rel="prev", <https://r/n>; title="a, b"; rel="next"', next: 'https://r/n' },
  { header: '<https://r/n>; rel="last next"', next: 'https://r/n' },
  { header: '<https://r/n>;REL="NEXT"', next: 'https://r/n' },
  { header: '<https://r/n>', next: undefined },
  { header: 'https://r/n; rel="next"', next: undefined },
  { header: '', next: undefined },
])('$header', ({ header, next }) => {
  expect(nextLink([header])).toBe(next);
});

test('no text makes it throw, and any URL is read back', () => {
  assert(
    property(array(string({ unit: 'binary-ascii' })), (headers) => {
      nextLink(headers);
    }),
  );
  assert(
    property(webUrl({ withQueryParameters: true }), (url) => {
      expect(nextLink([`<https://a/>; rel="prev", <${url}>; rel="next"`])).toBe(url);
    }),
  );
});
