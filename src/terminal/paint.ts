import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a piece of text; the identity where the output is no terminal. */
export type Paint = (style: Style, text: string) => string;

/** Colour only on a terminal, and never with `NO_COLOR` (no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, noColor: boolean): Paint {
  if (stream.isTTY !== true || noColor) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** Untrusted text on a terminal: control characters (escape sequences among them) become visible, lines stay lines. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\u{fffd}');
}
