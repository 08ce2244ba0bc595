import { remedies } from '../remedies/index.ts';

/** Every remedy as it is typed; if it is too long for the column, its meaning is on a separate line. */
export function remedyLines(): string {
  const lines = remedies.all().flatMap(({ command }) => command?.terminal ?? []);
  const told = [...lines, ['undo ID', 'take back what a change did'] as const].map(([typed, meaning]) => {
    if (meaning === '') return `  ${typed}\n`;
    return typed.length < 45 ? `  ${typed.padEnd(46)}${meaning}\n` : `  ${typed}\n${' '.repeat(48)}${meaning}\n`;
  });
  return `Remedies:\n${told.join('')}`;
}
