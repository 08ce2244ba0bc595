const linkPattern = /<([^<>]*)>((?:[^,"]|"(?:[^"\\]|\\.)*")*)/g;
const relationPattern = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/**
 * The target of `rel="next"` in `Link` headers (RFC 8288; the distribution specification's paging), as written there:
 * often relative. Undefined on the last page. Never throws.
 */
export function nextLink(headers: readonly string[]): string | undefined {
  for (const header of headers) {
    for (const [, target = '', parameters = ''] of header.slice(0, 16_384).matchAll(linkPattern)) {
      const relation = relationPattern.exec(parameters);
      const names = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/);
      if (names.includes('next')) return target;
    }
  }
  return undefined;
}
