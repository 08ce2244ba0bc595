/** The text of a command as the person meant it: without the changes that Slack and keyboards made. */
export function plainText(text: string): string {
  const visible = text.replace(/[\u200b-\u200d\u2060\ufeff]/g, '').replace(/[\u00a0\u2000-\u200a\u202f\u3000]/g, ' ');
  const unlinked = visible
    .replace(/<(?:https?|ftp|mailto|tel):[^<>|]*\|([^<>]*)>/gi, '$1')
    .replace(/<(?:mailto:|tel:)([^<>|]*)>/gi, '$1')
    .replace(/<((?:https?|ftp):[^<>|]*)>/gi, '$1')
    .replace(/<(?:@|#|!subteam\^|!date\^)[^<>|]*\|([^<>]*)>/g, '$1')
    .replace(/<([@#][A-Z0-9]+)>/g, '$1')
    .replace(/<!(here|channel|everyone)(?:\|[^<>]*)?>/g, '@$1');
  return unlinked
    .replace(/&(amp|lt|gt);/g, (_all, name: string) => entities[name] ?? '')
    .replace(/[“”„‟″]/g, '"')
    .replace(/[‘’‚‛′]/g, "'")
    .replace(/—/g, '--')
    .replace(/[–‐‑−]/g, '-');
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' };

/** Without the mention of the bot, or the command itself, in front. Takes the text as Slack sends it. */
export function withoutAddress(text: string): string {
  return text.replace(/^\s*(?:<@[A-Z0-9]+(?:\|[^<>]*)?>[\s,:]*)?(?:\/imagecheck\b)?\s*/, '');
}

/** Words of a command line; quotes keep spaces together, an unpaired quote is dropped, backticks count as space. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s`])+/g)) {
    words.push(
      match[0].replace(/"([^"]*)"|'([^']*)'|["']/g, (_all, double?: string, single?: string) => double ?? single ?? ''),
    );
  }
  return words;
}
