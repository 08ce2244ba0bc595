import type { Workload } from '../workload/workload.ts';
import type { TemplateEdit } from './operation.ts';
import type { GitOwner } from './plan.ts';

/** What shows who owns an object: the same for a workload, a Secret and a service account. */
export interface OwnerMarks {
  readonly managers: readonly {
    readonly name: string;
    readonly ownsImages?: boolean;
    /** Fields of the pod template as `fieldOf` names them; left out if managedFields do not say. */
    readonly owns?: readonly string[];
  }[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The tool that would revert an object, and the name of its own object that contains it. */
export type Owned = Pick<GitOwner, 'tool' | 'name'>;

/**
 * Tools that apply what is in Git or in a chart, and their field managers; complete names, because others look similar.
 */
const tools: readonly {
  readonly tool: Owned['tool'];
  readonly managers: readonly string[];
  /** What the tool leaves on objects that it applies. */
  readonly named: (marks: OwnerMarks) => Owned | undefined;
}[] = [
  { tool: 'argocd', managers: ['argocd-controller', 'argocd-application-controller'], named: argoNamed },
  { tool: 'flux', managers: ['kustomize-controller', 'helm-controller', 'flux'], named: fluxNamed },
  { tool: 'helm', managers: ['helm'], named: helmNamed },
];
const toolManagers = new Set(tools.flatMap(({ managers }) => managers));
/** Ours: what it wrote was taken over from the owner that the object names. */
const ownManager = 'imagecheck';
/** A person or a script: not managed in Git. */
const kubectlManager = /^kubectl(?:-|$)/;

/** The name of an edit's field in `owns`; undefined for the restart annotation, which nobody keeps in Git. */
export function managedField(edit: TemplateEdit): string | undefined {
  if (edit.field === 'restartedAt') return undefined;
  return edit.field === 'imagePullSecrets' ? edit.field : `${edit.field} ${edit.container.name}`;
}

/**
 * Who keeps in Git what these edits change, and what to change there; undefined if apparently nobody does. The owner is
 * the tool whose field manager wrote one of these fields last (`managedFields`); tracking id, labels and annotations
 * name the application. They decide alone if managedFields do not show an owner: absent, another program under a name
 * of its own (Terraform's Helm provider), or a field that imagecheck took over. `takesBack`: what imagecheck wrote
 * belongs to nobody.
 */
export function gitOwnerOf(
  workload: Workload,
  change: string,
  edits: readonly TemplateEdit[],
  how: { readonly takesBack?: boolean } = {},
): GitOwner | undefined {
  const managers = workload.managers.filter(({ name }) => how.takesBack !== true || name !== ownManager);
  const fields = edits.flatMap((edit) => managedField(edit) ?? []);
  const owned = ownedBy({ ...workload, managers }, fields);
  return owned === undefined ? undefined : { ...owned, change };
}

/** The same for any object; without fields, a manager without `ownsImages` counts. */
export function ownedBy(marks: OwnerMarks, fields?: readonly string[]): Owned | undefined {
  for (const { tool, managers, named } of tools) {
    const wrote = isWriter(marks.managers, managers, fields);
    const owned = wrote === 'no' ? undefined : named(marks);
    if (owned !== undefined) return owned;
    if (wrote === 'yes') return owner(tool, tool === 'argocd' ? instanceOf(marks) : undefined);
  }
  return undefined;
}

/** What the owner does to a change that bypasses it. */
export function setsBack({ tool }: Pick<GitOwner, 'tool'>): string {
  return tool === 'helm' ? 'owns this; the next helm upgrade sets it back' : 'owns this and will change it back';
}

/** Whether one of the managers wrote one of the fields; `unsaid`: managedFields do not show it. */
function isWriter(
  all: OwnerMarks['managers'],
  managers: readonly string[],
  fields: readonly string[] | undefined,
): 'yes' | 'no' | 'unsaid' {
  if (fields === undefined || all.every(({ owns }) => owns === undefined)) {
    return all.some(({ name, ownsImages }) => ownsImages !== false && managers.includes(name)) ? 'yes' : 'unsaid';
  }
  const holders = all.filter(({ owns = [] }) => owns.some((field) => fields.includes(field)));
  if (holders.some(({ name }) => managers.includes(name))) return 'yes';
  if (holders.some(({ name }) => name === ownManager)) return 'unsaid';
  if (all.some(({ name }) => toolManagers.has(name))) return 'no';
  return holders.length > 0 && holders.every(({ name }) => kubectlManager.test(name)) ? 'no' : 'unsaid';
}

function argoNamed({ annotations, labels }: OwnerMarks): Owned | undefined {
  // `APP:GROUP/KIND:NAMESPACE/NAME` (Argo CD, resource tracking).
  const tracked = valueOf(annotations, 'argocd.argoproj.io/tracking-id')?.split(':')[0];
  if (tracked !== undefined && tracked !== '') return { tool: 'argocd', name: tracked };
  const named = valueOf(labels, 'argocd.argoproj.io/instance');
  return named === undefined ? undefined : { tool: 'argocd', name: named };
}

/** Everyone writes this label, so it only names an application that is Argo CD's for another reason. */
function instanceOf({ labels }: OwnerMarks): string | undefined {
  return valueOf(labels, 'app.kubernetes.io/instance');
}

function fluxNamed({ labels }: OwnerMarks): Owned | undefined {
  for (const kind of ['kustomize', 'helm']) {
    const name = valueOf(labels, `${kind}.toolkit.fluxcd.io/name`);
    const namespace = valueOf(labels, `${kind}.toolkit.fluxcd.io/namespace`);
    if (name !== undefined) return owner('flux', namespace === undefined ? name : `${namespace}/${name}`);
  }
  return undefined;
}

function helmNamed({ annotations, labels }: OwnerMarks): Owned | undefined {
  const release = valueOf(annotations, 'meta.helm.sh/release-name');
  const namespace = valueOf(annotations, 'meta.helm.sh/release-namespace');
  if (release !== undefined) return owner('helm', namespace === undefined ? release : `${namespace}/${release}`);
  return valueOf(labels, 'app.kubernetes.io/managed-by') === 'Helm' ? { tool: 'helm' } : undefined;
}

function owner(tool: Owned['tool'], name: string | undefined): Owned {
  return { tool, ...(name === undefined ? {} : { name }) };
}

function valueOf(texts: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return texts !== undefined && Object.hasOwn(texts, key) ? texts[key] : undefined;
}
