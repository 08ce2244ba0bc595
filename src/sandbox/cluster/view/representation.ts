import type { Fields, KubeObject } from '../objects/object.ts';
import { printerOf } from './rows.ts';

/** The representation of an object that the client wants (API concepts, "Receiving resources as Tables"). */
export type Representation = 'object' | 'table' | 'metadata' | 'list-metadata';

/** Reads `Accept`; the first known form wins, in the client's order. */
export function representationOf(accept: string): Representation {
  for (const form of accept.split(',')) {
    if (/;\s*as=Table\b/.test(form)) return 'table';
    if (/;\s*as=PartialObjectMetadata\b/.test(form)) return 'metadata';
    if (/;\s*as=PartialObjectMetadataList\b/.test(form)) return 'list-metadata';
    if (/^\s*(application\/json|\*\/\*)\s*(;|$)/.test(form)) return 'object';
  }
  return 'object';
}

export function partialMetadata({ metadata }: KubeObject): Fields {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

/** The `Table` that `kubectl get` prints; rows carry the object's metadata unless `includeObject` says otherwise. */
export function table(
  kind: string,
  objects: readonly KubeObject[],
  metadata: Fields,
  options: { readonly includeObject: string; readonly withColumns: boolean; readonly now: Date },
): Fields {
  const { columns, row } = printerOf(kind);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: options.withColumns ? columns.map(columnDefinition) : [],
    rows: objects.map((object) => ({
      cells: row(object, options.now),
      ...rowObject(object, options.includeObject),
    })),
  };
}

function columnDefinition(name: string): Fields {
  const isWide = /^[a-z]/.test(name);
  const isNumber = /^(Desired|Current|Up-to-date|Available|Data|Secrets|Active)$/.test(name);
  return {
    name: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`.replace(/^Ip$/, 'IP'),
    type: isNumber ? 'integer' : 'string',
    format: name === 'Name' ? 'name' : '',
    description: '',
    priority: isWide ? 1 : 0,
  };
}

function rowObject(object: KubeObject, includeObject: string): Fields {
  if (includeObject === 'None') return {};
  return { object: includeObject === 'Object' ? object : partialMetadata(object) };
}

const texts = new WeakMap<KubeObject, string>();

/** The object as JSON; serialised once per version, because large lists repeat objects. */
export function jsonOf(object: KubeObject): string {
  const known = texts.get(object);
  if (known !== undefined) return known;
  const written = JSON.stringify(object);
  texts.set(object, written);
  return written;
}
