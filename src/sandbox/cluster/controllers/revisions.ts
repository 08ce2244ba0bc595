import { isDeepStrictEqual } from 'node:util';
import { at, fields, type KubeObject, number, ownerReference, texts } from '../objects/object.ts';
import { typeOf } from '../write/admission.ts';
import { contentHash } from '../write/random-name.ts';
import { type ControllerContext, deleteOwned } from './controller.ts';
import { controllerManager } from './pod-template.ts';

/** The label that ties a pod to the template it was created from. */
export const revisionLabel = 'controller-revision-hash';

/**
 * The ControllerRevision of a DaemonSet's or StatefulSet's current template; created if needed and given the newest
 * number.
 */
export function ensureRevision(context: ControllerContext, owner: KubeObject): KubeObject {
  const { store, writes } = context;
  const type = typeOf(store, 'controllerrevisions', 'apps');
  const template = { ...fields(owner, 'spec', 'template'), $patch: 'replace' };
  const all = revisionsOf(context, owner);
  const highest = Math.max(0, ...all.map(revisionNumber));
  const known = all.find((revision) => isDeepStrictEqual(at(revision, 'data', 'spec', 'template'), template));
  if (known !== undefined) {
    if (revisionNumber(known) === highest) return known;
    return writes.update(type, known, { ...known, revision: highest + 1 }, { manager: controllerManager });
  }
  const hash = contentHash(template);
  const body = {
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      labels: { ...texts(template, 'metadata', 'labels'), [revisionLabel]: hash },
      ownerReferences: [ownerReference(owner)],
    },
    data: { spec: { template } },
    revision: highest + 1,
  };
  const created = writes.create(type, owner.metadata.namespace ?? '', body, { manager: controllerManager });
  const limit = number(owner, 'spec', 'revisionHistoryLimit') ?? 10;
  for (const old of all.slice(0, Math.max(0, all.length - limit))) deleteOwned(context, old);
  return created;
}

/** Oldest first. */
function revisionsOf({ store }: ControllerContext, owner: KubeObject): readonly KubeObject[] {
  const owned = store.dependents(owner.metadata.uid).filter(({ kind }) => kind === 'ControllerRevision');
  return [...owned].sort((a, b) => revisionNumber(a) - revisionNumber(b));
}

function revisionNumber(revision: KubeObject): number {
  return number(revision, 'revision') ?? 0;
}

/** The hash part of the revision, which pods carry as a label. */
export function revisionHash(revision: KubeObject): string {
  return revision.metadata.labels?.[revisionLabel] ?? '';
}
