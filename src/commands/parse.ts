import { editDistance } from '../model/text/nearest-names.ts';
import { isLabel } from '../model/workload/kubernetes-names.ts';
import { workloadKinds } from '../model/workload/workload.ts';
import { nothingNamed, readCheck } from './check.ts';
import type { Command, ParsedCommand } from './command.ts';
import { kindOf } from './grammar/kinds.ts';
import { type Mistake, mistake, takeOptions, type Words } from './grammar/options.ts';
import { plainText, splitWords, withoutAddress } from './grammar/text.ts';
import { badName, type CommandDefaults, cutWord, places } from './grammar/workload.ts';
import { commands, remedyWords, spellingsOf } from './index.ts';

interface Options {
  readonly defaults?: CommandDefaults;
}

/** Characters of a command, unless it takes a text; names of everything that can be named fit in. */
const longestCommand = 4096;

/** Commands that the grammar knows but this version does not support yet. */
export const laterCommands: readonly string[] = [
  'namespace',
  'ns',
  'cluster',
  'bundle',
  'registry',
  'streaming',
  'credentials',
  'pipeline',
  'where',
  'wait',
  'alerts',
  'mint',
  'convert',
  'cancel',
  'restore',
];

/** Parses a command as Slack delivers it, from a slash command or a mention. Never throws. */
export function parseCommand(text: string, options: Options = {}): ParsedCommand {
  const plain = plainText(withoutAddress(text)).trim();
  const [, first = '', rest = ''] = /^(\S+)(?:\s+(.*))?$/s.exec(plain) ?? [];
  return readText(first, rest, options) ?? parseWords(splitWords(plain), options);
}

/** Parses the words of a terminal's command line, which need no unwrapping. Never throws. */
export function parseWords(words: readonly string[], options: Options = {}): ParsedCommand {
  const [first = '', ...others] = words;
  const text = readText(first, others.join(' '), options);
  if (text !== undefined) return text;
  if (words.join(' ').length > longestCommand) {
    return mistake(`This is too long for a command: it may have at most ${longestCommand} characters.`);
  }
  const taken = takeOptions(words);
  if ('ok' in taken) return taken;
  return invalidOption(taken) ?? readWords(taken, options.defaults ?? {});
}

/** The command in its canonical spelling: `parseCommand` gives the same command back. */
export function formatCommand(command: Command): string {
  for (const entry of commands.all()) {
    const words = entry.format(command);
    if (words !== undefined) return words.join(' ');
  }
  // Only a record of a newer version contains an unknown remedy.
  return command.type === 'change' ? command.remedy : command.type;
}

/** Its name in the rules of `policy.ask`. */
export function permissionOf(command: Command): string {
  return commands.all().find((entry) => entry.format(command) !== undefined)?.permission ?? formatCommand(command);
}

/** Whether a typed command opens a form; decided by the text alone, because a trigger expires quickly. */
export function opensForm(text: string): boolean {
  const parsed = parseCommand(text);
  return parsed.ok && commands.all().some((entry) => entry.opensForm(parsed.command));
}

/** A command that takes everything after it as one text; undefined if the word starts none. */
function readText(word: string, text: string, { defaults = {} }: Options): ParsedCommand | undefined {
  const entry = commands.find(word.toLowerCase());
  return entry?.takesText === true
    ? entry.read({ positional: [word, text], dm: false }, defaults, unknownCommand)
    : undefined;
}

function readWords(words: Words, defaults: CommandDefaults): ParsedCommand {
  const [first = '', second] = words.positional;
  const word = first.toLowerCase();
  if (word === '' && words.namespace === undefined && words.cluster === undefined) {
    return { ok: true, command: { type: 'help' } };
  }
  if (word === '') return nothingNamed();
  const entry = commands.find(word);
  if (entry !== undefined) return entry.read(words, defaults, unknownCommand);
  if (laterCommands.includes(word)) return notYet(word, words);
  const isKind = kindOf(first.split('/', 1)[0] ?? '') !== undefined;
  if (second === undefined && !isKind && misspelt(word) !== undefined) return unknownCommand(words);
  return readCheck(words, defaults, unknownCommand);
}

function invalidOption({ namespace, cluster }: Words): Mistake | undefined {
  if (namespace !== undefined && !isLabel(namespace)) return badName('namespace', namespace);
  if (cluster !== undefined && !isLabel(cluster)) return badName('cluster', cluster);
  return undefined;
}

function notYet(word: string, words: Words): Mistake {
  const named = words.positional.length === 1 ? ` For a workload of that name: \`check ${word}\`.` : '';
  return mistake(`\`${word}\` is not available yet in this version.${named}`);
}

function unknownCommand(words: Words): Mistake {
  const [first = '', ...others] = words.positional;
  const elsewhere = knownElsewhere(first.toLowerCase(), words);
  if (elsewhere !== undefined) return elsewhere;
  const near = misspelt(first.toLowerCase());
  const only = others.length === 0 ? ` For a workload of that name: \`check ${cutWord(first)}\`.` : '';
  const message = `\`${cutWord(first)}\` is neither a command nor a kind of workload.${only}`;
  return mistake(message, near === undefined ? undefined : [near, ...others, ...places(words)].join(' '));
}

/** Other names for it in other tools, the terminal or the buttons; a word alone may be the name of a workload. */
function knownElsewhere(word: string, words: Words): Mistake | undefined {
  const [, ...others] = words.positional;
  if (others.length === 0) return undefined;
  const said = (first: readonly string[]) => [...first, ...others, ...places(words)].join(' ');
  switch (word) {
    case 'approve':
    case 'reject':
      return mistake(`A plan is approved and rejected with the buttons below it; \`approvals\` lists what waits.`);
    case 'plan':
    case 'fix':
      return mistake(
        `There is no \`${word}\` here: each remedy shows its plan, and waits for approval: ${remedyWords()
          .map((each) => `\`${each}\``)
          .join(', ')} or \`undo\`.`,
        commands.find(others[0] ?? '') === undefined ? undefined : said([]),
      );
    case 'restart':
      return mistake('A restart that pulls again is `repull`.', said(['repull']));
    default:
      return undefined;
  }
}

/** The kind or command that a word almost spells. Short words need to be closer, because names are also short. */
function misspelt(word: string): string | undefined {
  if (word.length < 3 || word.length > 20 || commands.find(word) !== undefined || kindOf(word) !== undefined)
    return undefined;
  return [...workloadKinds.map((kind) => kind.toLowerCase()), ...commands.all().flatMap(spellingsOf)]
    .map((known) => ({ known, distance: editDistance(word, known) }))
    .filter(({ known, distance }) => distance <= (known.length > 6 ? 2 : 1) && distance < word.length / 2)
    .sort((a, b) => a.distance - b.distance)[0]?.known;
}
