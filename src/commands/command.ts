import type { Target } from '../model/ask/ask.ts';
import type { RemedyId, RemedyParams } from '../model/change/change.ts';
import type { WorkloadKind } from '../model/workload/workload.ts';
import type { CommandHelp } from './grammar/help.ts';
import type { Mistake, Words } from './grammar/options.ts';
import type { CommandDefaults, TypedWorkload } from './grammar/workload.ts';

/**
 * What a person asks for: the same for slash command, mention and terminal. Several spellings may mean the same
 * command.
 */
export type Command =
  | { readonly type: 'ask'; readonly target: Target; readonly cluster?: string; readonly dm: boolean }
  | {
      /** A kind without a name: opens a picker. */
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

/** Commands that change something, or show changes. */
export type ChangeCommand =
  | {
      /** A remedy requested by name. `params` is in the remedy's own format; empty if a form has to ask for more. */
      readonly type: 'change';
      readonly remedy: RemedyId;
      readonly target: TypedWorkload;
      readonly params: RemedyParams;
      readonly cluster?: string;
      readonly dm: boolean;
    }
  | {
      readonly type: 'undo';
      /** Id of the approval as records spell it: eight characters of Crockford's base 32. */
      readonly id: string;
    }
  | { readonly type: 'approvals'; readonly cluster?: string }
  | { readonly type: 'history'; readonly target?: TypedWorkload; readonly cluster?: string };

/** The command of one type. */
export type CommandOf<T extends Command['type']> = Extract<Command, { type: T }>;

export type ParsedCommand = { readonly ok: true; readonly command: Command } | Mistake;

/** One word and its grammar; `src/commands/index.ts` lists them. */
export interface CommandEntry {
  /** The word that starts the command in its canonical spelling. */
  readonly word: string;
  /** Other words that start it. */
  readonly spellings: readonly string[];
  /** Its name in the rules of `policy.ask`. */
  readonly permission: string;
  /** Its section in the overview. */
  readonly section: 'questions' | 'changes';
  readonly help: CommandHelp;
  /** Whether everything after the word is one text, without options. */
  readonly takesText: boolean;
  /**
   * Parses the words of the command, starting with its own; a text is one word. `unknown` makes the mistake for words
   * that start with neither a command nor a kind. Never throws.
   */
  read(words: Words, defaults: CommandDefaults, unknown: (words: Words) => ParsedCommand): ParsedCommand;
  /** The words of a command of this kind; undefined for any other. `read` parses them back. */
  format(command: Command): readonly string[] | undefined;
  /** Whether Slack answers it with a form. */
  opensForm(command: Command): boolean;
}
