import { parseArgs } from 'node:util';
import { UserError } from '../errors.ts';
import { nearestNames } from '../model/text/nearest-names.ts';
import type { CommandLine, Flag, TerminalCommand } from './command.ts';

/**
 * Splits a command line. A kind of workload may take the place of the command (`imagecheck deployment web`), as in
 * Slack. Throws a `UserError` that names the word and what would have been accepted.
 */
export async function parseArguments(
  argv: readonly string[],
  commands: readonly TerminalCommand[],
): Promise<CommandLine> {
  const [first = 'help', ...rest] = argv;
  if (first === '--help' || first === '-h') return { command: 'help', words: [], flags: {} };
  if (first === '--version' || first === '-v') return { command: 'version', words: [], flags: {} };
  const named = commands.find(({ name }) => name === first);
  if (named === undefined && !(await namesKind(first))) throw unknownCommand(first, commands);
  const command = named ?? commands.find(({ name }) => name === 'check');
  if (command === undefined) throw unknownCommand(first, commands);
  const { values, positionals } = split(command, named === undefined ? argv : rest, commands);
  refuseStrangers(command, Object.keys(values));
  if (values['help'] === true) return { command: 'help', words: [command.name], flags: {} };
  return { command: command.name, words: positionals, flags: values };
}

/** Loaded only for words that aren't commands, so that commands start quickly. */
async function namesKind(word: string): Promise<boolean> {
  const { kindOf } = await import('../commands/grammar/kinds.ts');
  return kindOf(word.split('/', 1)[0] ?? '') !== undefined;
}

function unknownCommand(word: string, commands: readonly TerminalCommand[]): UserError {
  const names = commands.map(({ name }) => name);
  const [near] = nearestNames(word, names, 1);
  return new UserError(`Unknown command: ${word}.${near === undefined ? '' : ` Did you mean ${near}?`}`, {
    remedy: `Commands: ${names.join(', ')}. For a workload type: imagecheck check KIND/NAME -n NAMESPACE`,
  });
}

function refuseStrangers(command: TerminalCommand, given: readonly string[]): void {
  for (const name of given) {
    if (name === 'help' || Object.hasOwn(command.flags, name)) continue;
    throw new UserError(`imagecheck ${command.name} has no option --${name}.`, { remedy: optionsOf(command) });
  }
}

function optionsOf({ flags }: TerminalCommand): string {
  const names = Object.keys(flags);
  if (names.length === 0) return 'It takes no options.';
  return `It knows: ${names.map((name) => `--${name}`).join(' ')}.`;
}

/** Flags of other commands are split as well, so that the mistake can be named. */
function split(command: TerminalCommand, argv: readonly string[], commands: readonly TerminalCommand[]) {
  const general: Readonly<Record<string, Flag>> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  };
  const options = Object.assign({}, general, ...commands.map(({ flags }) => flags)) as typeof general;
  const withOwnValue = (word: string): string => {
    const alone = word.startsWith('--') ? options[word.slice(2)]?.alone : undefined;
    return alone === undefined ? word : `${word}=${alone}`;
  };
  try {
    return parseArgs({ args: argv.map(withOwnValue), options, allowPositionals: true, strict: true });
  } catch (error) {
    const stranger = /^Unknown option '(-[^']*)'/.exec(error instanceof Error ? error.message : '')?.[1];
    if (stranger === undefined) {
      const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
      throw new UserError(`imagecheck ${command.name}: ${reason}.`, { remedy: optionsOf(command), cause: error });
    }
    const [near] = nearestNames(stranger.replace(/^-+/, ''), Object.keys(command.flags), 1);
    throw new UserError(
      `imagecheck ${command.name} has no option ${stranger}.${near === undefined ? '' : ` Did you mean --${near}?`}`,
      { remedy: optionsOf(command), cause: error },
    );
  }
}
