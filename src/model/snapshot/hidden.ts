import { artifactIn, flagsOf, idlingIn, isReference, registryIn } from './readable.ts';

/** Words of a command that name a shell or a program which only waits. */
const plainWord =
  /^(?:(?:\/usr)?(?:\/local)?\/s?bin\/|\/)?(?:sh|ash|bash|dash|sleep|tail|pause|tini|dumb-init)$|^-c$|^--$/;

const alreadyHidden = /^\[(?:number|URL|PEM|JSON|text), \d+ characters?\]$/;

/** The kind and length of a value, `[text, 14 characters]`, in its place. */
export function hidden(value: string): string {
  if (value === '' || alreadyHidden.test(value)) return value;
  return `[${kindOf(value)}, ${value.length} ${value.length === 1 ? 'character' : 'characters'}]`;
}

function kindOf(value: string): string {
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return 'number';
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(value)) return 'URL';
  if (value.startsWith('-----BEGIN ')) return 'PEM';
  return /^\s*[{[]/.test(value) ? 'JSON' : 'text';
}

/** Whether a check reads this value of a variable. */
export function isRead(name: string, value: string): boolean {
  if (isReference(value) || registryIn(name, value) !== undefined) return true;
  return artifactIn(name.toUpperCase(), value) !== undefined;
}

/**
 * A command without what no check reads; kept are flags that name an artifact, and what shows that it only keeps the
 * container alive.
 */
export function hideWords(words: readonly string[]): readonly string[] {
  const read = new Set(flagsOf(words).flatMap(({ name, value, words: own }) => (isRead(name, value) ? own : [])));
  const idling = idlingIn(words);
  let start = 0;
  return words.map((word, index) => {
    const from = start;
    start += word.length + 1;
    if (read.has(index) || plainWord.test(word)) return word;
    const parts = idling.map(([first, last]) => word.slice(Math.max(0, first - from), Math.max(0, last - from)).trim());
    return parts.filter((part) => part !== '').join(' … ') || hidden(word);
  });
}
