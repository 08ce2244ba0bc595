import type { ActionsBlock, Button, ContextBlock, KnownBlock, PlainTextElement, SectionBlock } from '@slack/types';

/** Slack's limits, which the builders below respect (docs/facts/slack.md#limits). */
export const limits = {
  blocksPerMessage: 50,
  /** Sum of all text in the blocks of a message; Slack answers `msg_blocks_too_long` near 13,200. */
  messageText: 12_000,
  /** Ours: a click brings its whole message along, and the bot reads no more than 1 MB of a request. */
  messageBytes: 60_000,
  actionsBytes: 40_000,
  sectionText: 3000,
  contextElements: 10,
  buttonText: 75,
  buttonValue: 2000,
  optionText: 75,
  optionValue: 75,
  options: 100,
  fallbackText: 4000,
  modalTitle: 24,
  privateMetadata: 3000,
} as const;

/**
 * Text in Slack's markup, already escaped. Created only by `format`, `prose`, `code`, `codeBlock`, `person`, `channel`,
 * `moment`.
 */
export interface Formatted {
  readonly formatted: string;
}

/** A message ready to send: blocks, and the text for notifications and screen readers. */
export interface Drawn {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Template tag: the literal parts are markup; interpolated strings and numbers are untrusted and become `prose`. */
export function format(
  literals: TemplateStringsArray,
  ...values: readonly (Formatted | string | number | undefined)[]
): Formatted {
  const parts = literals.map((literal, index) => {
    const value = values[index];
    if (value === undefined) return literal;
    return literal + (typeof value === 'object' ? value : prose(String(value))).formatted;
  });
  return { formatted: parts.join('') };
}

/** Untrusted text in a sentence: one line, and nothing in it formats, pings or links. */
export function prose(text: string, max = 600): Formatted {
  const line = visible(text).replaceAll(/\s+/gu, ' ').trim();
  return { formatted: escapeCut(withoutMarks(line), max) };
}

/** Untrusted text for copying, such as an image: a code span. */
export function code(text: string, max = 300): Formatted {
  const line = visible(text).replaceAll(/\s+/gu, ' ').trim().replaceAll('`', 'ˋ');
  return { formatted: `\`${escapeCut(line === '' ? ' ' : line, max)}\`` };
}

/** Untrusted text of several lines. */
export function codeBlock(text: string, max = 1500): Formatted {
  const lines = visible(text).replaceAll('`', 'ˋ').trim();
  return { formatted: `\`\`\`\n${escapeCut(lines === '' ? ' ' : lines, max)}\n\`\`\`` };
}

/** Mentions a person, and so notifies them; anything that isn't a user id is shown as text. */
export function person(user: string): Formatted {
  return /^[UW][A-Z0-9]{1,30}$/.test(user) ? { formatted: `<@${user}>` } : prose(user, 80);
}

/** Links to a channel by its id. */
export function channel(id: string): Formatted {
  return /^[CG][A-Z0-9]{1,30}$/.test(id) ? { formatted: `<#${id}>` } : prose(id, 80);
}

/**
 * A point in time, shown in the reader's own time zone; UTC if Slack cannot do that. Untrusted text that isn't a date
 * stays text.
 */
export function moment(iso: string): Formatted {
  const date = new Date(iso);
  const seconds = Math.floor(date.getTime() / 1000);
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > 32_503_680_000) return prose(iso, 60);
  const utc = `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return { formatted: `<!date^${seconds}^{date_short_pretty} {time}|${utc}>` };
}

/** ` and 3 more`, or an empty text: for lists that were cut. */
export function andMore(count: number): Formatted {
  return count > 0 ? format` and ${count} more` : format``;
}

/** Joins parts with a separator that is markup. */
export function join(parts: readonly Formatted[], separator: string): Formatted {
  return { formatted: parts.map((part) => part.formatted).join(separator) };
}

/** As many sections as the lines need; a line is split only if it is too long on its own. */
export function sections(lines: readonly Formatted[]): SectionBlock[] {
  const texts: string[] = [];
  for (const { formatted } of lines) {
    const line = cutFormatted(formatted, limits.sectionText);
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= limits.sectionText) {
      texts[texts.length - 1] = `${last}\n${line}`;
    } else if (line.trim() !== '') {
      texts.push(line);
    }
  }
  return texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }));
}

/** Small grey lines. */
export function context(lines: readonly Formatted[]): ContextBlock[] {
  const texts = lines.map((line) => line.formatted).filter((text) => text.trim() !== '');
  if (texts.length === 0) return [];
  return [
    {
      type: 'context',
      elements: texts
        .slice(0, limits.contextElements)
        .map((text) => ({ type: 'mrkdwn', text: cutFormatted(text, 1500), verbatim: true })),
    },
  ];
}

/** Plain text of a label; empty labels do not exist in Slack. */
export function label(text: string, max: number): PlainTextElement {
  const line = visible(text).replaceAll(/\s+/gu, ' ').trim();
  const cut = cutPlain(line, max);
  return { type: 'plain_text', text: cut === '' ? '-' : cut, emoji: false };
}

/** A button; undefined if its value would not fit, because half a value is worse than no button. */
export function button(
  actionId: string,
  text: string,
  value: string,
  style?: 'primary' | 'danger',
): Button | undefined {
  if (value.length > limits.buttonValue || actionId.length > 255) return undefined;
  return {
    type: 'button',
    action_id: actionId,
    text: label(text, limits.buttonText),
    value,
    ...(style === undefined ? {} : { style }),
  };
}

/** The same button with a confirmation dialog; its texts are ours. */
export function confirmed(
  one: Button | undefined,
  ask: { readonly title: string; readonly text: Formatted; readonly yes: string; readonly no: string },
): Button | undefined {
  if (one === undefined) return undefined;
  return {
    ...one,
    confirm: {
      title: label(ask.title, 100),
      text: { type: 'mrkdwn', text: cutFormatted(ask.text.formatted, 300), verbatim: true },
      confirm: label(ask.yes, 30),
      deny: label(ask.no, 30),
    },
  };
}

const buttonsPerRow = 5;

/** Rows of buttons; the last ones are left out if they would be too much for one message. */
export function actions(buttons: readonly (Button | undefined)[]): ActionsBlock[] {
  let bytes = 0;
  const present = buttons
    .filter((one) => one !== undefined)
    .filter((one) => {
      bytes += bytesOf(one);
      return bytes <= limits.actionsBytes;
    });
  const rows: ActionsBlock[] = [];
  for (let at = 0; at < present.length; at += buttonsPerRow) {
    rows.push({ type: 'actions', elements: present.slice(at, at + buttonsPerRow) });
  }
  return rows;
}

/**
 * A message within Slack's limits. `tail` (buttons, mentions) is always kept; the part of `body` that does not fit is
 * left out, and `omitted` says so.
 */
export function message(parts: {
  readonly text: Formatted;
  readonly body: readonly KnownBlock[];
  readonly tail?: readonly KnownBlock[];
  readonly omitted?: Formatted;
}): Drawn {
  const tail = parts.tail ?? [];
  const note = context([parts.omitted ?? format`Slack's limits leave no room for the rest.`]);
  const text = cutFormatted(parts.text.formatted, limits.fallbackText).trim() || 'imagecheck';
  const room = {
    blocks: limits.blocksPerMessage - tail.length,
    text: limits.messageText - sizeOf(tail),
    bytes: limits.messageBytes - bytesOf({ text, blocks: [...note, ...tail] }),
  };
  if (parts.body.length <= room.blocks && sizeOf(parts.body) <= room.text && bytesOf(parts.body) <= room.bytes) {
    return { text, blocks: [...parts.body, ...tail] };
  }
  const kept: KnownBlock[] = [];
  let size = sizeOf(note);
  let bytes = 0;
  for (const block of parts.body) {
    size += sizeOf([block]);
    bytes += bytesOf(block) + 1;
    if (size > room.text || bytes > room.bytes || kept.length + note.length >= room.blocks) break;
    kept.push(block);
  }
  return { text, blocks: [...kept, ...note, ...tail] };
}

/** Number of characters that Slack counts in these blocks: every string under a `text` key. */
function sizeOf(blocks: readonly KnownBlock[]): number {
  let size = 0;
  JSON.stringify(blocks, (key, value: unknown) => {
    if (key === 'text' && typeof value === 'string') size += value.length;
    return value;
  });
  return size;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Characters that would format prose are replaced by similar ones; text to be copied goes into `code` instead. */
function withoutMarks(line: string): string {
  return line
    .replaceAll('`', 'ˋ')
    .replaceAll('*', '∗')
    .replaceAll('~', '∼')
    .replaceAll(/(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])/gu, 'ˍ')
    .replace(/^>+/, (quote) => '›'.repeat(quote.length));
}

/**
 * Removes invisible characters: control characters, zero-width and bidirectional marks (which reorder what people
 * read), tag characters, lone surrogates. Newlines and tabs stay.
 */
function visible(text: string): string {
  return text
    .slice(0, 100_000)
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/(?!\u{200D})[\p{Cf}\p{Co}\p{Cn}\u{115F}\u{1160}\u{3164}\u{FFA0}]/gu, '')
    .replaceAll(/(?<!\p{Extended_Pictographic}\u{FE0F}?)\u{200D}|\u{200D}(?!\p{Extended_Pictographic})/gu, '');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escaped, and at most `max` characters long after escaping; never cuts a character or entity in half. */
function escapeCut(text: string, max: number): string {
  let escaped = '';
  let cut = '';
  for (const character of text) {
    escaped += entities[character] ?? character;
    if (escaped.length > max) return `${cut}…`;
    if (escaped.length < max) cut = escaped;
  }
  return escaped;
}

/** Cuts plain text between characters. */
function cutPlain(text: string, max: number): string {
  return text.length <= max ? text : `${wholeCharacters(text, max - 1)}…`;
}

function wholeCharacters(text: string, max: number): string {
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

/** Cuts markup without splitting an entity, a `<…>` or a code span. */
function cutFormatted(formatted: string, max: number): string {
  if (formatted.length <= max) return formatted;
  const room = wholeCharacters(formatted, max - 8);
  const whole = room.replace(/<[^<>]*$/u, '').replace(/&[a-z]{0,3}$/u, '');
  const fences = whole.split('```').length - 1;
  if (fences % 2 === 1) return `${whole.replace(/`{1,2}$/u, '')}…\n\`\`\``;
  const ticks = whole.replaceAll('```', '').split('`').length - 1;
  return `${whole}…${ticks % 2 === 1 ? '`' : ''}`;
}
