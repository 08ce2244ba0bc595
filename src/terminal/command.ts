/** What follows a flag: for `string` a value, for `boolean` nothing. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  /** A `string` flag may stand alone; then this is its value, and any other follows `=`. */
  readonly alone?: string;
  /** The one letter that stands for it. */
  readonly short?: string;
}

/** A command line, split but not yet understood. `Name` lists the flags that its reader looks at. */
export interface CommandLine<Name extends string = string> {
  readonly command: string;
  readonly words: readonly string[];
  readonly flags: Readonly<Partial<Record<Name, string | boolean>>>;
}

/** One command of the terminal; `src/wire/terminal-commands/index.ts` lists them. */
export interface TerminalCommand {
  readonly name: string;
  /** In which part of the overview it stands. */
  readonly section: 'questions' | 'processes' | 'about';
  /** Its line there: the command, and what it does. */
  readonly overview: readonly [typed: string, meaning: string];
  /** Its flags by name; any other is a mistake. A flag is the same in every command that has it. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** The text of `imagecheck help NAME`; undefined if the overview says everything. */
  readonly help: string | (() => Promise<string>) | undefined;
  /** Runs it and returns the exit code. It loads what it needs itself, so other commands need not wait for that. */
  run(args: CommandLine, commands: readonly TerminalCommand[]): Promise<number>;
}

/** The text value of a flag, if it was given. */
export function textFlag<Name extends string>(flags: CommandLine<Name>['flags'], name: Name): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}
