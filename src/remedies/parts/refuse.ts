import type { Refusal } from './remedy.ts';

/** A refusal: why nothing should be done, what to do instead, and how with kubectl. */
export function refuse(why: string, remedy?: string, kubectl: readonly string[] = []): Refusal {
  return { kind: 'refused', why, kubectl, ...(remedy === undefined ? {} : { remedy }) };
}

/** Whether a step ended in a refusal. */
export function isRefusal(value: object): value is Refusal {
  return 'kind' in value && value.kind === 'refused';
}
