import { columnsOf } from './paint.ts';

/** The prefix of a paragraph: on its first line, and on the following lines. */
export interface Margin {
  readonly first: string;
  readonly rest: string;
}

/** Longer paragraphs are cut: nobody reads them in a terminal, and `--json` has them in full. */
const longest = 2_000;

/** Wraps at spaces; a word longer than the line (a digest) is kept whole so that it can be copied. */
export function wrap(text: string, widthColumns: number, margin: Margin): readonly string[] {
  const lines: string[] = [];
  let prefix = margin.first;
  let line = '';
  for (const word of clip(text).split(/[ \t\n]+/)) {
    if (line !== '' && columnsOf(prefix) + columnsOf(line) + 1 + columnsOf(word) > widthColumns) {
      lines.push(prefix + line);
      prefix = margin.rest;
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, prefix + line];
}

function clip(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
