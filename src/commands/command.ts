import type { Target } from '../model/ask/ask.ts';
import { parseImage } from '../model/image/image.ts';
import { editDistance } from '../model/text/nearest-names.ts';
import { defined } from '../model/values/defined.ts';
import { isLabel, isSubdomain } from '../model/workload/kubernetes-names.ts';
import type { WorkloadKind } from '../model/workload/workload.ts';
import { type ChangeCommand, formatChange, isChangeWord, readChange } from './command-change.ts';
import { type Mistake, mistake, takeOptions, type Words } from './command-options.ts';
import { plainText, splitWords, withoutAddress } from './command-text.ts';
import { isCommandWord, kindOf, laterCommands, suggestedWords } from './command-words.ts';
import { badName, type CommandDefaults, notAName, otherKind, places, readTarget, shown } from './command-workload.ts';

export type { ChangeCommand } from './command-change.ts';
export type { CommandDefaults } from './command-workload.ts';

/** What a person asks for: the same for slash command, mention and terminal. */
export type Command =
  | { readonly type: 'ask'; readonly target: Target; readonly cluster?: string; readonly dm: boolean }
  | {
      /** A kind without a name: choose from a picker. */
      readonly type: 'pick';
      readonly kind: WorkloadKind;
      readonly namespace?: string;
      readonly cluster?: string;
      readonly dm: boolean;
    }
  | ChangeCommand
  | { readonly type: 'explain'; readonly text: string }
  | { readonly type: 'use'; readonly cluster?: string; readonly namespace?: string }
  | { readonly type: 'help'; readonly topic?: string };

export type ParsedCommand = { readonly ok: true; readonly command: Command } | Mistake;

/** Parses a command as Slack delivers it, from a slash command or a mention. Never throws. */
export function parseCommand(text: string, options: { readonly defaults?: CommandDefaults } = {}): ParsedCommand {
  const plain = plainText(withoutAddress(text)).trim();
  const explained = /^explain(?:\s+(.*))?$/is.exec(plain);
  return explained === null ? parseWords(splitWords(plain), options) : explain(explained[1] ?? '');
}

/** Parses the words of a terminal's command line, where nothing has to be unwrapped. Never throws. */
export function parseWords(
  words: readonly string[],
  options: { readonly defaults?: CommandDefaults } = {},
): ParsedCommand {
  const [first = '', ...others] = words;
  if (first.toLowerCase() === 'explain') return explain(others.join(' '));
  const taken = takeOptions(words);
  if ('ok' in taken) return taken;
  const invalid = invalidOption(taken);
  return invalid ?? dispatch(taken, options.defaults ?? {}, false);
}

/** The command in its canonical spelling: `parseCommand` gives the same command back. */
export function formatCommand(command: Command): string {
  if (command.type === 'explain') return `explain ${command.text}`;
  if (command.type === 'help') return command.topic === undefined ? 'help' : `help ${command.topic}`;
  if (command.type === 'use') return ['use', ...places(command)].join(' ');
  if (command.type === 'pick') return [command.kind.toLowerCase(), ...places(command)].join(' ');
  if (command.type !== 'ask') return formatChange(command);
  return [...formatTarget(command.target), ...places(command)].join(' ');
}

function formatTarget(target: Target): readonly string[] {
  if (target.type === 'image') {
    const { reference, as } = target;
    return ['image', reference, ...(as === undefined ? [] : ['as', `${as.namespace}/${as.serviceAccount}`])];
  }
  const { kind, namespace, name } = target;
  if (kind === undefined && namespace !== undefined && kindOf(name) !== undefined)
    return ['check', `${namespace}/${name}`];
  return [kind?.toLowerCase() ?? 'check', name, ...places({ namespace })];
}

function explain(text: string): ParsedCommand {
  const trimmed = text.trim();
  return trimmed === ''
    ? mistake('Paste the error after `explain`: `explain Failed to pull image "web": …`.')
    : { ok: true, command: { type: 'explain', text: trimmed } };
}

function dispatch(words: Words, defaults: CommandDefaults, checked: boolean): ParsedCommand {
  const [first = '', second, ...more] = words.positional;
  const word = first.toLowerCase();
  if (!checked) {
    if (word === '') return words.namespace === undefined && words.cluster === undefined ? help() : nothingNamed();
    if (word === 'help') return help(second);
    if (word === 'use') return use(words);
    if (word === 'image') return image(words, defaults);
    if (word === 'check') return dispatch({ ...words, positional: words.positional.slice(1) }, defaults, true);
    if (isChangeWord(word)) return readChange(word, words, defaults);
    if (laterCommands.includes(word)) return notYet(word, words);
  }
  if (word === '') return nothingNamed();
  const other = otherKind(words.positional, 'checked', (named) => ['check', ...named, ...places(words)].join(' '));
  if (other !== undefined) return other;
  const slash = first.indexOf('/');
  const kind = kindOf(slash < 0 ? first : first.slice(0, slash));
  if (kind !== undefined && slash >= 0)
    return workload(kind, first.slice(slash + 1), [second, ...more], words, defaults);
  if (kind !== undefined && second !== undefined) return workload(kind, second, more, words, defaults);
  if (kind !== undefined) return pick(kind, words, defaults);
  return second === undefined && (checked || misspelt(word) === undefined)
    ? workload(undefined, first, [], words, defaults)
    : unknownCommand(words);
}

function help(topic?: string): ParsedCommand {
  return { ok: true, command: { type: 'help', ...(topic === undefined ? {} : { topic: topic.toLowerCase() }) } };
}

function use({ positional, namespace, cluster }: Words): ParsedCommand {
  const [, extra] = positional;
  if (extra !== undefined) {
    const meant =
      namespace === undefined ? ['use', ...places({ ...defined({ cluster }), namespace: extra })] : undefined;
    return mistake('`use` takes options only.', meant?.join(' '));
  }
  return { ok: true, command: { type: 'use', ...defined({ namespace, cluster }) } };
}

function pick(kind: WorkloadKind, { namespace, cluster, dm }: Words, defaults: CommandDefaults): ParsedCommand {
  const place = defined({ namespace: namespace ?? defaults.namespace, cluster: cluster ?? defaults.cluster });
  return { ok: true, command: { type: 'pick', kind, ...place, dm } };
}

function workload(
  kind: WorkloadKind | undefined,
  path: string,
  others: readonly (string | undefined)[],
  words: Words,
  defaults: CommandDefaults,
): ParsedCommand {
  const extra = others.find((word) => word !== undefined);
  if (extra !== undefined) return mistake(`\`${shown(extra)}\` is one word too many: one workload at a time.`);
  const repaired = (wanted: string) => [kind?.toLowerCase() ?? 'check', wanted, ...places(words)].join(' ');
  const target = readTarget(kind, path, { words, defaults, repaired });
  if ('ok' in target) return target;
  const cluster = words.cluster ?? defaults.cluster;
  return { ok: true, command: { type: 'ask', target, ...defined({ cluster }), dm: words.dm } };
}

function image(words: Words, defaults: CommandDefaults): ParsedCommand {
  const [, reference, as, account, ...more] = words.positional;
  if (reference === undefined) return mistake('Say which image: `image ghcr.io/acme/web:1.2`.');
  const parsed = parseImage(reference);
  if (!parsed.ok || reference.length > 1024) {
    const reason = parsed.ok ? 'it is longer than 1024 characters' : parsed.reason;
    const meant = parsed.ok ? undefined : parsed.suggestion;
    return mistake(`\`${shown(reference)}\` isn’t a valid image reference: ${reason}.`, meant && `image ${meant}`);
  }
  if (as === undefined && words.namespace !== undefined) {
    return mistake(
      'An image is in no namespace. `as NAMESPACE/SERVICEACCOUNT` asks with the pull secrets of that account.',
      `image ${reference} as ${words.namespace}/default`,
    );
  }
  if (as === undefined) return imageAsk(reference, undefined, words, defaults);
  if (as.toLowerCase() !== 'as' || account === undefined || more.length > 0) {
    return mistake('After the image comes `as NAMESPACE/SERVICEACCOUNT`, or nothing.');
  }
  const parts = account.split('/');
  const serviceAccount = parts.at(-1) ?? '';
  const namespace = parts.length > 1 ? (parts[0] ?? '') : (words.namespace ?? defaults.namespace);
  if (namespace === undefined) return mistake(`In which namespace? \`as NAMESPACE/${shown(serviceAccount)}\`.`);
  if (parts.length > 2 || !isLabel(namespace) || !isSubdomain(serviceAccount)) return notAName(account);
  return imageAsk(reference, { namespace, serviceAccount }, words, defaults);
}

function imageAsk(
  reference: string,
  as: { readonly namespace: string; readonly serviceAccount: string } | undefined,
  words: Words,
  defaults: CommandDefaults,
): ParsedCommand {
  const target: Target = { type: 'image', reference, ...defined({ as }) };
  const cluster = words.cluster ?? defaults.cluster;
  return { ok: true, command: { type: 'ask', target, ...defined({ cluster }), dm: words.dm } };
}

function invalidOption({ namespace, cluster }: Words): Mistake | undefined {
  if (namespace !== undefined && !isLabel(namespace)) return badName('namespace', namespace);
  if (cluster !== undefined && !isLabel(cluster)) return badName('cluster', cluster);
  return undefined;
}

function nothingNamed(): Mistake {
  return mistake('Say what to check: `deployment NAME`, `pod NAME`, `image REF`, or `help`.');
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
  const only = others.length === 0 ? ` For a workload of that name: \`check ${shown(first)}\`.` : '';
  const message = `\`${shown(first)}\` is neither a command nor a kind of workload.${only}`;
  return mistake(message, near === undefined ? undefined : [near, ...others, ...places(words)].join(' '));
}

/** What other tools, the terminal or the buttons call it; a word alone may be the name of a workload. */
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
        `There is no \`${word}\` here: each remedy shows its plan, and waits for approval: \`repull\`, \`set-image\`, \`pull-policy\`, \`roll-back\`, \`add-pull-secret\` or \`undo\`.`,
        isCommandWord(others[0] ?? '') ? said([]) : undefined,
      );
    case 'restart':
      return mistake('A restart that pulls again is `repull`.', said(['repull']));
    default:
      return undefined;
  }
}

/** The kind or command that a word nearly spells. Short words need to be nearer, because names are short, too. */
function misspelt(word: string): string | undefined {
  if (word.length < 3 || word.length > 20 || isCommandWord(word) || kindOf(word) !== undefined) return undefined;
  return suggestedWords
    .map((known) => ({ known, distance: editDistance(word, known) }))
    .filter(({ known, distance }) => distance <= (known.length > 6 ? 2 : 1) && distance < word.length / 2)
    .sort((a, b) => a.distance - b.distance)[0]?.known;
}
