import { UserError } from '../errors.ts';
import { exitCode } from './exit-code.ts';
import { printableLines } from './paint.ts';

/**
 * What a failed command prints, and its exit code: a person's mistake with its remedy, or a bug with its stack.
 * Messages quote files and servers, so nothing in them reaches the terminal as a control sequence.
 */
export function explainFailure(error: unknown): { readonly text: string; readonly code: number } {
  if (error instanceof UserError) {
    return {
      text: printableLines(`${[error.message, error.remedy].filter(Boolean).join('\n')}\n`),
      code: exitCode.usage,
    };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: printableLines(`This is a bug in imagecheck; please report it.\n${stack}\n`), code: exitCode.unknown };
}
