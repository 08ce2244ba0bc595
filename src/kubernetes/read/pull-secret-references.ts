import { z } from 'zod';
import { foreignList } from '../../model/values/foreign.ts';

/** `imagePullSecrets` of a template or a service account, complete: entries are kept unchanged. */
export const NamedReferences = foreignList(z.looseObject({ name: z.string().nullish() })).nullish();
export type NamedReferences = z.infer<typeof NamedReferences>;

/** The list with the name appended or removed; undefined if nothing would change. An empty list is removed. */
export function changedPullSecrets(
  present: NamedReferences,
  change: 'add' | 'remove',
  name: string,
):
  | { readonly list: (NamedReferences & object) | undefined; readonly told: { before: string; after: string } }
  | undefined {
  const now = present ?? [];
  if (now.some((entry) => entry.name === name) === (change === 'add')) return undefined;
  const next = change === 'add' ? [...now, { name }] : now.filter((entry) => entry.name !== name);
  const line = (list: typeof now): string =>
    `imagePullSecrets: ${list.length === 0 ? '(none)' : list.map((entry) => entry.name ?? '').join(', ')}`;
  return { list: next.length === 0 ? undefined : next, told: { before: line(now), after: line(next) } };
}
