import type { Operation, TemplateEdit } from '../../../model/change/operation.ts';
import type { IntentTarget } from '../../../model/change/plan.ts';
import { imageOf } from '../../../model/image/tags.ts';
import { canonicalJson } from '../../../model/values/canonical.ts';

/**
 * Whether operations take back what was done to a target, and nothing else. The way back is stored beside the intent,
 * where no signature covers it; so each step has to be the reverse of a step that was approved, on the same object.
 * After a repull there is no such step for the image: then it stays in the repository that it has.
 */
export function isWayBackOf(back: readonly Operation[], done: IntentTarget): boolean {
  return back.every((operation) => {
    switch (operation.type) {
      case 'edit-template':
        return isSame(operation.target, done.workload) && operation.edits.every((edit) => isReverse(edit, done));
      case 'delete-pods':
        return isSame(operation.workload, done.workload);
      case 'edit-service-account':
        return done.operations.some(
          (one) =>
            one.type === 'edit-service-account' &&
            isSame(one.target, operation.target) &&
            one.pullSecret === operation.pullSecret &&
            one.change !== operation.change,
        );
      case 'restore-pull-secret':
        return done.operations.some(
          (one) =>
            one.type === 'write-pull-secret' && one.namespace === operation.namespace && one.name === operation.name,
        );
      // No remedy writes a credential to take something back.
      case 'write-pull-secret':
        return false;
    }
    return operation satisfies never;
  });
}

function isReverse(edit: TemplateEdit, { operations }: IntentTarget): boolean {
  const done = operations.flatMap((operation) => (operation.type === 'edit-template' ? operation.edits : []));
  switch (edit.field) {
    case 'image': {
      const images = done.flatMap((one) =>
        one.field === 'image' && isSame(one.container, edit.container) ? [one] : [],
      );
      return images.length === 0
        ? isSameRepository(edit.from, edit.to)
        : images.some(({ from, to }) => edit.from === to && edit.to === from);
    }
    case 'imagePullPolicy':
      return done.some(
        (one) =>
          one.field === 'imagePullPolicy' &&
          isSame(one.container, edit.container) &&
          one.from === edit.to &&
          one.to === edit.from,
      );
    case 'imagePullSecrets':
      return done.some(
        (one) => one.field === 'imagePullSecrets' && one.name === edit.name && one.change !== edit.change,
      );
    case 'restartedAt':
      return true;
  }
  return edit satisfies never;
}

function isSameRepository(left: string, right: string): boolean {
  const [one, other] = [imageOf(left), imageOf(right)];
  return one !== undefined && one.registry === other?.registry && one.repository === other.repository;
}

function isSame(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}
