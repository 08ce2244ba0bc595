import type { ContainerKey, TemplateEdit } from '../../model/change/operation.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { counted, cut, listed } from '../../model/text/words.ts';
import { volumeAt, volumePlace } from '../../model/workload/volume-place.ts';
import type { Container } from '../../model/workload/workload.ts';
import { refuse } from './refuse.ts';
import type { Refusal } from './remedy.ts';

/** A container that a change of the template can affect. */
export interface Editable extends Container {
  readonly type: 'main' | 'init';
}

/**
 * Main and init containers of the template. Ephemeral containers belong to one pod and are never touched, nor are
 * volumes.
 */
export function editableContainers({ template }: Pick<Snapshot, 'template'>): readonly Editable[] {
  return template.containers.filter((one): one is Editable => one.type === 'main' || one.type === 'init');
}

/** The named containers, or all of them without names. */
export function chooseContainers(
  snapshot: Pick<Snapshot, 'template'>,
  names: readonly string[] | undefined,
): readonly Editable[] | Refusal {
  const all = editableContainers(snapshot);
  if (names === undefined) return all.length > 0 ? all : refuse('The template has no containers.');
  const chosen: Editable[] = [];
  for (const name of new Set(names)) {
    const container = chooseContainer(snapshot, name);
    if ('kind' in container) return container;
    chosen.push(container);
  }
  return chosen;
}

/** The named container; without a name the only main container. */
export function chooseContainer(snapshot: Pick<Snapshot, 'template'>, name: string | undefined): Editable | Refusal {
  const all = editableContainers(snapshot);
  const mains = all.filter(({ type }) => type === 'main');
  const found = name === undefined ? (mains.length === 1 ? mains[0] : undefined) : all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const there = `Containers here: ${listed(
    all.map((one) => cut(one.name, 63)),
    10,
  )}.`;
  if (name === undefined) return refuse(`There are ${counted(mains.length, 'container')}; say which one.`, there);
  return refuse(whyNot(snapshot, name), there);
}

function whyNot({ template }: Pick<Snapshot, 'template'>, name: string): string {
  const other = template.containers.find((one) => one.name === name || one.name === volumePlace(name));
  if (other?.type === 'ephemeral') return `${cut(name, 63)} is an ephemeral container; those are never changed.`;
  if (other?.type !== 'volume') return `There is no container ${cut(name, 63)}.`;
  return `${cut(volumeAt(other.name) ?? '', 63)} is an image volume; change its reference where the workload is defined.`;
}

/** How operations name a container. */
export function keyOf({ type, name }: Editable): ContainerKey {
  return { type, name };
}

/** Sets another image for a container; nothing if it already has that image. */
export function imageEdit(container: Editable, to: string): readonly TemplateEdit[] {
  return container.image === to ? [] : [{ field: 'image', container: keyOf(container), from: container.image, to }];
}

/** Sets another pull policy for a container; nothing if it already has that policy. */
export function policyEdit(container: Editable, to: Container['pullPolicy'] | null): readonly TemplateEdit[] {
  const from = container.pullPolicy ?? null;
  return to === undefined || from === to ? [] : [{ field: 'imagePullPolicy', container: keyOf(container), from, to }];
}
