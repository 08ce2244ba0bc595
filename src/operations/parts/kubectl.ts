/** Text as one word of a POSIX shell; line breaks, which no name has, become spaces so that a command stays one line. */
export function shellWord(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return /^[\w@%+=:,./-]+$/.test(line) ? line : `'${line.replaceAll("'", `'\\''`)}'`;
}

/** `kubectl -n NAMESPACE word word`, quoted where it must be. */
export function kubectl(namespace: string, ...words: readonly string[]): string {
  return ['kubectl', '-n', namespace, ...words].map(shellWord).join(' ');
}
