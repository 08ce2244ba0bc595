/** The help for a command; every example is a command that parses. */
export interface CommandHelp {
  /** The whole command with its arguments and options. */
  readonly usage: string;
  /** The short form that Slack shows beside `/imagecheck`, where there is room for few commands only. */
  readonly hint?: string;
  readonly summary: string;
  readonly examples: readonly string[];
  /** Lines of the overview: a command, and what it is for. */
  readonly overview: readonly (readonly [command: string, meaning: string])[];
}
