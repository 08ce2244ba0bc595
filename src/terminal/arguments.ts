import { parseArgs } from 'node:util';
import { UserError } from '../errors.ts';

const options = {
  namespace: { type: 'string', short: 'n' },
  cluster: { type: 'string', short: 'c' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  watch: { type: 'boolean', short: 'w' },
  strict: { type: 'boolean' },
  'save-snapshot': { type: 'string' },
  'from-snapshot': { type: 'string' },
  headless: { type: 'boolean' },
  'ready-file': { type: 'string' },
  port: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

type OptionName = keyof typeof options;

/** Which options each command knows; anything else is a usage error. */
const known: Readonly<Record<string, readonly OptionName[]>> = {
  check: [
    'namespace',
    'cluster',
    'kubeconfig',
    'context',
    'config',
    'json',
    'watch',
    'strict',
    'save-snapshot',
    'from-snapshot',
  ],
  image: ['cluster', 'kubeconfig', 'context', 'config', 'json', 'strict'],
  explain: ['json'],
  bot: ['config'],
  worker: ['config', 'cluster'],
  all: ['config'],
  sandbox: ['config', 'headless', 'ready-file', 'port', 'kubeconfig'],
  'slack-manifest': ['config', 'url'],
  help: [],
  version: [],
};

/** The commands of the command line. */
export const commandNames: readonly string[] = Object.keys(known);

/** A command line, split but not yet understood. */
export interface Arguments {
  readonly command: string;
  readonly words: readonly string[];
  readonly flags: Partial<Record<OptionName, string | boolean>>;
}

/** Splits a command line. Throws `UserError` that names the word and what would have been accepted. */
export function parseArguments(argv: readonly string[]): Arguments {
  const [command = 'help', ...rest] = argv;
  if (command === '--help' || command === '-h') return { command: 'help', words: [], flags: {} };
  if (command === '--version' || command === '-v') return { command: 'version', words: [], flags: {} };
  const allowed = known[command];
  if (allowed === undefined) {
    throw new UserError(`Unknown command: ${command}.`, {
      remedy: `Commands: ${commandNames.join(', ')}. See imagecheck help.`,
    });
  }
  const { values, positionals } = parse(command, rest);
  for (const name of Object.keys(values)) {
    if (name !== 'help' && !allowed.some((option) => option === name)) {
      throw new UserError(`imagecheck ${command} has no option --${name}.`, {
        remedy: `It knows: ${allowed.map((option) => `--${option}`).join(' ')}.`,
      });
    }
  }
  return values.help === true
    ? { command: 'help', words: [command], flags: {} }
    : { command, words: positionals, flags: values };
}

function parse(command: string, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. To specify')[0] : String(error);
    throw new UserError(`imagecheck ${command}: ${message}`, {
      remedy: `See imagecheck ${command} --help.`,
      cause: error,
    });
  }
}

/** The text value of an option, when it was given. */
export function textFlag(flags: Arguments['flags'], name: OptionName): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}
