import type { ChangeCommand } from '../../commands/command.ts';
import { formatCommand } from '../../commands/command.ts';
import type { Finding } from '../../model/finding/finding.ts';
import type { Report } from '../../model/finding/report.ts';
import { parseImage } from '../../model/image/image.ts';
import { likelyImage } from '../../model/image/nearest-images.ts';
import { formatWorkload, type WorkloadRef, workloadKinds } from '../../model/workload/workload.ts';
import type { FormMeta, Place } from '../blocks/change-ids.ts';
import type { Reply } from '../bot/request.ts';
import { drawForm } from '../views/change-form.ts';
import { drawMistake } from '../views/private.ts';

type Form = Extract<Reply, { kind: 'form' }>;

/** More fields than this are no form any more, and more would not fit into what a form remembers. */
const mostFields = 12;

/** The form of *Choose an image…*: a field per container of the finding, and one per workload with the same problem. */
export function chooseForm(
  report: Report & { readonly workload: WorkloadRef },
  finding: Finding,
  remedy: 'set-image' | 'add-pull-secret',
  place: Place,
): Form {
  const others = finding.alsoAffects.flatMap((name) => sameNamespace(name, report.workload));
  const workloads = [report.workload, ...others].slice(0, remedy === 'set-image' ? mostFields : 20);
  const own = finding.containers.map((container, index) => ({ workload: 0, container, ...now(finding, index) }));
  const more = workloads.slice(1).flatMap((workload, index) => fieldsOf(finding, workload, index + 1));
  const meta: FormMeta = {
    ...place,
    remedy,
    cluster: report.cluster,
    workloads,
    fields: remedy === 'set-image' ? [...own, ...more].slice(0, mostFields) : [],
    text: `${remedy} for ${finding.check}`,
  };
  const initial = meta.fields.map((field) => ({ ...field, initial: initialOf(finding, field) }));
  return formOf(meta, { initial, note: finding.next, registry: registryOf(finding) });
}

/** The form of a remedy that was asked for by name without its parameters. */
export function namedForm(
  command: Extract<ChangeCommand, { type: 'change' }> & { readonly cluster: string },
  place: Place,
): Form {
  const { kind, namespace, name } = command.target;
  const workload = { ...(kind === undefined ? {} : { kind }), ...(namespace === undefined ? {} : { namespace }), name };
  const meta: FormMeta = {
    ...place,
    remedy: command.remedy,
    cluster: command.cluster,
    workloads: [workload],
    fields: command.remedy === 'set-image' ? [{ workload: 0 }] : [],
    text: `/imagecheck ${formatCommand(command)}`.slice(0, 300),
  };
  return formOf(meta, { initial: meta.fields, note: undefined, registry: undefined });
}

/** What a form memorises has a limit; fields go before the form fails. */
function formOf(meta: FormMeta, shown: Omit<Parameters<typeof drawForm>[1], never>): Form {
  let fitting = meta;
  while (JSON.stringify(fitting).length > 2900 && (fitting.fields.length > 1 || fitting.workloads.length > 1)) {
    fitting = {
      ...fitting,
      fields: fitting.fields.length > 1 ? fitting.fields.slice(0, -1) : fitting.fields,
      workloads: fitting.fields.length > 1 ? fitting.workloads : fitting.workloads.slice(0, -1),
    };
  }
  return { kind: 'form', view: drawForm(fitting, shown), otherwise: drawMistake(byHand(meta)) };
}

function byHand({ remedy, workloads: [first] }: FormMeta) {
  const target = first?.kind === undefined ? (first?.name ?? '') : `${first.kind.toLowerCase()}/${first.name}`;
  const where = first?.namespace === undefined ? '' : ` -n ${first.namespace}`;
  const example =
    remedy === 'set-image'
      ? `set-image ${target} CONTAINER=IMAGE${where}`
      : `add-pull-secret ${target} REGISTRY${where}`;
  return { message: `Slack opens no form here. The command with everything in it: \`/imagecheck ${example}\`.` };
}

/** `deployment/web` beside the workload that was checked. */
function sameNamespace(text: string, { namespace }: WorkloadRef): WorkloadRef[] {
  const [word = '', name = ''] = text.split('/');
  const kind = workloadKinds.find((known) => known.toLowerCase() === word.toLowerCase());
  return kind === undefined || name === '' ? [] : [{ kind, namespace, name }];
}

/** A field for each image of another workload that the finding names; one for the workload where it names none. */
function fieldsOf({ alsoImages = [] }: Finding, ref: WorkloadRef, workload: number): FormMeta['fields'] {
  const own = alsoImages.filter((one) => one.workload === formatWorkload(ref));
  return own.length === 0 ? [{ workload }] : own.map(({ container, image }) => ({ workload, container, now: image }));
}

/** The image that a container has now, where the finding tells which is whose. */
function now({ containers, images }: Finding, index: number): { readonly now?: string } {
  const [only] = images;
  if (images.length === 1 && only !== undefined) return { now: only };
  const own = images.length === containers.length ? images[index] : undefined;
  return own === undefined ? {} : { now: own };
}

/**
 * What a field begins with: what is proposed for the container, the near name that must be meant, or what is there now.
 * A wrong image in it would be worse than the present one: it looks like advice.
 */
function initialOf(finding: Finding, field: FormMeta['fields'][number]): string | undefined {
  if (field.container === undefined) return undefined;
  if (field.workload > 0) return alsoInitial(finding, field);
  const proposed = finding.proposals.find(
    ({ remedy, params }) => remedy === 'set-image' && params['container'] === field.container,
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

function registryOf(finding: Finding): string | undefined {
  const registry = finding.proposals.find(({ remedy }) => remedy === 'add-pull-secret')?.params['registry'];
  return typeof registry === 'string' ? registry : undefined;
}
