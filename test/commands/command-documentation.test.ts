import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kindOf } from '../../src/commands/grammar/kinds.ts';
import { laterCommands, parseCommand } from '../../src/commands/parse.ts';

const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
// In a terminal `plan` and `fix` say what to do with the command behind them.
const examples = [...page.matchAll(/^(?:\/imagecheck|@imagecheck|imagecheck(?: (?:plan|fix))?) (.*)$/gm)].map(
  ([, text = '']) => text,
);

describe('docs/commands.md', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(15);
  });

  it.each(examples)('%s', (text) => {
    expect(parseCommand(text)).toMatchObject({ ok: true });
  });

  it('lists kinds that are known, and only later commands as later', () => {
    const kinds = [...page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].flatMap(([, kind = '', others = '']) => [
      kind,
      ...[...others.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
    ]);
    expect(kinds.length).toBeGreaterThan(18);
    for (const word of kinds) expect(kindOf(word), word).toBeDefined();
    const later = [...(/^Commands planned for later versions \((.*)\)/m.exec(page)?.[1]?.matchAll(/`([^`]+)`/g) ?? [])];
    expect(later.length).toBeGreaterThan(10);
    for (const [, word = ''] of later) expect(laterCommands, word).toContain(word);
  });
});
