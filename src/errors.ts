/**
 * A mistake a person can correct: bad input, something that does not exist, something not allowed.
 * Shown as written, never retried. Every other error is a bug: logged with its cause, shown as an incident id.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What to type or change, in one sentence; shown after the message. */
  readonly remedy: string | undefined;

  constructor(message: string, options: { readonly remedy?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = options.remedy;
  }
}

/** Redis, and with it records and queue, does not answer: nobody's mistake, and trying again later helps. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** The text of anything that was thrown, for messages and facts; never a stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
