import { parseArgs } from 'node:util';
import { UserError } from '../errors.ts';
import { nearestNames } from '../model/text/nearest-names.ts';

const options = {
  namespace: { type: 'string', short: 'n' },
  cluster: { type: 'string', short: 'c' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  jsonl: { type: 'boolean' },
  offline: { type: 'boolean' },
  watch: { type: 'boolean', short: 'w' },
  strict: { type: 'boolean' },
  'save-snapshot': { type: 'string' },
  'from-snapshot': { type: 'string' },
  headless: { type: 'boolean' },
  'ready-file': { type: 'string' },
  port: { type: 'string' },
  url: { type: 'string' },
  namespaces: { type: 'string' },
  'service-account': { type: 'string' },
  remediation: { type: 'string' },
  yes: { type: 'boolean' },
  digest: { type: 'string' },
  reason: { type: 'string' },
  'audit-file': { type: 'string' },
  since: { type: 'string' },
  csv: { type: 'boolean' },
  workload: { type: 'string' },
  approval: { type: 'string' },
  verify: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

type OptionName = keyof typeof options;

const reading = [
  'namespace',
  'cluster',
  'kubeconfig',
  'context',
  'config',
  'json',
  'watch',
  'strict',
  'save-snapshot',
] as const;

const planning = ['namespace', 'cluster', 'kubeconfig', 'context', 'config', 'json'] as const;

/** Which options each command knows; anything else is a usage error. */
const known: Readonly<Record<string, readonly OptionName[]>> = {
  check: [...reading, 'from-snapshot'],
  image: [...reading, 'offline', 'jsonl'],
  explain: ['json', 'jsonl'],
  plan: [...planning],
  fix: [...planning, 'yes', 'digest', 'reason', 'audit-file'],
  bot: ['config'],
  worker: ['config', 'cluster'],
  all: ['config'],
  sandbox: ['headless', 'ready-file', 'port', 'kubeconfig'],
  rbac: ['namespaces', 'service-account', 'remediation', 'kubeconfig', 'context', 'cluster', 'config'],
  keys: ['json'],
  audit: ['since', 'json', 'csv', 'workload', 'approval', 'cluster', 'verify', 'config'],
  'slack-manifest': ['config', 'url'],
  help: [],
  version: [],
};

/** The commands of the command line. */
export const commandNames: readonly string[] = Object.keys(known);

/** A command line, split but not yet understood. */
export interface CommandLine {
  readonly command: string;
  readonly words: readonly string[];
  readonly flags: Partial<Record<OptionName, string | boolean>>;
}

/**
 * Splits a command line. A kind of workload may take the place of the command (`imagecheck deployment web`), as in
 * Slack. Throws a `UserError` that names the word and what would have been accepted.
 */
export async function parseArguments(argv: readonly string[]): Promise<CommandLine> {
  const [first = 'help', ...rest] = argv;
  if (first === '--help' || first === '-h') return { command: 'help', words: [], flags: {} };
  if (first === '--version' || first === '-v') return { command: 'version', words: [], flags: {} };
  const isCommand = Object.hasOwn(known, first);
  if (!isCommand && !(await namesKind(first))) throw unknownCommand(first);
  const command = isCommand ? first : 'check';
  const { values, positionals } = parse(command, isCommand ? rest : argv);
  refuseStrangers(command, Object.keys(values));
  if (values.help === true) return { command: 'help', words: [command], flags: {} };
  return { command, words: positionals, flags: values };
}

/** Loaded only for words that aren't commands, so that commands start quickly. */
async function namesKind(word: string): Promise<boolean> {
  const { kindOf } = await import('../commands/grammar/kinds.ts');
  return kindOf(word.split('/', 1)[0] ?? '') !== undefined;
}

function unknownCommand(word: string): UserError {
  const [near] = nearestNames(word, commandNames, 1);
  return new UserError(`Unknown command: ${word}.${near === undefined ? '' : ` Did you mean ${near}?`}`, {
    remedy: `Commands: ${commandNames.join(', ')}. For a workload type: imagecheck check KIND/NAME -n NAMESPACE`,
  });
}

function refuseStrangers(command: string, given: readonly string[]): void {
  const allowed: readonly string[] = known[command] ?? [];
  for (const name of given) {
    if (name === 'help' || allowed.includes(name)) continue;
    throw new UserError(`imagecheck ${command} has no option --${name}.`, { remedy: optionsOf(command) });
  }
}

function optionsOf(command: string): string {
  const allowed = known[command] ?? [];
  if (allowed.length === 0) return 'It takes no options.';
  return `It knows: ${allowed.map((option) => `--${option}`).join(' ')}.`;
}

function parse(command: string, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    const stranger = /^Unknown option '(-[^']*)'/.exec(error instanceof Error ? error.message : '')?.[1];
    if (stranger === undefined) {
      const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
      throw new UserError(`imagecheck ${command}: ${reason}.`, { remedy: optionsOf(command), cause: error });
    }
    const [near] = nearestNames(stranger.replace(/^-+/, ''), known[command] ?? [], 1);
    throw new UserError(
      `imagecheck ${command} has no option ${stranger}.${near === undefined ? '' : ` Did you mean --${near}?`}`,
      { remedy: optionsOf(command), cause: error },
    );
  }
}

/** The text value of an option, if it was given. */
export function textFlag(flags: CommandLine['flags'], name: OptionName): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}
