import { type Fields, type KubeObject, text } from '../objects/object.ts';
import type { ResourceType } from '../objects/resource-types.ts';
import { ApiError } from '../objects/status.ts';
import type { Change, Store } from '../store/store.ts';
import { deleteObject } from '../write/deletes.ts';
import type { Writes } from '../write/writes.ts';
import type { Emit } from './emit.ts';

/** What a controller may use; each controller writes under its own name, which managedFields shows as the manager. */
export interface ControllerContext {
  readonly store: Store;
  readonly writes: Writes;
  readonly now: () => Date;
  readonly emit: Emit;
}

/** Brings the world closer to one object's spec. Called again after every change that concerns it. */
export interface Controller {
  /** Key of the object to reconcile after this change, or undefined. */
  readonly concerns: (change: Change) => readonly string[];
  readonly reconcile: (key: string) => Again;
}

/** Milliseconds after which to reconcile again even without a change. */
export type Again = number | undefined;

const retryAfterMs = 1000;

/** Runs controllers one key at a time, each key once however often it changed in the meantime; failures are retried. */
export function runControllers(store: Store, controllers: readonly Controller[]): () => void {
  const queue = new Map<string, () => Again>();
  const timers = new Map<string, NodeJS.Timeout>();
  let next: NodeJS.Immediate | undefined;
  let stopped = false;
  const enqueue = (id: string, work: () => Again) => {
    if (stopped) return;
    queue.set(id, work);
    next ??= setImmediate(drain);
  };
  const drain = () => {
    next = undefined;
    // One slice at a time, so that requests are answered while thousands of pods are created.
    for (const [id, work] of [...queue].slice(0, 20)) {
      queue.delete(id);
      clearTimeout(timers.get(id));
      timers.delete(id);
      const again = attempt(work);
      if (again !== undefined) timers.set(id, setTimeout(() => enqueue(id, work), again).unref());
    }
    if (queue.size > 0 && !stopped) next = setImmediate(drain);
  };
  const unsubscribe = store.subscribe((change) => {
    controllers.forEach((controller, index) => {
      for (const key of controller.concerns(change)) enqueue(`${index} ${key}`, () => controller.reconcile(key));
    });
  });
  return () => {
    stopped = true;
    unsubscribe();
    clearImmediate(next);
    for (const timer of timers.values()) clearTimeout(timer);
  };
}

/** A refusal (quota, missing account, conflict) is part of the world and may be temporary; anything else is a bug. */
function attempt(work: () => Again): Again {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiError) return retryAfterMs;
    throw error;
  }
}

/** The object for a key `namespace/name` (or `name`). */
export function objectOf(store: Store, type: ResourceType, key: string): KubeObject | undefined {
  const slash = key.indexOf('/');
  return slash < 0 ? store.get(type, '', key) : store.get(type, key.slice(0, slash), key.slice(slash + 1));
}

/** Keys to reconcile when a change is about this kind itself or about something it controls. */
export function ownOrOwned(kind: string): (change: Change) => readonly string[] {
  return ({ object, previous }) => {
    const namespace = object.metadata.namespace ?? '';
    if (object.kind === kind) return [`${namespace}/${object.metadata.name}`];
    const owners = [...(object.metadata.ownerReferences ?? []), ...(previous?.metadata.ownerReferences ?? [])];
    return owners
      .filter((owner) => owner.controller === true && owner.kind === kind)
      .map(({ name }) => `${namespace}/${name}`);
  };
}

/** Pods that this object controls. */
export function podsOf(store: Store, owner: KubeObject): readonly KubeObject[] {
  return store.dependents(owner.metadata.uid).filter(({ kind }) => kind === 'Pod');
}

export function isActive(pod: KubeObject): boolean {
  const phase = text(pod, 'status', 'phase');
  return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

export function isReady(pod: KubeObject): boolean {
  const conditions = pod['status'] as { readonly conditions?: readonly Fields[] } | undefined;
  return conditions?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Writes a status if it has changed. */
export function writeStatus(
  { store, writes }: ControllerContext,
  manager: string,
  object: KubeObject,
  status: Fields,
): void {
  const type = store.typeOfKind(object.apiVersion, object.kind);
  if (type !== undefined) writes.update(type, object, { ...object, status }, { manager, subresource: 'status' });
}

/** Deletes one object of a controller, gracefully. */
export function deleteOwned({ store, now }: ControllerContext, object: KubeObject): void {
  const type = store.typeOfKind(object.apiVersion, object.kind);
  if (type !== undefined) deleteObject(store, type, object, {}, now());
}
