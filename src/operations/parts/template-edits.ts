import type { ContainerKey, TemplateEdit } from '../../model/change/operation.ts';
import { imageChange } from '../../model/image/short-image.ts';
import { imageOf } from '../../model/image/tags.ts';
import { cut } from '../../model/text/words.ts';
import { canonicalJson } from '../../model/values/canonical.ts';
import type { Sides } from './operation-kind.ts';

/** One edit as people read it: `web: web:88a216e → web@sha256:9c0d…`. */
export function changeText(edit: TemplateEdit): string {
  switch (edit.field) {
    case 'image':
      return imageChange(edit.container.name, edit.from, edit.to);
    case 'imagePullPolicy':
      return `${edit.container.name}: pull policy ${edit.from ?? 'unset'} → ${edit.to ?? 'unset'}`;
    case 'imagePullSecrets':
      return `pull secret ${cut(edit.name, 120)}: ${edit.change === 'add' ? 'added' : 'taken out'}`;
    case 'restartedAt':
      return 'pods restart';
    default:
      return edit satisfies never;
  }
}

/** One edit as stored in records. */
export function describeEdit(edit: TemplateEdit): Sides {
  switch (edit.field) {
    case 'image':
      return { before: `${edit.container.name}: ${edit.from}`, after: `${edit.container.name}: ${edit.to}` };
    case 'imagePullPolicy':
      return {
        before: `${edit.container.name}: pull policy ${edit.from ?? 'unset'}`,
        after: `${edit.container.name}: pull policy ${edit.to ?? 'unset'}`,
      };
    case 'imagePullSecrets':
      return sidesOf(edit.change, `imagePullSecrets ${edit.name} of the template`);
    case 'restartedAt':
      return { before: 'not restarted', after: `restarted at ${edit.to}` };
    default:
      return edit satisfies never;
  }
}

/** Both sides of something that is added or removed. */
export function sidesOf(change: 'add' | 'remove', what: string): Sides {
  const [without, having] = [`without ${what}`, `with ${what}`];
  return change === 'add' ? { before: without, after: having } : { before: having, after: without };
}

/** The edits that reverse these, last first. A restart cannot be undone. */
export function invertEdits(edits: readonly TemplateEdit[]): readonly TemplateEdit[] {
  return edits.toReversed().flatMap((edit): readonly TemplateEdit[] => {
    switch (edit.field) {
      case 'image':
        return [{ ...edit, from: edit.to, to: edit.from }];
      case 'imagePullPolicy':
        return [{ ...edit, from: edit.to, to: edit.from }];
      case 'imagePullSecrets':
        return [{ ...edit, change: edit.change === 'add' ? 'remove' : 'add' }];
      case 'restartedAt':
        return [];
      default:
        return edit satisfies never;
    }
  });
}

/**
 * Whether an edit is the reverse of one of these. A repull has no reverse for the image: it only has to stay in its
 * repository.
 */
export function isReverseEdit(edit: TemplateEdit, done: readonly TemplateEdit[]): boolean {
  switch (edit.field) {
    case 'image': {
      const images = done.flatMap((one) =>
        one.field === 'image' && isSameContainer(one.container, edit.container) ? [one] : [],
      );
      return images.length === 0
        ? isSameRepository(edit.from, edit.to)
        : images.some(({ from, to }) => edit.from === to && edit.to === from);
    }
    case 'imagePullPolicy':
      return done.some(
        (one) =>
          one.field === 'imagePullPolicy' &&
          isSameContainer(one.container, edit.container) &&
          one.from === edit.to &&
          one.to === edit.from,
      );
    case 'imagePullSecrets':
      return done.some(
        (one) => one.field === 'imagePullSecrets' && one.name === edit.name && one.change !== edit.change,
      );
    case 'restartedAt':
      return true;
    default:
      return edit satisfies never;
  }
}

function isSameContainer(left: ContainerKey, right: ContainerKey): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

function isSameRepository(left: string, right: string): boolean {
  const [one, other] = [imageOf(left), imageOf(right)];
  return one !== undefined && one.registry === other?.registry && one.repository === other.repository;
}

/**
 * Edits of one patch have no inherent order; sorted by name they are the same whatever the order in the template.
 */
export function editsInOrder(edits: readonly TemplateEdit[]): TemplateEdit[] {
  return edits.toSorted((left, right) => {
    const [one, other] = [editKey(left), editKey(right)];
    return one < other ? -1 : one > other ? 1 : 0;
  });
}

function editKey(edit: TemplateEdit): string {
  if ('container' in edit) return `0 ${edit.container.type} ${edit.container.name} ${edit.field}`;
  return edit.field === 'imagePullSecrets' ? `1 ${edit.change} ${edit.name}` : '2';
}
