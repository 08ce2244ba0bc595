import type { KnownBlock, ModalView } from '@slack/types';
import { formatWorkload } from '../../model/workload/workload.ts';
import { andMore, context, format, label, limits, prose, sections } from '../blocks/blocks.ts';
import { changeIds, type FormField, type FormMeta } from '../blocks/change-ids.ts';
import { input } from './change-modals.ts';
import { option } from './picker.ts';

/** Block and action ids of the fields. */
export const formFields = {
  image: (index: number) => `image.${index}`,
  registry: 'registry',
  secret: 'secret',
  attach: 'attach',
} as const;

/** What the fields begin with. */
export interface FormShown {
  readonly initial: readonly (FormField & { readonly initial?: string | undefined })[];
  /** What the finding says to do. */
  readonly note: string | undefined;
  readonly registry: string | undefined;
}

/** The form for a remedy's parameters. What is filled in becomes a plan; nothing is changed by it. */
export function drawForm(meta: FormMeta, shown: FormShown): ModalView {
  const isImage = meta.remedy === 'set-image';
  return {
    type: 'modal',
    callback_id: changeIds.form,
    private_metadata: JSON.stringify(meta),
    title: label(isImage ? 'Set the image' : 'Add a pull secret', limits.modalTitle),
    submit: label('Make the plan', limits.modalTitle),
    close: label('Cancel', limits.modalTitle),
    blocks: [
      ...sections([headOf(meta), ...(shown.note === undefined ? [] : [prose(shown.note, 800)])]),
      ...(isImage ? imageFields(meta, shown) : credentialFields(shown.registry)),
      ...context([format`This makes a plan and shows it; nothing changes before somebody approves it.`]),
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
  if (container === undefined) return 'Leave it empty to change nothing here.';
  return now === undefined
    ? 'Empty it to change nothing here.'
    : `Now: ${now}. Empty the field, or write this again, to change nothing here.`;
}

function credentialFields(registry: string | undefined): KnownBlock[] {
  const accounts = [
    option('serviceAccount', 'its service account (all its pods, no restart)'),
    option('template', 'the pod template (restarts its pods)'),
  ];
  const [first] = accounts;
  return [
    input(formFields.registry, 'Registry', {
      multiline: false,
      optional: false,
      initial: registry,
      placeholder: 'ghcr.io, or the name of a registry of the configuration',
      hint: "The credential comes from the worker's own configuration; it is never typed here.",
    }),
    input(formFields.secret, 'Name of the Secret', {
      multiline: false,
      optional: true,
      hint: 'Empty: imagecheck names it. Entries of other registries in an existing Secret stay.',
    }),
    {
      type: 'input',
      block_id: formFields.attach,
      label: label('Attach it to', 75),
      element: {
        type: 'static_select',
        action_id: formFields.attach,
        options: accounts,
        ...(first === undefined ? {} : { initial_option: first }),
      },
    },
  ];
}

function nameOf(workload: FormMeta['workloads'][number]): string {
  const { kind, name, namespace } = workload;
  const named = kind === undefined ? name : formatWorkload({ kind, name });
  return namespace === undefined ? named : `${named} in ${namespace}`;
}
