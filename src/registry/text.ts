const shownParameters: ReadonlySet<string> = new Set(['service', 'scope', 'ns']);

/** Untrusted text on one line: control and format characters become spaces, at most `max` characters remain. */
export function printable(text: string, max = 300): string {
  const line = text
    .slice(0, max * 8)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\s]+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}

/**
 * A URL for messages: without user information and fragment, and with only `service`, `scope` and `ns` of the query,
 * because storage hosts put signatures in the query.
 */
export function redactUrl(url: URL): string {
  const kept = [...url.searchParams].filter(([name]) => shownParameters.has(name));
  const shown = kept.map(([name, value]) => `${name}=${value.replaceAll(/[&#\s]/g, '')}`).join('&');
  return printable(`${url.protocol}//${url.host}${url.pathname}${shown === '' ? '' : `?${shown}`}`, 500);
}
