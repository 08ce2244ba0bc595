import type { ContainerKey } from '../../../model/change/operation.ts';
import type { ExpectedImage } from '../../../model/change/plan.ts';

/** What containers run afterwards, in the order of their names: the same whatever a template says first. */
export function expectsInOrder(expects: readonly ExpectedImage[]): ExpectedImage[] {
  return expects
    .map((expected) => ({ ...expected, digests: inDigestOrder(expected.digests) }))
    .toSorted((left, right) => compare(containerKey(left.container), containerKey(right.container)));
}

/** The first digest is what the reference resolves to; the others are a set. */
function inDigestOrder([first, ...others]: readonly string[]): string[] {
  return first === undefined ? [] : [first, ...[...new Set(others)].filter((digest) => digest !== first).toSorted()];
}

function containerKey({ type, name }: ContainerKey): string {
  return `${type} ${name}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
