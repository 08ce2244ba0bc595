import { defined } from '../model/values/defined.ts';
import type { CommandEntry, ParsedCommand } from './command.ts';
import { mistake, type Words } from './grammar/options.ts';
import { type CommandDefaults, cutWord, named, places, readTarget, takeWorkload } from './grammar/workload.ts';

/** `history [KIND/NAME] [-n NAMESPACE] [-c CLUSTER]` */
export const history: CommandEntry = {
  word: 'history',
  spellings: [],
  permission: 'history',
  section: 'changes',
  takesText: false,
  help: {
    usage: 'history [KIND/NAME] [-n namespace] [-c cluster]',
    summary: 'Lists what was changed, by whom and with what result: of one workload, or everywhere.',
    examples: ['history deployment/web -n prod', 'history'],
    overview: [['history deployment/web -n prod', 'what was changed, by whom and with what result']],
  },
  read,
  format(command) {
    if (command.type !== 'history') return undefined;
    const { target } = command;
    return ['history', ...named(target), ...places(defined({ ...command, namespace: target?.namespace }))];
  },
  opensForm: () => false,
};

/** Without a workload it covers everything, so the channel's defaults do not narrow it. */
function read(words: Words, defaults: CommandDefaults): ParsedCommand {
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
  if (extra !== undefined) return mistake(`\`${cutWord(extra)}\` is one word too many: one workload at a time.`);
  const before = kind === undefined ? '' : `${kind.toLowerCase()}/`;
  const repaired = (wanted: string) => ['history', `${before}${wanted}`, ...places(words)].join(' ');
  const target = readTarget(kind, path, { words, defaults, repaired });
  if ('ok' in target) return target;
  const cluster = words.cluster ?? defaults.cluster;
  return { ok: true, command: { type: 'history', target, ...defined({ cluster }) } };
}
