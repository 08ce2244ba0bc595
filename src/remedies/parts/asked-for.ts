import type { Arguments, ReadParams } from '../../commands/grammar/arguments.ts';
import type { CommandHelp } from '../../commands/grammar/help.ts';
import type { RemedyParams } from '../../model/change/change.ts';
import type { Finding } from '../../model/finding/finding.ts';

/** How a remedy is requested by name: `WORD [KIND/]NAME …`, the same in Slack and in a terminal. */
export interface RemedyCommand {
  /** The word that starts the command in its canonical spelling. */
  readonly word: string;
  /** Other words that start it. */
  readonly spellings?: readonly string[];
  /** `NAME`, followed by what completes the command: `NAME :1.2`. */
  readonly example: string;
  readonly help: CommandHelp;
  /** Lines for the help of `plan` and `fix` in a terminal: the command and its meaning. */
  readonly terminal: readonly (readonly [typed: string, meaning: string])[];
  /** Parses the words after the workload. The output of `format` is parsed to the same parameters. */
  read(given: Arguments): ReadParams;
  /** The parameters in words; those without words are left out. */
  format(params: RemedyParams): readonly string[];
}

/** What a form of the remedy asks for, if it was requested without parameters. */
export type RemedyForm = ImagesForm | FieldsForm;

interface FormBase {
  readonly title: string;
  /** A workload and the words after it, for a place without forms: `deployment/web web=:1.2`. */
  readonly example: string;
  /** What has to be typed after a workload: `CONTAINER=IMAGE`. */
  readonly placeholder: string;
  /** The button below a finding that opens the form; undefined if there should be none. */
  button(finding: Finding): string | undefined;
}

/** A field per container, for its image. People type the words of the command: `IMAGE` or `CONTAINER=IMAGE …`. */
export interface ImagesForm extends FormBase {
  readonly kind: 'images';
}

/** The same fields for all workloads. */
export interface FieldsForm extends FormBase {
  readonly kind: 'fields';
  readonly fields: readonly FormInput[];
  /** Words of the command after the workload; `values` are the trimmed, non-empty values of the fields by id. */
  words(values: Readonly<Record<string, string | undefined>>): readonly string[];
}

export type FormInput = TextInput | ChoiceInput;

interface TextInput {
  readonly kind: 'text';
  /** As Slack returns it; never changed, because forms stay open. */
  readonly id: string;
  readonly label: string;
  readonly optional: boolean;
  /** Whether its initial value is the parameter of that name in the finding's proposal. */
  readonly fromProposal: boolean;
  readonly placeholder?: string;
  readonly hint?: string;
}

interface ChoiceInput {
  readonly kind: 'choice';
  readonly id: string;
  readonly label: string;
  /** The first is selected initially. */
  readonly options: readonly { readonly value: string; readonly label: string }[];
}
