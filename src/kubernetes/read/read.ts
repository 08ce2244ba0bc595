import type { z } from 'zod';
import { type Fact, known } from '../../model/values/fact.ts';
import type { Lookup, Reading } from '../../ports/cluster.ts';
import { toLookup, toUnknown } from '../connection/answer.ts';
import type { Api } from '../connection/api.ts';
import { heapBytes } from './heap-bytes.ts';
import { pathOf, type Resource, rightTo } from './kinds.ts';
import { type ListRequest, type ListSource, readAll } from './list.ts';
import { shortened } from './shortened.ts';

/** What every read of a cluster needs. */
export interface ClusterSource extends ListSource {
  readonly api: Api;
}

/** One object to read. */
interface ObjectRequest {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
  readonly accept?: string;
}

/**
 * Reads one object for a diagnosis: long texts are cut, and an object for which the question has no room is unknown, as
 * is one with an unexpected shape.
 */
export async function getObject<T>(
  source: ClusterSource,
  where: ObjectRequest,
  schema: z.ZodType<T>,
  reading: Reading,
): Promise<Lookup<T>> {
  const found = await getWhole(source, where, schema, reading);
  if (found.kind !== 'found') return found;
  const value = shortened(found.value);
  if (source.bytes.keep(heapBytes(value, new Set()), reading.signal)) return { kind: 'found', value };
  return { kind: 'unknown', why: `${where.resource.plural}/${where.name} takes more memory than a question may use` };
}

/** Reads one object as it is, to compare it or write it back. */
export async function getWhole<T>(
  source: ClusterSource,
  where: ObjectRequest,
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
  const result = await readAll(source, { ...wanted, path: pathOf(resource, namespace) }, reading);
  if (!result.ok) return toUnknown(result, rightTo('list', resource, namespace));
  const { items, unreadable, isCut } = result.value;
  const names = unreadable.slice(0, 3).join(', ');
  return known(items, [
    ...(unreadable.length === 0
      ? []
      : [`${unreadable.length} ${resource.plural} of a shape that cannot be read: ${names}`]),
    ...(isCut === true ? [`not all ${resource.plural}: they take more memory than a question may use`] : []),
  ]);
}
