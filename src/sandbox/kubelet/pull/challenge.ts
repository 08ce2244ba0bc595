/** One way to authenticate that a server offers (RFC 9110, 11.6.1). */
export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Reads `WWW-Authenticate` as containerd does: one challenge per header line, parameters as token or quoted string,
 * Bearer before Basic. Never throws; unreadable parts are skipped.
 */
export function parseChallenges(lines: readonly string[]): readonly Challenge[] {
  const found = lines.flatMap((line): readonly Challenge[] => {
    const [, scheme = '', rest = ''] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(.*)$/s.exec(line) ?? [];
    const name = scheme.toLowerCase();
    return name === 'basic' || name === 'bearer' ? [{ scheme: name, parameters: parameters(rest) }] : [];
  });
  return [...found.filter(({ scheme }) => scheme === 'bearer'), ...found.filter(({ scheme }) => scheme === 'basic')];
}

function parameters(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const pattern = /\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]*))\s*(,|$)/sy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [whole, key = '', quoted, token = ''] = match;
    found[key.toLowerCase()] = quoted === undefined ? token : quoted.replace(/\\(.)/gs, '$1');
    if (whole === '') break;
  }
  return found;
}
