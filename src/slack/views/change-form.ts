import type { KnownBlock, ModalView } from '@slack/types';
import type { RemedyParams } from '../../model/change/change.ts';
import { formatWorkload } from '../../model/workload/workload.ts';
import type { FormInput, RemedyForm } from '../../remedies/parts/asked-for.ts';
import { andMore, context, format, label, limits, prose, sections } from '../blocks/blocks.ts';
import { changeIds, type FormField, type FormMeta } from '../blocks/change-ids.ts';
import { input } from './change-modals.ts';
import { option } from './picker.ts';

/** Block and action ids of fields for images; other fields have their own. */
export const formFields = { image: (index: number) => `image.${index}` } as const;

/** The initial values of the fields. */
export interface FormShown {
  readonly initial: readonly (FormField & { readonly initial?: string | undefined })[];
  /** What the finding recommends. */
  readonly note: string | undefined;
  /** Parameters of the finding's proposal; empty without one. */
  readonly proposed: RemedyParams;
}

/** The form for a remedy's parameters. Submitting it creates a plan and changes nothing. */
export function drawForm(form: RemedyForm, meta: FormMeta, shown: FormShown): ModalView {
  return {
    type: 'modal',
    callback_id: changeIds.form,
    private_metadata: JSON.stringify(meta),
    title: label(form.title, limits.modalTitle),
    submit: label('Create plan', limits.modalTitle),
    close: label('Cancel', limits.modalTitle),
    blocks: [
      ...sections([headOf(meta), ...(shown.note === undefined ? [] : [prose(shown.note, 800)])]),
      ...(form.kind === 'images' ? imageFields(meta, shown) : form.fields.map((field) => inputField(field, shown))),
      ...context([format`This creates a plan and shows it; nothing changes until someone approves it.`]),
    ],
  };
}

function headOf({ workloads, cluster }: FormMeta) {
  const [first] = workloads;
  return format`*${prose(first === undefined ? '' : nameOf(first), 200)}*${andMore(workloads.length - 1)} · cluster ${prose(cluster, 80)}`;
}

function imageFields({ workloads, fields }: FormMeta, { initial }: FormShown): KnownBlock[] {
  return fields.map((field, index) => {
    const workload = workloads[field.workload];
    const of = workload === undefined ? '' : nameOf(workload);
    const known = field.container !== undefined;
    return input(formFields.image(index), known ? `Container ${field.container} of ${of}` : of, {
      multiline: !known,
      optional: true,
      initial: initial[index]?.initial,
      placeholder: known
        ? 'ghcr.io/acme/web:1.2, :1.2 or sha256:…'
        : 'ghcr.io/acme/web:1.2, or CONTAINER=IMAGE per line',
      hint: hintOf(field),
    });
  });
}

function hintOf({ container, now }: FormField): string {
  if (container === undefined) return 'Leave blank to change nothing here.';
  return now === undefined ? 'Leave blank to change nothing here.' : `Currently ${now}. Leave blank to keep it.`;
}

function inputField(field: FormInput, { proposed }: FormShown): KnownBlock {
  if (field.kind === 'text') {
    const value = field.fromProposal ? proposed[field.id] : undefined;
    const initial = typeof value === 'string' ? value : undefined;
    const { optional, hint, placeholder } = field;
    return input(field.id, field.label, { multiline: false, optional, initial, hint, placeholder });
  }
  const options = field.options.map((each) => option(each.value, each.label));
  const [first] = options;
  return {
    type: 'input',
    block_id: field.id,
    label: label(field.label, 75),
    element: {
      type: 'static_select',
      action_id: field.id,
      options,
      ...(first === undefined ? {} : { initial_option: first }),
    },
  };
}

function nameOf(workload: FormMeta['workloads'][number]): string {
  const { kind, name, namespace } = workload;
  const named = kind === undefined ? name : formatWorkload({ kind, name });
  return namespace === undefined ? named : `${named} in ${namespace}`;
}
