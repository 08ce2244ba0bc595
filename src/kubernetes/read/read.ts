import type { z } from 'zod';
import { type Fact, known } from '../../model/values/fact.ts';
import type { Lookup, Reading } from '../../ports/cluster.ts';
import { toLookup, toUnknown } from '../connection/answer.ts';
import type { Api } from '../connection/api.ts';
import { pathOf, type Resource, rightTo } from './kinds.ts';
import { type ListRequest, readAll } from './list.ts';

/** What every read of a cluster needs. */
export interface ClusterSource {
  readonly api: Api;
  readonly pageSize: number;
}

/** Reads one object; an object with an unexpected shape is unknown, not absent. */
export async function getObject<T>(
  source: ClusterSource,
  where: { readonly resource: Resource; readonly namespace?: string; readonly name: string; readonly accept?: string },
  schema: z.ZodType<T>,
  reading: Reading,
): Promise<Lookup<T>> {
  const { resource, namespace, name, accept } = where;
  const request = { path: pathOf(resource, namespace, name), ...(accept === undefined ? {} : { accept }) };
  const found = toLookup(await source.api.json(request, reading), rightTo('get', resource, namespace));
  if (found.kind !== 'found') return found;
  const parsed = schema.safeParse(found.value);
  if (parsed.success) return { kind: 'found', value: parsed.data };
  const at = parsed.error.issues[0]?.path.join('.') ?? '';
  const place = at === '' ? '' : ` (at ${at})`;
  return { kind: 'unknown', why: `${resource.plural}/${name} has a shape that cannot be read${place}` };
}

/** Reads a whole collection page by page; objects with an unexpected shape are left out and reported. */
export async function listObjects<S, T>(
  source: ClusterSource,
  where: { readonly resource: Resource; readonly namespace?: string | undefined } & Omit<ListRequest<S, T>, 'path'>,
  reading: Reading,
): Promise<Fact<readonly T[]>> {
  const { resource, namespace, ...wanted } = where;
  const result = await readAll(source.api, { ...wanted, path: pathOf(resource, namespace) }, source.pageSize, reading);
  if (!result.ok) return toUnknown(result, rightTo('list', resource, namespace));
  const { items, unreadable } = result.value;
  if (unreadable.length === 0) return known(items);
  const names = unreadable.slice(0, 3).join(', ');
  return known(items, [`${unreadable.length} ${resource.plural} of a shape that cannot be read: ${names}`]);
}
