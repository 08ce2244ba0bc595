import type { ContainerKey, Operation, TemplateEdit } from '../../../model/change/operation.ts';
import type { ExpectedImage } from '../../../model/change/plan.ts';

/** Edits of one patch have no order of their own; in the order of names they are the same whatever a template says first. */
export function inOrder(operations: readonly Operation[]): Operation[] {
  return operations.map((operation) =>
    operation.type === 'edit-template'
      ? { ...operation, edits: operation.edits.toSorted((left, right) => compare(editKey(left), editKey(right))) }
      : operation,
  );
}

/** What containers run afterwards, in the order of their names. */
export function expectsInOrder(expects: readonly ExpectedImage[]): ExpectedImage[] {
  return expects
    .map((expected) => ({ ...expected, digests: inDigestOrder(expected.digests) }))
    .toSorted((left, right) => compare(containerKey(left.container), containerKey(right.container)));
}

/** The first digest is what the reference resolves to; the others are a set. */
function inDigestOrder([first, ...others]: readonly string[]): string[] {
  return first === undefined ? [] : [first, ...[...new Set(others)].filter((digest) => digest !== first).toSorted()];
}

function editKey(edit: TemplateEdit): string {
  if ('container' in edit) return `0 ${containerKey(edit.container)} ${edit.field}`;
  return edit.field === 'imagePullSecrets' ? `1 ${edit.change} ${edit.name}` : '2';
}

function containerKey({ type, name }: ContainerKey): string {
  return `${type} ${name}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
