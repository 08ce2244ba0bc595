import { type Formatted, format, join, person, prose } from '../blocks/blocks.ts';

/** A sentence of ours that contains these people as `@ID`: Slack shows them by name. Everything else is escaped. */
export function withPeople(text: string, people: readonly string[], max = 400): Formatted {
  const parts = text.split(/(@[A-Z0-9]+)/).map((part) => {
    const user = part.slice(1);
    return part.startsWith('@') && people.includes(user) ? person(user) : proseWithSpaces(part, max);
  });
  return join(parts, '');
}

/** Spaces at both ends of a part of a sentence are kept. */
function proseWithSpaces(text: string, max: number): Formatted {
  const space = format` `;
  const [start, end] = [/^\s/.test(text) ? [space] : [], /\S\s+$/.test(text) ? [space] : []];
  return join([...start, prose(text, max), ...end], '');
}
