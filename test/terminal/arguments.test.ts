import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { parseArguments } from '../../src/terminal/arguments.ts';
import { helpText } from '../../src/terminal/help.ts';
import { terminalCommands } from '../../src/wire/terminal-commands/index.ts';

const words = (line: string) => (line === '' ? [] : line.split(' '));

test.each<[string, object]>([
  ['', { command: 'help', words: [] }],
  ['--help', { command: 'help', words: [] }],
  ['-h', { command: 'help' }],
  ['--version', { command: 'version' }],
  ['check deployment/web -n prod', { command: 'check', words: ['deployment/web'], flags: { namespace: 'prod' } }],
  [
    'check -w --strict --json web',
    { command: 'check', words: ['web'], flags: { watch: true, strict: true, json: true } },
  ],
  ['check --help', { command: 'help', words: ['check'] }],
  ['deployment web -n prod', { command: 'check', words: ['deployment', 'web'], flags: { namespace: 'prod' } }],
  ['sts/db --json', { command: 'check', words: ['sts/db'], flags: { json: true } }],
  ['image nginx as shop/default', { command: 'image', words: ['nginx', 'as', 'shop/default'] }],
  ['explain -- --not-an-option', { command: 'explain', words: ['--not-an-option'] }],
])('%s', async (line, expected) => {
  expect(await parseArguments(words(line), terminalCommands)).toMatchObject(expected);
});

describe('mistakes say what to type', () => {
  test.each([
    ['chekc web', /Unknown command: chekc\. Did you mean check\?/, /imagecheck check KIND\/NAME -n NAMESPACE/],
    ['frobnicate', /Unknown command: frobnicate\.$/, /Commands: check, image, explain/],
    ['constructor', /Unknown command: constructor/, /Commands:/],
    ['check web --jsno', /no option --jsno\. Did you mean --json\?/, /--kubeconfig/],
    ['check web --port 3', /imagecheck check has no option --port\./, /It knows: --namespace/],
    ['check web -n', /argument missing/, /It knows/],
    ['check web --json=yes', /does not take an argument/, /It knows/],
    ['version --json', /no option --json/, /It takes no options\./],
  ])('%s', async (line, message, remedy) => {
    const error = await parseArguments(words(line), terminalCommands).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).remedy).toMatch(remedy);
  });
});

const commandNames = terminalCommands.map(({ name }) => name);

test('help names every command, and every option that a command knows', async () => {
  for (const command of commandNames) expect(await helpText(undefined, terminalCommands)).toContain(command);
  for (const command of commandNames.filter((name) => name !== 'help' && name !== 'version')) {
    const error = await parseArguments([command, '--no-such-option'], terminalCommands).catch(
      (thrown: unknown) => thrown as UserError,
    );
    const options = (error as UserError).remedy?.match(/--[a-z-]+/g) ?? [];
    expect(options.length).toBeGreaterThan(0);
    const help = await helpText(command, terminalCommands);
    expect(options.filter((option) => !help.includes(option))).toEqual([]);
    expect(help).toMatch(/^Usage: imagecheck/);
  }
  await expect(helpText('constructor', terminalCommands)).rejects.toThrow(/no command constructor/);
  await expect(helpText('chek', terminalCommands)).rejects.toThrow(
    expect.objectContaining({ remedy: 'Did you mean imagecheck help check?' }),
  );
});
