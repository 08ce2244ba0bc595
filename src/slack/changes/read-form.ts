import type { CommandOf } from '../../commands/command.ts';
import { formatCommand, parseWords } from '../../commands/parse.ts';
import type { ChangeTarget, RemedyParams } from '../../model/change/change.ts';
import type { WorkloadRef } from '../../model/workload/workload.ts';
import { remedies } from '../../remedies/index.ts';
import type { FieldsForm } from '../../remedies/parts/asked-for.ts';
import type { FormMeta } from '../blocks/change-ids.ts';
import { formFields } from '../views/change-form.ts';
import type { Wish } from './requesting.ts';

/** The filled-in values, in the order of the fields; undefined is empty. */
export interface Fields {
  readonly images: readonly (string | undefined)[];
  /** By the id of the field. */
  readonly values: Readonly<Record<string, string | undefined>>;
}

/** The mistakes, by the block of the field below which they are shown. */
type Mistake = { readonly ok: false; readonly mistakes: Readonly<Record<string, string>> };
type ReadForm = { readonly ok: true; readonly wish: Pick<Wish, 'remedy' | 'text' | 'part'> } | Mistake;
type Workload = FormMeta['workloads'][number];

function mistakeAt(block: string, message: string): Mistake {
  return { ok: false, mistakes: { [block]: message.slice(0, 500) } };
}

/** The request made by a filled-in form, checked by the grammar of the equivalent command. */
export function readForm(meta: FormMeta, fields: Fields): ReadForm {
  const remedy = remedies.find(meta.remedy);
  const [word, form] = [remedy?.command?.word, remedy?.form];
  if (word === undefined || form === undefined) {
    return mistakeAt(formFields.image(0), 'This form is older or newer than this imagecheck. Open it again.');
  }
  return form.kind === 'images' ? readImages(word, meta, fields) : readFields(word, form, meta, fields);
}

function readImages(word: string, meta: FormMeta, { images }: Fields): ReadForm {
  const words = new Map<number, string[]>();
  const mistakes: Record<string, string> = {};
  for (const [index, field] of meta.fields.entries()) {
    const given = (images[index] ?? '').trim();
    if (given === '' || given === field.now) continue;
    const own = field.container === undefined ? given.split(/\s+/) : [`${field.container}=${given}`];
    const checked = commandOf(word, meta.workloads[field.workload], own);
    if (!checked.ok) mistakes[formFields.image(index)] = checked.message.slice(0, 500);
    words.set(field.workload, [...(words.get(field.workload) ?? []), ...own]);
  }
  if (Object.keys(mistakes).length > 0) return { ok: false, mistakes };
  const targets: Typed[] = [];
  for (const [index, own] of words) {
    const command = commandOf(word, meta.workloads[index], own);
    if (!command.ok) return mistakeAt(formFields.image(0), command.message);
    targets.push(command);
  }
  if (targets.length === 0) {
    return mistakeAt(formFields.image(0), 'Nothing is changed yet: write another image into a field.');
  }
  return { ok: true, wish: wishOf(meta, targets) };
}

function readFields(word: string, form: FieldsForm, meta: FormMeta, { values }: Fields): ReadForm {
  const missing = form.fields.find(
    (field) => field.kind === 'text' && !field.optional && values[field.id] === undefined,
  );
  if (missing !== undefined) return mistakeAt(missing.id, `Say which ${missing.label.toLowerCase()}.`);
  const trimmed = Object.entries(values).map(([id, value]) => [id, value?.trim()] as const);
  const words = form.words(Object.fromEntries(trimmed));
  const targets: Typed[] = [];
  for (const workload of meta.workloads) {
    const command = commandOf(word, workload, words);
    if (!command.ok) return mistakeAt(firstField(meta), command.message);
    targets.push(command);
  }
  return { ok: true, wish: wishOf(meta, targets) };
}

/** The block below which mistakes about the whole form are shown. */
export function firstField({ remedy }: FormMeta): string {
  const form = remedies.find(remedy)?.form;
  const id = form?.kind === 'fields' ? form.fields[0]?.id : undefined;
  return id ?? formFields.image(0);
}

/** The command that is equivalent to the fields of one workload. */
interface Typed {
  readonly ok: true;
  readonly command: CommandOf<'change'>;
  readonly params: RemedyParams;
}

function commandOf(
  word: string,
  workload: Workload | undefined,
  words: readonly string[],
): Typed | { readonly ok: false; readonly message: string } {
  if (workload === undefined) return { ok: false, message: 'This form is older than what it changes. Open it again.' };
  const { kind, namespace, name } = workload;
  const target = kind === undefined ? name : `${kind.toLowerCase()}/${name}`;
  const where = namespace === undefined ? [] : ['-n', namespace];
  const typed = [word, target, ...words, ...where];
  const parsed = parseWords(typed);
  if (!parsed.ok) return { ok: false, message: `${parsed.message.replaceAll('`', '')}${meant(parsed, typed)}` };
  const { command } = parsed;
  if (command.type !== 'change') return { ok: false, message: 'This isn’t an image.' };
  return { ok: true, command, params: command.params };
}

/** A field does not take a whole command: of the suggested command, only the replacement word is shown. */
function meant({ didYouMean }: { readonly didYouMean?: string }, typed: readonly string[]): string {
  const other = didYouMean?.split(' ').filter((each) => !typed.includes(each)) ?? [];
  const [only] = other;
  return only === undefined || other.length > 1 ? '' : ` Did you mean ${only.replace(/^[^=]+=/, '')}?`;
}

/** Completely named workloads are targets; a single typed one is looked up by the worker. */
function wishOf({ remedy }: FormMeta, all: readonly Typed[]): Pick<Wish, 'remedy' | 'text' | 'part'> {
  const targets = all.flatMap(({ command: { target }, params }): ChangeTarget[] => {
    const workload = completeRef(target);
    return workload === undefined ? [] : [{ subject: workload, params }];
  });
  const [first] = all;
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  const text = first === undefined ? remedy : `/imagecheck ${formatCommand(first.command)}${more}`;
  if (targets.length === all.length || first === undefined) return { remedy, text, part: { targets } };
  return { remedy, text, part: { typed: { target: first.command.target, params: first.params } } };
}

/** The workload of a target with a complete name. */
export function completeRef(target: CommandOf<'change'>['target']): WorkloadRef | undefined {
  const { kind, namespace, name } = target;
  return kind === undefined || namespace === undefined ? undefined : { kind, namespace, name };
}
