import { UserError } from '../errors.ts';

/** One error to correct. Never quotes a value: people often put a secret in the wrong place. */
export interface ConfigMistake {
  /** Line in the file, from 1; undefined when the error belongs to no line. */
  readonly line: number | undefined;
  /** Dotted path: `registries[0].usernameEnv`. */
  readonly where: string;
  readonly message: string;
}

/** The configuration cannot be used; the message lists every error with file, line and what was expected. */
export class ConfigError extends UserError {
  readonly file: string | undefined;
  readonly mistakes: readonly ConfigMistake[];

  constructor(file: string | undefined, mistakes: readonly ConfigMistake[]) {
    super(listed(file, mistakes), { remedy: 'Correct the configuration; docs/configuration.md names every key.' });
    this.file = file;
    this.mistakes = mistakes;
  }
}

function listed(file: string | undefined, mistakes: readonly ConfigMistake[]): string {
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  const name = file ?? 'configuration';
  const lines = mistakes.map(({ line, where, message }) => {
    const place = line === undefined ? name : `${name}:${line}`;
    return `  ${place}: ${where === '' ? '' : `${where}: `}${message}`;
  });
  return [`The configuration has ${count}:`, ...lines].join('\n');
}

/** `['registries', 0, 'name']` as people write it: `registries[0].name`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}
