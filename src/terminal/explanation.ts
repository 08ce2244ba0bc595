import type { Explanation } from '../explain/explain.ts';
import { mapStrings } from '../model/map-strings.ts';
import { type Paint, printable } from './paint.ts';

/** What a text means, as a person reads it in a terminal. */
export function renderExplanation(untrusted: Explanation, paint: Paint): string {
  const { cause, confidence, meaning, next, confirm, also } = mapStrings(untrusted, printable);
  const lines = [
    `${paint(['yellow', 'bold'], cause.replaceAll('_', ' ').toUpperCase())}: ${confidence}`,
    meaning,
    `${paint('cyan', 'Next:')} ${next}`,
    ...(confirm === undefined ? [] : [`${paint('cyan', 'Confirm:')} ${confirm}`]),
    ...(also.length === 0
      ? []
      : [`${paint('dim', 'Could also be:')} ${also.map((other) => other.replaceAll('_', ' ')).join(', ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}
