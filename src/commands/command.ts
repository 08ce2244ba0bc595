import type { Target } from '../model/ask/ask.ts';
import type { RemedyId, RemedyParams } from '../model/change/change.ts';
import type { WorkloadKind } from '../model/workload/workload.ts';
import type { CommandHelp } from './grammar/help.ts';
import type { Mistake, Words } from './grammar/options.ts';
import type { CommandDefaults, TypedWorkload } from './grammar/workload.ts';

/** What a person asks for: the same for slash command, mention and terminal. Several words may ask for the same. */
export type Command =
  | { readonly type: 'ask'; readonly target: Target; readonly cluster?: string; readonly dm: boolean }
  | {
      /** A kind without a name: choose from a picker. */
      readonly type: 'pick';
      readonly kind: WorkloadKind;
      readonly namespace?: string;
      readonly cluster?: string;
      readonly dm: boolean;
    }
  | ChangeCommand
  | { readonly type: 'explain'; readonly text: string }
  | { readonly type: 'use'; readonly cluster?: string; readonly namespace?: string }
  | { readonly type: 'help'; readonly topic?: string };

/** What changes something, or tells about changes. */
export type ChangeCommand =
  | {
      /** A remedy asked for by name. `params` is as the remedy takes it; empty where a form has to ask for more. */
      readonly type: 'change';
      readonly remedy: RemedyId;
      readonly target: TypedWorkload;
      readonly params: RemedyParams;
      readonly cluster?: string;
      readonly dm: boolean;
    }
  | {
      readonly type: 'undo';
      /** Of the approval, as records spell it: eight characters of Crockford's base 32. */
      readonly id: string;
    }
  | { readonly type: 'approvals'; readonly cluster?: string }
  | { readonly type: 'history'; readonly target?: TypedWorkload; readonly cluster?: string };

/** The command of one type. */
export type CommandOf<T extends Command['type']> = Extract<Command, { type: T }>;

export type ParsedCommand = { readonly ok: true; readonly command: Command } | Mistake;

/** One word and what can be said with it; `src/commands/index.ts` lists them. */
export interface CommandEntry {
  /** The word that starts the command in its canonical spelling. */
  readonly word: string;
  /** Other words that start it. */
  readonly spellings: readonly string[];
  /** What the rules of `policy.ask` call it. */
  readonly permission: string;
  /** In which part of the overview it stands. */
  readonly section: 'questions' | 'changes';
  readonly help: CommandHelp;
  /** Whether what follows the word is a text of its own, in which nothing is an option. */
  readonly takesText: boolean;
  /**
   * Reads the words of the command, the first of which is its own; a text is one word. `unknown` says of words that they
   * begin with neither a command nor a kind. Never throws.
   */
  read(words: Words, defaults: CommandDefaults, unknown: (words: Words) => ParsedCommand): ParsedCommand;
  /** The words of a command that is asked for with this word; undefined for any other. `read` gives the same back. */
  format(command: Command): readonly string[] | undefined;
  /** Whether Slack answers it with a form. */
  opensForm(command: Command): boolean;
}
