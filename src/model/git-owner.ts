import type { GitOwner } from './plan.ts';
import type { Workload } from './workload.ts';

/** What tells who owns an object: the same of a workload, a Secret and a service account. */
export interface Marks {
  readonly managers: readonly { readonly name: string; readonly ownsImages?: boolean }[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Who would set an object back, and the name of what they keep it in. */
export type Owned = Pick<GitOwner, 'tool' | 'name'>;

/** Field managers of controllers that apply what is in Git, again and again; whole names, because others look alike. */
const argoManagers = new Set(['argocd-controller', 'argocd-application-controller']);
const fluxManagers = new Set(['kustomize-controller', 'helm-controller', 'flux']);
const helmManagers = new Set(['helm']);

/**
 * Who owns the workload's template in Git, and what to change there; undefined when nobody seems to. Known by what the
 * tools leave on what they apply (tracking id of Argo CD, labels of Flux, annotations of Helm) and by whose manager wrote
 * the images last. A person's kubectl is nobody's Git, and `app.kubernetes.io/instance` alone is written by everybody.
 */
export function gitOwnerOf(workload: Workload, change: string): GitOwner | undefined {
  const owned = ownedBy(workload);
  return owned === undefined ? undefined : { ...owned, change };
}

/** The same for any object; a manager without `ownsImages` counts for objects that have none. */
export function ownedBy(marks: Marks): Owned | undefined {
  return argoOwned(marks) ?? fluxOwned(marks) ?? helmOwned(marks);
}

function argoOwned({ managers, annotations, labels }: Marks): Owned | undefined {
  // `APP:GROUP/KIND:NAMESPACE/NAME` (Argo CD, resource tracking).
  const tracked = valueOf(annotations, 'argocd.argoproj.io/tracking-id')?.split(':')[0];
  if (tracked !== undefined && tracked !== '') return { tool: 'argocd', name: tracked };
  const named = valueOf(labels, 'argocd.argoproj.io/instance');
  if (named !== undefined) return { tool: 'argocd', name: named };
  if (!isWrittenBy(managers, argoManagers)) return undefined;
  return owner('argocd', valueOf(labels, 'app.kubernetes.io/instance'));
}

function fluxOwned({ managers, labels }: Marks): Owned | undefined {
  for (const kind of ['kustomize', 'helm']) {
    const name = valueOf(labels, `${kind}.toolkit.fluxcd.io/name`);
    const namespace = valueOf(labels, `${kind}.toolkit.fluxcd.io/namespace`);
    if (name !== undefined) return owner('flux', namespace === undefined ? name : `${namespace}/${name}`);
  }
  return isWrittenBy(managers, fluxManagers) ? { tool: 'flux' } : undefined;
}

function helmOwned({ managers, annotations, labels }: Marks): Owned | undefined {
  const release = valueOf(annotations, 'meta.helm.sh/release-name');
  const namespace = valueOf(annotations, 'meta.helm.sh/release-namespace');
  if (release !== undefined) return owner('helm', namespace === undefined ? release : `${namespace}/${release}`);
  const labelled = valueOf(labels, 'app.kubernetes.io/managed-by') === 'Helm';
  return labelled || isWrittenBy(managers, helmManagers) ? { tool: 'helm' } : undefined;
}

function owner(tool: Owned['tool'], name: string | undefined): Owned {
  return { tool, ...(name === undefined ? {} : { name }) };
}

function isWrittenBy(managers: Marks['managers'], names: ReadonlySet<string>): boolean {
  return managers.some(({ name, ownsImages }) => ownsImages !== false && names.has(name));
}

function valueOf(texts: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return texts !== undefined && Object.hasOwn(texts, key) ? texts[key] : undefined;
}
