import type { CommandOf } from '../commands/command.ts';
import { remedyWords } from '../commands/index.ts';
import { parseWords } from '../commands/parse.ts';
import { UserError } from '../errors.ts';
import type { ChangeRequest } from '../model/change/change.ts';
import { remedies } from '../remedies/index.ts';
import { type CommandLine, textFlag } from './command.ts';
import { readPlanToken } from './plan.ts';

/** A change as it was typed: a remedy for a workload, or an undo. */
export type Wanted = CommandOf<'change'> | CommandOf<'undo'>;

/** The token of a shown plan is valid for this long, as is a plan in Slack before it expires. */
const tokenMs = 60 * 60_000;

function usageOf(command: string): string {
  return `Type: imagecheck ${command} REMEDY KIND/NAME [WHAT] -n NAMESPACE, or: imagecheck ${command} undo ID`;
}

/** Parses the words after `plan` or `fix`. Throws a `UserError` that says what to type. */
export function readWanted({ command, words, flags }: CommandLine): Wanted {
  const namespace = textFlag(flags, 'namespace');
  const parsed = parseWords([...words, ...(namespace === undefined ? [] : ['-n', namespace])]);
  if (!parsed.ok) {
    const meant = parsed.didYouMean;
    throw new UserError(parsed.message.replaceAll('`', '"'), {
      remedy: meant === undefined ? usageOf(command) : `Did you mean: imagecheck ${command} ${meant}`,
    });
  }
  const { command: wanted } = parsed;
  if (wanted.type !== 'change' && wanted.type !== 'undo') {
    throw new UserError(`Say which remedy: ${remedyWords().join(', ')} or undo.`, {
      remedy: usageOf(command),
    });
  }
  if (wanted.type === 'change') refuseUnfinished(command, wanted);
  return wanted;
}

/** There is no form in a terminal: the values that it would ask for have to be typed. */
function refuseUnfinished(command: string, { remedy: id, params }: CommandOf<'change'>): void {
  const remedy = remedies.find(id);
  if (remedy?.form === undefined || Object.keys(params).length > 0) return;
  throw new UserError(`${id} needs to know what to set.`, {
    remedy: `Type: imagecheck ${command} ${remedy.command?.word ?? id} ${remedy.form.example} -n prod`,
  });
}

/** The request to plan; `at` is the single time used in it. */
export function requestOf(wanted: Wanted, cluster: string, at: string): ChangeRequest {
  const request = { version: 1 as const, cluster, targets: [], at };
  return wanted.type === 'undo'
    ? { ...request, remedy: 'undo', undoes: wanted.id }
    : { ...request, remedy: wanted.remedy, typed: { target: wanted.target, params: wanted.params } };
}

/** The plan that was shown before, as named by `--digest`, or undefined without the option. Throws a `UserError`. */
export function shownBefore(
  { flags }: Pick<CommandLine, 'flags'>,
  now: Date,
): { readonly prefix: string; readonly at?: string } | undefined {
  const text = textFlag(flags, 'digest');
  if (text === undefined) return undefined;
  const token = readPlanToken(text);
  if (token === undefined) {
    throw new UserError(`--digest ${text} isn’t a plan digest.`, {
      remedy: 'Copy it from the end of what imagecheck plan prints.',
    });
  }
  const ageMs = token.at === undefined ? 0 : now.getTime() - Date.parse(token.at);
  if (ageMs > tokenMs || ageMs < -60_000) {
    throw new UserError('That plan is older than an hour.', { remedy: 'Look at a new one with imagecheck plan.' });
  }
  return token;
}

/** Seconds are precise enough, and shorter to copy. */
export function momentOf(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/** The command line that executes the plan, ready to be copied into a shell. */
export function fixLine(args: CommandLine, token: string): string {
  return commandLine('fix', args, ['--yes', '--digest', token]);
}

/** The command line that shows what `fix` with the same words would do. */
export function planLine(args: CommandLine): string {
  return commandLine('plan', args, []);
}

/** The command line that undoes what `args` did: on the same cluster, whatever the namespace. */
export function undoLine({ flags }: Pick<CommandLine, 'flags'>, id: string): string {
  const where = Object.entries(flags).filter(([name]) => name !== 'namespace');
  return commandLine('fix', { words: ['undo', id], flags: Object.fromEntries(where) }, []);
}

function commandLine(
  command: string,
  { words, flags }: Pick<CommandLine, 'words' | 'flags'>,
  more: readonly string[],
): string {
  const kept = (['namespace', 'cluster', 'kubeconfig', 'context', 'config'] as const).flatMap((name) => {
    const value = textFlag(flags, name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  return ['imagecheck', command, ...words, ...kept, ...more].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
