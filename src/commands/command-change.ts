import type { RemedyId, RemedyParams } from '../model/change/change.ts';
import { defined } from '../model/values/defined.ts';
import type { Arguments } from './command-images.ts';
import { type Mistake, mistake, type Words } from './command-options.ts';
import { argumentReaders, formatArguments } from './command-remedies.ts';
import { kindOf } from './command-words.ts';
import {
  type CommandDefaults,
  otherKind,
  places,
  readTarget,
  shown,
  takeWorkload,
  type WorkloadTarget,
} from './command-workload.ts';

/** What changes something, or tells about changes. */
export type ChangeCommand =
  | {
      /** A remedy asked for by name. `params` is as the remedy takes it; empty where a form has to ask for more. */
      readonly type: 'change';
      readonly remedy: Exclude<RemedyId, 'undo'>;
      readonly target: WorkloadTarget;
      readonly params: RemedyParams;
      readonly cluster?: string;
      readonly dm: boolean;
    }
  | {
      readonly type: 'undo';
      /** Of the approval, as records spell it: eight characters of Crockford's base 32. */
      readonly id: string;
    }
  | { readonly type: 'approvals'; readonly cluster?: string }
  | { readonly type: 'history'; readonly target?: WorkloadTarget; readonly cluster?: string };

type Parsed = { readonly ok: true; readonly command: ChangeCommand } | Mistake;
type NamedRemedy = Exclude<RemedyId, 'undo'>;

/** The words that start such a command, and the remedy that they ask for. */
const remedyOfWord = {
  repull: 'force-repull',
  'set-image': 'set-image',
  'pull-policy': 'set-pull-policy',
  'roll-back': 'roll-back',
  rollback: 'roll-back',
  'add-pull-secret': 'add-pull-secret',
} as const satisfies Readonly<Record<string, NamedRemedy>>;

const wordOfRemedy: Readonly<Record<NamedRemedy, keyof typeof remedyOfWord>> = {
  'force-repull': 'repull',
  'set-image': 'set-image',
  'set-pull-policy': 'pull-policy',
  'roll-back': 'roll-back',
  'add-pull-secret': 'add-pull-secret',
};

const examples: Readonly<Record<NamedRemedy, string>> = {
  'force-repull': '',
  'set-image': ' :1.2',
  'set-pull-policy': ' Always',
  'roll-back': '',
  'add-pull-secret': ' ghcr.io',
};

type RemedyWord = keyof typeof remedyOfWord;
type ChangeWord = RemedyWord | 'undo' | 'approvals' | 'history';

/** Whether the word starts a command about changes. */
export function isChangeWord(word: string): word is ChangeWord {
  return isRemedyWord(word) || word === 'undo' || word === 'approvals' || word === 'history';
}

function isRemedyWord(word: string): word is RemedyWord {
  return Object.hasOwn(remedyOfWord, word);
}

/** Reads the words of such a command; the first is `word` itself. */
export function readChange(word: ChangeWord, words: Words, defaults: CommandDefaults): Parsed {
  if (word === 'undo') return undo(words);
  if (word === 'approvals') return approvals(words);
  return word === 'history' ? history(words, defaults) : remedy(word, words, defaults);
}

/** The command in its canonical spelling. */
export function formatChange(command: ChangeCommand): string {
  if (command.type === 'undo') return `undo ${command.id}`;
  if (command.type === 'approvals') return ['approvals', ...places(command)].join(' ');
  const { target } = command;
  const after = places(defined({ ...command, namespace: target?.namespace }));
  if (command.type === 'history') {
    return ['history', ...(target === undefined ? [] : named(command.target)), ...after].join(' ');
  }
  const { remedy: id, params } = command;
  return [wordOfRemedy[id], ...named(command.target), ...formatArguments(id, params), ...after].join(' ');
}

/** A name that is also a kind needs something before it. */
function named(target: WorkloadTarget | undefined): readonly string[] {
  if (target === undefined) return [];
  const { kind, namespace, name } = target;
  if (kind !== undefined) return [`${kind.toLowerCase()}/${name}`];
  return [namespace !== undefined && kindOf(name) !== undefined ? `${namespace}/${name}` : name];
}

function remedy(word: RemedyWord, words: Words, defaults: CommandDefaults): Parsed {
  const id = remedyOfWord[word];
  const canonical = wordOfRemedy[id];
  const other = otherKind(words.positional.slice(1), 'changed', (workload, args) =>
    [canonical, ...workload, ...args, ...places(words)].join(' '),
  );
  if (other !== undefined) return other;
  const { kind, path, rest } = takeWorkload(words.positional.slice(1));
  if (path === undefined) {
    const which = `${canonical} ${kind?.toLowerCase() ?? 'deployment'}/NAME${examples[id]}`;
    return mistake(`Say which workload: \`${which}\`.`);
  }
  const before = (wanted: string) => [canonical, kind === undefined ? wanted : `${kind.toLowerCase()}/${wanted}`];
  const repaired = (wanted: string) => [...before(wanted), ...rest, ...places(words)].join(' ');
  const target = readTarget(kind, path, { words, defaults, repaired });
  if ('ok' in target) return target;
  const given: Arguments = {
    words: rest,
    repaired: (args) => [...before(path), ...args, ...places(words)].join(' '),
    otherwise: (other, args) => [other, ...before(path).slice(1), ...args, ...places(words)].join(' '),
  };
  const read = argumentReaders[id](given);
  if ('ok' in read) return read;
  const { params } = read;
  const cluster = words.cluster ?? defaults.cluster;
  return { ok: true, command: { type: 'change', remedy: id, target, params, ...defined({ cluster }), dm: words.dm } };
}

/** Ids are read as Crockford's base 32 wants it: any case, `O` is 0, `I` and `L` are 1, dashes do not count. */
function undo({ positional: [, typed, ...more] }: Words): Parsed {
  if (typed === undefined) {
    return mistake('Say which change: `undo 7F3K2QXD`. Its result names the id, and so does `history`.');
  }
  const id = typed.replace(/^#/, '').replaceAll('-', '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  if (!/^[0-9A-HJKMNP-TV-Z]{8}$/.test(id)) {
    return mistake(
      `\`${shown(typed)}\` is no id of a change: that is eight digits and letters other than U, such as 7F3K2QXD.`,
    );
  }
  if (more.length > 0) return mistake(`\`${shown(more[0] ?? '')}\` is one word too many: one change at a time.`);
  return { ok: true, command: { type: 'undo', id } };
}

function approvals(words: Words): Parsed {
  const [, extra] = words.positional;
  const meant = ['approvals', ...places(defined({ cluster: words.cluster }))].join(' ');
  if (extra !== undefined) return mistake('`approvals` lists what waits for a decision; it takes -c only.', meant);
  if (words.namespace !== undefined) return mistake('`approvals` has no option -n; it takes -c only.', meant);
  return { ok: true, command: { type: 'approvals', ...defined({ cluster: words.cluster }) } };
}

/** Without a workload it is about everything, so what the channel chose does not narrow it. */
function history(words: Words, defaults: CommandDefaults): Parsed {
  const { kind, path, rest } = takeWorkload(words.positional.slice(1));
  if (path === undefined && kind !== undefined) {
    return mistake(`Say which ${kind.toLowerCase()}: \`history ${kind.toLowerCase()}/NAME\`.`);
  }
  if (path === undefined) {
    if (words.namespace === undefined) {
      return { ok: true, command: { type: 'history', ...defined({ cluster: words.cluster }) } };
    }
    return mistake('`history` is of one workload or of all: name the workload, or leave -n out.');
  }
  const [extra] = rest;
  if (extra !== undefined) return mistake(`\`${shown(extra)}\` is one word too many: one workload at a time.`);
  const before = kind === undefined ? '' : `${kind.toLowerCase()}/`;
  const repaired = (wanted: string) => ['history', `${before}${wanted}`, ...places(words)].join(' ');
  const target = readTarget(kind, path, { words, defaults, repaired });
  if ('ok' in target) return target;
  const cluster = words.cluster ?? defaults.cluster;
  return { ok: true, command: { type: 'history', target, ...defined({ cluster }) } };
}
