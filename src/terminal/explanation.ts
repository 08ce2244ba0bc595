import type { Explanation } from '../explain/explain.ts';
import { mapStrings } from '../model/values/map-strings.ts';
import { type Paint, printableLines } from './paint.ts';
import { wrap } from './wrap.ts';

/** The meaning of a text, as shown in a terminal. */
export function renderExplanation(untrusted: Explanation, paint: Paint, widthColumns: number): string {
  const { cause, confidence, meaning, next, confirm, also } = mapStrings(untrusted, printableLines);
  const line = (text: string) => wrap(text, Math.min(Math.max(widthColumns, 40), 120), { first: '', rest: '  ' });
  const lines = [
    `${paint(['yellow', 'bold'], cause.replaceAll('_', ' ').toUpperCase())}: ${confidence}`,
    ...line(meaning),
    ...line(`${paint('cyan', 'Fix:')} ${next}`),
    ...(confirm === undefined ? [] : line(`${paint('cyan', 'Confirm:')} ${confirm}`)),
    ...(also.length === 0
      ? []
      : line(`${paint('dim', 'Could also be:')} ${also.map((other) => other.replaceAll('_', ' ')).join(', ')}`)),
  ];
  return `${lines.join('\n')}\n`;
}
