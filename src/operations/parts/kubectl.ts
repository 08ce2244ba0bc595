/**
 * Text as one word of a POSIX shell; line breaks, which no name contains, become spaces so that a command stays on one
 * line.
 */
export function shellWord(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return /^[\w@%+=:,./-]+$/.test(line) ? line : `'${line.replaceAll("'", `'\\''`)}'`;
}

/** `kubectl -n NAMESPACE word word`, quoted if necessary. */
export function kubectl(namespace: string, ...words: readonly string[]): string {
  return ['kubectl', '-n', namespace, ...words].map(shellWord).join(' ');
}
