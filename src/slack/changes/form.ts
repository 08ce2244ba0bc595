import type { CommandOf } from '../../commands/command.ts';
import { formatCommand } from '../../commands/parse.ts';
import type { RemedyId } from '../../model/change/change.ts';
import type { Finding } from '../../model/finding/finding.ts';
import { parseImage } from '../../model/image/image.ts';
import { likelyImage } from '../../model/image/nearest-images.ts';
import { volumeAt } from '../../model/workload/volume-place.ts';
import { formatWorkload, type WorkloadRef, workloadKinds } from '../../model/workload/workload.ts';
import { remedies } from '../../remedies/index.ts';
import type { RemedyForm } from '../../remedies/parts/asked-for.ts';
import type { FormMeta, Place } from '../blocks/change-ids.ts';
import type { Reply } from '../bot/request.ts';
import { drawForm, type FormShown } from '../views/change-form.ts';
import { drawMistake } from '../views/private.ts';

type Form = Extract<Reply, { kind: 'form' }>;

/** A form with more fields is unusable, and they would not fit into what a form can remember. */
const mostFields = 12;

/** A remedy with its form. */
interface Asked {
  readonly id: RemedyId;
  readonly form: RemedyForm;
}

/**
 * The form of a finding's button, such as *Choose an image…*: one field per container of the finding, and one per
 * workload with the same problem.
 */
export function chooseForm(
  { cluster, workload: checked }: { readonly cluster: string; readonly workload: WorkloadRef },
  finding: Finding,
  { id: remedy, form }: Asked,
  place: Place,
): Form {
  const others = finding.alsoAffects.flatMap((name) => sameNamespace(name, checked));
  const workloads = [checked, ...others].slice(0, form.kind === 'images' ? mostFields : 20);
  const own = finding.containers.flatMap((container, index) =>
    volumeAt(container) === undefined ? [{ workload: 0, container, ...now(finding, index) }] : [],
  );
  const more = workloads.slice(1).flatMap((workload, index) => fieldsOf(finding, workload, index + 1));
  const meta: FormMeta = {
    ...place,
    remedy,
    cluster,
    workloads,
    fields: form.kind === 'images' ? [...own, ...more].slice(0, mostFields) : [],
    text: `${remedy} for ${finding.check}`,
  };
  const initial = meta.fields.map((field) => ({ ...field, initial: initialOf(finding, remedy, field) }));
  const proposed = finding.proposals.find((proposal) => proposal.remedy === remedy)?.params ?? {};
  return formOf(form, meta, { initial, note: finding.next, proposed });
}

/** The form of a remedy that was requested by name without its parameters. */
export function namedForm(
  form: RemedyForm,
  command: CommandOf<'change'> & { readonly cluster: string },
  place: Place,
): Form {
  const { kind, namespace, name } = command.target;
  const workload = { ...(kind === undefined ? {} : { kind }), ...(namespace === undefined ? {} : { namespace }), name };
  const meta: FormMeta = {
    ...place,
    remedy: command.remedy,
    cluster: command.cluster,
    workloads: [workload],
    fields: form.kind === 'images' ? [{ workload: 0 }] : [],
    text: `/imagecheck ${formatCommand(command)}`.slice(0, 300),
  };
  return formOf(form, meta, { initial: meta.fields, note: undefined, proposed: {} });
}

/** What a form can remember is limited; fields are dropped before the form fails. */
function formOf(form: RemedyForm, meta: FormMeta, shown: FormShown): Form {
  let fitting = meta;
  while (JSON.stringify(fitting).length > 2900 && (fitting.fields.length > 1 || fitting.workloads.length > 1)) {
    fitting = {
      ...fitting,
      fields: fitting.fields.length > 1 ? fitting.fields.slice(0, -1) : fitting.fields,
      workloads: fitting.fields.length > 1 ? fitting.workloads : fitting.workloads.slice(0, -1),
    };
  }
  return { kind: 'form', view: drawForm(form, fitting, shown), otherwise: drawMistake(byHand(form, meta)) };
}

function byHand({ placeholder }: RemedyForm, { remedy, workloads: [first] }: FormMeta) {
  const target = first?.kind === undefined ? (first?.name ?? '') : `${first.kind.toLowerCase()}/${first.name}`;
  const where = first?.namespace === undefined ? '' : ` -n ${first.namespace}`;
  const example = `${remedies.find(remedy)?.command?.word ?? remedy} ${target} ${placeholder}${where}`;
  return { message: `Slack opens no form here. The command with everything in it: \`/imagecheck ${example}\`.` };
}

/** `deployment/web` beside the workload that was checked. */
function sameNamespace(text: string, { namespace }: WorkloadRef): WorkloadRef[] {
  const [word = '', name = ''] = text.split('/');
  const kind = workloadKinds.find((known) => known.toLowerCase() === word.toLowerCase());
  return kind === undefined || name === '' ? [] : [{ kind, namespace, name }];
}

/** One field for each image of another workload that the finding names; one for the workload if it names none. */
function fieldsOf({ alsoImages = [] }: Finding, ref: WorkloadRef, workload: number): FormMeta['fields'] {
  const own = alsoImages.filter((one) => one.workload === formatWorkload(ref));
  return own.length === 0 ? [{ workload }] : own.map(({ container, image }) => ({ workload, container, now: image }));
}

/** The container's current image, if the finding shows which image belongs to which container. */
function now({ containers, images }: Finding, index: number): { readonly now?: string } {
  const [only] = images;
  if (images.length === 1 && only !== undefined) return { now: only };
  const own = images.length === containers.length ? images[index] : undefined;
  return own === undefined ? {} : { now: own };
}

/**
 * The initial value of a field: the proposal for the container, a similar name that is the only candidate, or the
 * current value. A wrong proposal would be worse than the current image, because it looks like advice.
 */
function initialOf(finding: Finding, id: RemedyId, field: FormMeta['fields'][number]): string | undefined {
  if (field.container === undefined) return undefined;
  if (field.workload > 0) return alsoInitial(finding, field);
  const proposed = finding.proposals.find(
    ({ remedy, params }) => remedy === id && params['container'] === field.container,
  )?.params['image'];
  if (typeof proposed === 'string') return proposed;
  if (field.now === undefined) return undefined;
  return nearOf(field.now, finding.near) ?? field.now;
}

function alsoInitial({ alsoImages = [] }: Finding, { container, now: image }: FormMeta['fields'][number]) {
  const found = alsoImages.find((one) => one.container === container && one.image === image);
  return (image === undefined ? undefined : nearOf(image, found?.near)) ?? image;
}

function nearOf(image: string, near: readonly string[] = []): string | undefined {
  const parsed = parseImage(image);
  return parsed.ok ? likelyImage(parsed.image, near) : undefined;
}
