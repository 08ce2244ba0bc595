/**
 * A mistake that a person can correct: bad input, something that does not exist, something not allowed. Shown as
 * written, never retried. Every other error is a bug: logged with its cause, shown with an incident id.
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

/** Redis, and with it records and queue, is unavailable: not the person's mistake, and trying again later helps. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** The text of any thrown value, for messages and facts; never a stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
