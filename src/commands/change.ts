import { defined } from '../model/values/defined.ts';
import type { RemedyCommand } from '../remedies/parts/asked-for.ts';
import type { Remedy } from '../remedies/parts/remedy.ts';
import type { CommandEntry, ParsedCommand } from './command.ts';
import type { Arguments } from './grammar/arguments.ts';
import { mistake, type Words } from './grammar/options.ts';
import { type CommandDefaults, named, otherKind, places, readTarget, takeWorkload } from './grammar/workload.ts';

type Asked = Pick<Remedy, 'id' | 'form'> & { readonly command: RemedyCommand };

/** `WORD KIND/NAME …`: the command of a remedy that is asked for by name. */
export function changeCommand(remedy: Asked): CommandEntry {
  const { id, command } = remedy;
  return {
    word: command.word,
    spellings: command.spellings ?? [],
    permission: id,
    section: 'changes',
    takesText: false,
    help: command.help,
    read: (words, defaults) => readChange(remedy, words, defaults),
    format(asked) {
      if (asked.type !== 'change' || asked.remedy !== id) return undefined;
      const after = places({ ...asked, namespace: asked.target.namespace });
      return [command.word, ...named(asked.target), ...command.format(asked.params), ...after];
    },
    opensForm: (asked) =>
      asked.type === 'change' &&
      asked.remedy === id &&
      remedy.form !== undefined &&
      Object.keys(asked.params).length === 0,
  };
}

function readChange({ id, command }: Asked, words: Words, defaults: CommandDefaults): ParsedCommand {
  const canonical = command.word;
  const other = otherKind(words.positional.slice(1), 'changed', (workload, args) =>
    [canonical, ...workload, ...args, ...places(words)].join(' '),
  );
  if (other !== undefined) return other;
  const { kind, path, rest } = takeWorkload(words.positional.slice(1));
  if (path === undefined) {
    const which = `${canonical} ${kind?.toLowerCase() ?? 'deployment'}/${command.example}`;
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
  const read = command.read(given);
  if ('ok' in read) return read;
  const { params } = read;
  const cluster = words.cluster ?? defaults.cluster;
  return { ok: true, command: { type: 'change', remedy: id, target, params, ...defined({ cluster }), dm: words.dm } };
}
