/**
 * A text of at most `max` characters; a longer one ends with `…`. The result holds no memory of a longer one: engines
 * keep the whole text for as long as a slice of it lives.
 */
export function atMost(text: string, max: number): string {
  if (text.length <= max) return text;
  // Not between the halves of a character.
  const start = text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '');
  return `${JSON.parse(JSON.stringify(start)) as string}…`;
}
