import { type Fields, isRecord, type KubeObject, text, timestamp } from '../objects/object.ts';

/** One entry of `metadata.managedFields`. */
interface Entry extends Fields {
  readonly manager: string;
  readonly operation: 'Update' | 'Apply';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Fields;
  readonly subresource?: string;
}

/** The writer, and the operation used. */
export interface Writer {
  readonly manager: string;
  readonly subresource: string;
  readonly at: Date;
}

// Lists whose items are identified by a field, so that ownership survives reordering (structured-merge-diff list maps).
const listKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  containerStatuses: ['name'],
  ports: ['containerPort', 'protocol'],
  conditions: ['type'],
  addresses: ['type'],
  ownerReferences: ['uid'],
};

// In the metadata, only fields that people set have owners.
const ownedMetadata = ['labels', 'annotations', 'ownerReferences', 'finalizers', 'generateName'];

/**
 * The managers after this write: the last writer of a field owns it (server-side apply, "Field management"). Good
 * enough to show who set an image; atomic lists are owned as a whole.
 */
export function managedFields(previous: KubeObject | undefined, next: Fields, writer: Writer): readonly Fields[] {
  const before = new Map(previous === undefined ? [] : leaves(previous));
  const changed = new Map([...leaves(next)].filter(([path, value]) => before.get(path) !== value));
  const present = new Set([...leaves(next)].map(([path]) => path));
  const kept = ((previous?.metadata.managedFields ?? []) as readonly unknown[]).filter(isEntry);
  const mine = (entry: Entry) =>
    entry.manager === writer.manager &&
    (entry.subresource ?? '') === writer.subresource &&
    entry.operation === 'Update';
  if (changed.size === 0 && previous !== undefined && kept.length > 0) {
    return [...before.keys()].every((path) => present.has(path)) ? kept : kept.map((entry) => pruned(entry, present));
  }
  const others = kept
    .filter((entry) => !mine(entry))
    .map((entry) => pruned(entry, new Set([...present].filter((path) => !changed.has(path)))))
    .filter((entry) => Object.keys(entry.fieldsV1).length > 0);
  const own = kept
    .filter(mine)
    .flatMap((entry) => paths(entry.fieldsV1))
    .filter((path) => present.has(path));
  const tree = treeOf([...new Set([...own, ...changed.keys()])]);
  return [
    ...others,
    {
      manager: writer.manager,
      operation: 'Update',
      apiVersion: text(next, 'apiVersion') || (previous?.apiVersion ?? 'v1'),
      time: timestamp(writer.at),
      fieldsType: 'FieldsV1',
      fieldsV1: tree,
      ...(writer.subresource === '' ? {} : { subresource: writer.subresource }),
    } satisfies Entry,
  ];
}

function isEntry(value: unknown): value is Entry {
  return isRecord(value) && typeof value['manager'] === 'string' && isRecord(value['fieldsV1']);
}

function pruned(entry: Entry, present: ReadonlySet<string>): Entry {
  return { ...entry, fieldsV1: treeOf(paths(entry.fieldsV1).filter((path) => present.has(path))) };
}

const separator = '\u0000';

/** Every leaf with a printable value, by its path of `f:` and `k:` steps. */
function* leaves(object: Fields): Generator<readonly [path: string, value: string]> {
  for (const [key, value] of Object.entries(object)) {
    if (key === 'apiVersion' || key === 'kind') continue;
    if (key !== 'metadata') yield* walk(`f:${key}`, key, value);
    else if (isRecord(value)) {
      for (const field of ownedMetadata) {
        if (value[field] !== undefined) yield* walk(`f:metadata${separator}f:${field}`, field, value[field]);
      }
    }
  }
}

function* walk(path: string, name: string, value: unknown): Generator<readonly [string, string]> {
  if (isRecord(value) && Object.keys(value).length > 0) {
    for (const [key, child] of Object.entries(value)) yield* walk(`${path}${separator}f:${key}`, key, child);
    return;
  }
  const keys = listKeys[name];
  if (!Array.isArray(value) || keys === undefined || !value.every(isRecord)) {
    yield [path, JSON.stringify(value) ?? 'null'];
    return;
  }
  for (const item of value) {
    const id = Object.fromEntries(keys.flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]])));
    yield* walk(`${path}${separator}k:${JSON.stringify(id)}`, '', item);
  }
}

// Pods of one template have the same owned fields; thousands of them share one tree.
const trees = new Map<string, Fields>();
const keptTrees = 2000;

function treeOf(all: readonly string[]): Fields {
  const key = all.join('\n');
  const known = trees.get(key);
  if (known !== undefined) return known;
  const root: Record<string, unknown> = {};
  for (const path of all) {
    let node = root;
    for (const step of path.split(separator)) {
      const child = (node[step] ?? {}) as Record<string, unknown>;
      node[step] = child;
      node = child;
    }
  }
  trees.set(key, root);
  if (trees.size > keptTrees) trees.delete(trees.keys().next().value ?? '');
  return root;
}

function paths(tree: Fields, prefix = ''): readonly string[] {
  return Object.entries(tree).flatMap(([step, child]) => {
    const path = prefix === '' ? step : `${prefix}${separator}${step}`;
    return isRecord(child) && Object.keys(child).length > 0 ? paths(child, path) : [path];
  });
}
