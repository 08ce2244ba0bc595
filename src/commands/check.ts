import { defined } from '../model/values/defined.ts';
import type { WorkloadKind } from '../model/workload/workload.ts';
import type { CommandEntry, ParsedCommand } from './command.ts';
import { kindOf } from './grammar/kinds.ts';
import { mistake, type Words } from './grammar/options.ts';
import { type CommandDefaults, cutWord, otherKind, places, readTarget, takeWorkload } from './grammar/workload.ts';

/**
 * `check [KIND] NAME`. The word may be left out: `deployment web`, `deployment` (a picker), and a name alone if no
 * other command has it.
 */
export const check: CommandEntry = {
  word: 'check',
  spellings: [],
  permission: 'check',
  section: 'questions',
  takesText: false,
  help: {
    usage: '<kind> [namespace/]name [-n namespace] [-c cluster] [--dm]',
    hint: 'deployment NAME [-n NAMESPACE] [-c CLUSTER]',
    summary:
      'Finds out why the images of a workload aren’t running. Kinds: deployment, statefulset, daemonset, job, cronjob, pod and their short forms; without a kind the name is looked up; without a name a picker opens.',
    examples: ['deployment web -n prod', 'sts/db -n prod -c dev-eu', 'prod/web', 'deployment'],
    overview: [
      ['deployment web -n prod', 'why it isn’t running; also statefulset, daemonset, job, cronjob, pod'],
      ['web', 'finds a workload by name; if several match, asks which one you mean'],
      ['deployment', 'choose cluster, namespace and workload from a form'],
    ],
  },
  read: ({ positional: [, ...words], ...options }, defaults, unknown) =>
    readCheck({ ...options, positional: words }, defaults, unknown),
  format(command) {
    if (command.type === 'pick') return [command.kind.toLowerCase(), ...places(command)];
    if (command.type !== 'ask' || command.target.type !== 'workload') return undefined;
    const { kind, namespace, name } = command.target;
    // A name that is also a kind needs something before it.
    return kind === undefined && namespace !== undefined && kindOf(name) !== undefined
      ? ['check', `${namespace}/${name}`, ...places(command)]
      : [kind?.toLowerCase() ?? 'check', name, ...places({ namespace }), ...places(command)];
  },
  opensForm: ({ type }) => type === 'pick',
};

/** Reads what comes after the word, which may have been left out. */
export function readCheck(
  words: Words,
  defaults: CommandDefaults,
  unknown: (words: Words) => ParsedCommand,
): ParsedCommand {
  if (words.positional.length === 0) return nothingNamed();
  const other = otherKind(words.positional, 'checked', (named) => ['check', ...named, ...places(words)].join(' '));
  if (other !== undefined) return other;
  const { kind, path, rest } = takeWorkload(words.positional);
  if (kind === undefined && rest.length > 0) return unknown(words);
  if (path !== undefined) return workload(kind, path, rest, words, defaults);
  return kind === undefined ? nothingNamed() : pick(kind, words, defaults);
}

/** The mistake for a command that names no workload. */
export function nothingNamed(): ParsedCommand {
  return mistake('Say what to check: `deployment NAME`, `pod NAME`, `image REF`, or `help`.');
}

function pick(kind: WorkloadKind, { namespace, cluster, dm }: Words, defaults: CommandDefaults): ParsedCommand {
  const place = defined({ namespace: namespace ?? defaults.namespace, cluster: cluster ?? defaults.cluster });
  return { ok: true, command: { type: 'pick', kind, ...place, dm } };
}

function workload(
  kind: WorkloadKind | undefined,
  path: string,
  others: readonly string[],
  words: Words,
  defaults: CommandDefaults,
): ParsedCommand {
  const [extra] = others;
  if (extra !== undefined) return mistake(`\`${cutWord(extra)}\` is one word too many: one workload at a time.`);
  const repaired = (wanted: string) => [kind?.toLowerCase() ?? 'check', wanted, ...places(words)].join(' ');
  const target = readTarget(kind, path, { words, defaults, repaired });
  if ('ok' in target) return target;
  const cluster = words.cluster ?? defaults.cluster;
  return { ok: true, command: { type: 'ask', target, ...defined({ cluster }), dm: words.dm } };
}
