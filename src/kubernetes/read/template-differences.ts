import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { foreignList, foreignRecord } from '../../model/values/foreign.ts';

/** A complete pod template, for a comparison. */
export const WholeTemplate = foreignRecord(z.unknown());
export type WholeTemplate = z.infer<typeof WholeTemplate>;

/** Whether two templates are equal for the controllers, which ignore what they add themselves (`EqualIgnoreHash`). */
export function isSameTemplate(left: WholeTemplate, right: WholeTemplate): boolean {
  return differences(left, right, isGenerated).length === 0;
}

/** What the controllers themselves add to a template, or leave in it. */
export function isGenerated(path: string): boolean {
  return path === 'metadata.labels.pod-template-hash' || path === 'metadata.creationTimestamp' || path === '$patch';
}

/** Paths where two templates differ; containers are compared by name. Empty and absent are equal. */
export function differences(
  left: unknown,
  right: unknown,
  isIgnored: (path: string) => boolean,
  path = '',
): readonly string[] {
  if (isDeepStrictEqual(left, right) || isIgnored(path) || (isEmpty(left) && isEmpty(right))) return [];
  const isList = /(?:^|\.)(?:initContainers|containers)$/.test(path);
  const one = isList ? byName(left) : fieldsOf(left);
  const other = isList ? byName(right) : fieldsOf(right);
  if (one === undefined || other === undefined) return [path === '' ? 'template' : path];
  const order = isList && !isDeepStrictEqual(Object.keys(one), Object.keys(other)) ? [`order of ${path}`] : [];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const isSameSet = keys.length === Object.keys(one).length && keys.length === Object.keys(other).length;
  const below = keys.flatMap((key) => {
    const at = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return isList && !(Object.hasOwn(one, key) && Object.hasOwn(other, key))
      ? [at]
      : differences(one[key], other[key], isIgnored, at);
  });
  return [...(isSameSet ? order : []), ...below];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** An absent map equals an empty one. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined || value === null) return {};
  return Array.isArray(value) ? undefined : WholeTemplate.safeParse(value).data;
}

const NamedList = foreignList(z.looseObject({ name: z.string() }));

function byName(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const list = NamedList.safeParse(value ?? []).data;
  return list === undefined ? undefined : Object.fromEntries(list.map((entry) => [entry.name, entry]));
}
