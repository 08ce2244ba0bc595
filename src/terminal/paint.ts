import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a piece of text; returns it unchanged if the output isn't a terminal. */
export type Paint = (style: Style, text: string) => string;

/** Colour only on a terminal that shows it: not with `NO_COLOR` (no-color.org) or `TERM=dumb`, which Node itself reads. */
export function paintFor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Paint {
  return stream.isTTY === true ? (style, text) => styleText(style, text, { stream }) : (_style, text) => text;
}

/** C0 and C1 controls except tab and newline, and marks that change the direction of text. */
const invisible = /(?![\t\n])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Untrusted text on a terminal: control characters (including escape sequences) become visible, lines stay lines. */
export function printableLines(text: string): string {
  return text.replace(invisible, '\u{fffd}');
}

/**
 * JSON that a terminal shows instead of obeying it: characters that JSON itself leaves unescaped (C1 controls and marks
 * that change the direction) are escaped, so the value stays the same.
 */
export function printableJson(value: unknown, indent?: number): string {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, undefined, indent).replace(invisible, escape);
}

/** How many columns a text takes: colour sequences take none. */
export function columnsOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
