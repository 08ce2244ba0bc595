import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/terminal/arguments.ts';
import type { TerminalCommand } from '../../src/terminal/command.ts';
import { helpText } from '../../src/terminal/help.ts';
import { terminalCommands } from '../../src/wire/terminal-commands/index.ts';

describe('the commands of the terminal', () => {
  it('have a file each, under their names', () => {
    const files = readdirSync(new URL('../../src/wire/terminal-commands/', import.meta.url))
      .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
      .map((name) => name.slice(0, -3));
    expect(files.length).toBeGreaterThan(0);
    expect(terminalCommands.map(({ name }) => name).toSorted()).toEqual(files.toSorted());
  });

  it('mean the same by a flag of the same name, and never take those of everything', () => {
    const seen = new Map<string, unknown>();
    for (const { flags } of terminalCommands) {
      for (const [name, flag] of Object.entries(flags)) {
        expect(['help', 'version']).not.toContain(name);
        expect({ name, flag: seen.get(name) ?? flag }).toEqual({ name, flag });
        seen.set(name, flag);
      }
    }
    const letters = [...seen.values()].flatMap((flag) => (flag as { short?: string }).short ?? []);
    expect(letters.toSorted()).toEqual([...new Set(letters)].toSorted());
    expect(letters).not.toContain('h');
    expect(letters).not.toContain('v');
  });

  it('are one file each: one that only a test knows is parsed, helped with, suggested and run', async () => {
    const told: unknown[] = [];
    const greet: TerminalCommand = {
      name: 'greet',
      section: 'questions',
      overview: ['greet NAME', 'says hello'],
      flags: { loudly: { type: 'boolean', short: 'l' } },
      help: 'Usage: imagecheck greet NAME [--loudly]\n',
      run: async ({ words, flags }) => told.push({ words, flags }),
    };
    const commands = [...terminalCommands, greet];
    const args = await parseArguments(['greet', 'ana', '-l'], commands);
    expect(args).toMatchObject({ command: 'greet', words: ['ana'], flags: { loudly: true } });
    expect(await commands.find(({ name }) => name === args.command)?.run(args, commands)).toBe(1);
    expect(told).toMatchObject([{ words: ['ana'], flags: { loudly: true } }]);
    expect(await helpText(undefined, commands)).toMatch(/^ {2}greet NAME {16}says hello$/m);
    expect(await helpText('greet', commands)).toBe(greet.help);
    await expect(parseArguments(['gret', 'ana'], commands)).rejects.toThrow('Did you mean greet?');
    await expect(parseArguments(['greet', '--loudy'], commands)).rejects.toThrow('Did you mean --loudly?');
    await expect(parseArguments(['check', 'web', '-l'], commands)).rejects.toThrow('check has no option --loudly');
    await expect(parseArguments(['greet', 'ana'], terminalCommands)).rejects.toThrow('Unknown command: greet');
  });
});
