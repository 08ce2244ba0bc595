const mostLines = 6;
const longestLine = 160;
/** The marks that every change writes; they say nothing about this one. */
const ownMark = /^[+-]\s*(?:imagecheck\.dev\/(?:last|earlier)-[a-z]+|kubernetes\.io\/change-cause|annotations):/;

/**
 * The changed lines of a unified diff, without headers, indentation and our own marks: a few of them, for a message.
 * Omitted lines are counted. An excerpt of an excerpt is the same, so it can take the place of the diff.
 */
export function diffExcerpt(diff: string): string {
  const lines = diff.split('\n');
  const changed = lines
    .filter((line) => /^[+-]/.test(line) && !/^(?:\+\+\+|---) /.test(line) && !ownMark.test(line))
    .map((line) => `${line.slice(0, 1)} ${line.slice(1).trim()}`);
  const left = changed.length - mostLines;
  return [
    ...changed.slice(0, mostLines).map((line) => shorter(line)),
    ...(left > 0 ? [`… ${left} more ${left === 1 ? 'line' : 'lines'}`] : []),
    ...lines.filter((line) => /^… \d+ more lines?$/.test(line)),
  ].join('\n');
}

function shorter(line: string): string {
  return line.length <= longestLine ? line : `${line.slice(0, longestLine - 1).toWellFormed()}…`;
}
