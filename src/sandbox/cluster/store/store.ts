import type { KubeObject } from '../objects/object.ts';
import { builtInTypes, type ResourceType, typeKey } from '../objects/resource-types.ts';

/** One write. `previous` is the object before it; a deletion has the last state in `object`. */
export interface Change {
  readonly type: ResourceType;
  readonly kind: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

/** Objects of every type in key order, with one revision counter and the last changes, as etcd keeps them. */
export interface Store {
  readonly types: () => readonly ResourceType[];
  readonly type: (group: string, plural: string) => ResourceType | undefined;
  readonly typeOfKind: (apiVersion: string, kind: string) => ResourceType | undefined;
  readonly define: (type: ResourceType) => void;
  readonly undefine: (type: ResourceType) => void;
  readonly get: (type: ResourceType, namespace: string, name: string) => KubeObject | undefined;
  /** In key order: namespace, then name. Optionally as of an earlier revision, if that is still kept. */
  readonly list: (type: ResourceType, namespace?: string, revision?: number) => readonly KubeObject[];
  /** All objects with an owner reference to this uid. */
  readonly dependents: (ownerUid: string) => readonly KubeObject[];
  /** Writes the object and returns it with its new resourceVersion. */
  readonly put: (type: ResourceType, object: KubeObject) => KubeObject;
  readonly remove: (type: ResourceType, object: KubeObject) => KubeObject;
  readonly revision: () => number;
  /** Changes after this revision, or `expired` if they are no longer kept. */
  readonly since: (revision: number) => readonly Change[] | 'expired';
  /** Forgets all changes so far, so that older watches and continue tokens expire. */
  readonly compact: () => void;
  /** Calls the listener after every write; returns a function that stops it. */
  readonly subscribe: (listener: (change: Change) => void) => () => void;
}

interface Shelf {
  readonly objects: Map<string, KubeObject>;
  /** Keys in order; undefined after a key was added or removed, until the next list. */
  sorted: readonly string[] | undefined;
}

/** An empty store with the built-in types. Revisions start at 1. */
export function createStore(): Store {
  const shelves = new Map<string, Shelf>();
  const owned = new Map<string, Map<string, KubeObject>>();
  const history = createHistory();
  const shelf = (type: ResourceType): Shelf => {
    const key = typeKey(type);
    const found = shelves.get(key) ?? { objects: new Map(), sorted: undefined };
    shelves.set(key, found);
    return found;
  };
  return {
    ...createTypes(),
    revision: history.revision,
    since: history.since,
    compact: history.compact,
    subscribe: history.subscribe,
    get: (type, namespace, name) => shelf(type).objects.get(objectKey(namespace, name)),
    list: (type, namespace, revision) => {
      const present = listShelf(shelf(type), namespace);
      const changes = revision === undefined ? [] : history.since(revision);
      return changes === 'expired' ? present : undone(present, type, namespace, changes);
    },
    dependents: (uid) => [...(owned.get(uid)?.values() ?? [])],
    put: (type, written) => {
      const key = keyOf(written);
      const previous = shelf(type).objects.get(key);
      const object = withRevision(written, history.next());
      shelf(type).objects.set(key, object);
      if (previous === undefined) shelf(type).sorted = undefined;
      index(owned, previous, object);
      const kind = previous === undefined ? 'ADDED' : 'MODIFIED';
      history.record({ type, kind, revision: history.revision(), object, ...(previous && { previous }) });
      return object;
    },
    remove: (type, removed) => {
      const key = keyOf(removed);
      const previous = shelf(type).objects.get(key);
      if (previous === undefined) throw new Error(`no object ${key} to remove`);
      const object = withRevision(previous, history.next());
      shelf(type).objects.delete(key);
      shelf(type).sorted = undefined;
      index(owned, previous, undefined);
      history.record({ type, kind: 'DELETED', revision: history.revision(), object, previous });
      return object;
    },
  };
}

function withRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function createTypes(): Pick<Store, 'types' | 'type' | 'typeOfKind' | 'define' | 'undefine'> {
  const types = new Map<string, ResourceType>(builtInTypes.map((type) => [typeKey(type), type]));
  return {
    types: () => [...types.values()],
    type: (group, plural) => types.get(typeKey({ group, plural })),
    typeOfKind: (apiVersion, kind) => {
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      return [...types.values()].find((type) => type.kind === kind && type.group === group);
    },
    define: (type) => void types.set(typeKey(type), type),
    undefine: (type) => void types.delete(typeKey(type)),
  };
}

const keptChanges = 2000;

/** The revision counter, the changes still kept, and the listeners for new ones. */
function createHistory() {
  const listeners = new Set<(change: Change) => void>();
  let changes: Change[] = [];
  let revision = 1;
  let compacted = 1;
  return {
    revision: () => revision,
    next: () => {
      revision += 1;
      return revision;
    },
    record: (change: Change): void => {
      changes.push(change);
      if (changes.length > 2 * keptChanges) {
        changes = changes.slice(-keptChanges);
        compacted = (changes[0]?.revision ?? revision) - 1;
      }
      for (const listener of listeners) listener(change);
    },
    since: (from: number): readonly Change[] | 'expired' =>
      from < compacted ? 'expired' : changes.slice(firstAfter(changes, from)),
    compact: (): void => {
      changes = [];
      compacted = revision;
    },
    subscribe: (listener: (change: Change) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function listShelf(shelf: Shelf, namespace: string | undefined): readonly KubeObject[] {
  shelf.sorted ??= [...shelf.objects.keys()].sort();
  const keys =
    namespace === undefined
      ? shelf.sorted
      : shelf.sorted.slice(lowerBound(shelf.sorted, `${namespace}/`), lowerBound(shelf.sorted, `${namespace}0`));
  const found: KubeObject[] = [];
  for (const key of keys) {
    const object = shelf.objects.get(key);
    if (object !== undefined) found.push(object);
  }
  return found;
}

/** A list as it was before these changes. */
function undone(
  present: readonly KubeObject[],
  type: ResourceType,
  namespace: string | undefined,
  changes: readonly Change[],
): readonly KubeObject[] {
  const concerned = changes.filter(
    ({ type: other, object }) =>
      typeKey(other) === typeKey(type) && (namespace === undefined || object.metadata.namespace === namespace),
  );
  if (concerned.length === 0) return present;
  const past = new Map(present.map((object) => [keyOf(object), object]));
  for (const { object, previous } of concerned.toReversed()) {
    if (previous === undefined) past.delete(keyOf(object));
    else past.set(keyOf(object), previous);
  }
  return [...past].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
}

/** First position whose key is not smaller. `0` is the character after `/`, so a namespace ends where `ns0` would be. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAfter(changes: readonly Change[], revision: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

function objectKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** The key that orders objects and is used in continue tokens. */
export function keyOf({ metadata }: Pick<KubeObject, 'metadata'>): string {
  return objectKey(metadata.namespace ?? '', metadata.name);
}

function index(
  owned: Map<string, Map<string, KubeObject>>,
  previous: KubeObject | undefined,
  current: KubeObject | undefined,
): void {
  for (const { uid } of previous?.metadata.ownerReferences ?? []) {
    const dependents = owned.get(uid);
    dependents?.delete(previous?.metadata.uid ?? '');
    if (dependents?.size === 0) owned.delete(uid);
  }
  if (current === undefined) return;
  for (const { uid } of current.metadata.ownerReferences ?? []) {
    const dependents = owned.get(uid) ?? new Map<string, KubeObject>();
    dependents.set(current.metadata.uid, current);
    owned.set(uid, dependents);
  }
}
