import { type Fields, fields, type KubeObject, number, text, timestamp } from '../objects/object.ts';
import type { ResourceType } from '../objects/resource-types.ts';
import { ApiError, conflict } from '../objects/status.ts';
import type { Store } from '../store/store.ts';

/** `DeleteOptions`, from the body or the query. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
}

/** Reads options from where clients put them: kubectl in the body, others in the query. */
export function deleteOptions(body: Fields, query: URLSearchParams): DeleteOptions {
  const grace = number(body, 'gracePeriodSeconds') ?? wholeNumber(query.get('gracePeriodSeconds'));
  const policy = text(body, 'propagationPolicy') || query.get('propagationPolicy') || '';
  const preconditions = fields(body, 'preconditions');
  const uid = text(preconditions, 'uid');
  const resourceVersion = text(preconditions, 'resourceVersion');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy === '' ? {} : { propagationPolicy: policy }),
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
    dryRun: isDryRun(query) || (Array.isArray(body['dryRun']) && body['dryRun'].includes('All')),
  };
}

/** Whether a write is a dry run; `All` is the only valid value. */
export function isDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '');
  const wrong = values.find((value) => value !== 'All');
  if (wrong === undefined) return values.length > 0;
  const message = `dryRun: Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`;
  throw new ApiError(422, 'Invalid', ` "" is invalid: ${message}`, {});
}

function wholeNumber(value: string | null): number | undefined {
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** An object that is gone, or one that still waits for its kubelet or finalizers. */
export interface Deletion {
  readonly object: KubeObject;
  readonly gone: boolean;
}

/**
 * Deletes as the API server does: a pod on a node is only marked, and is removed when its kubelet confirms with a grace
 * period of 0; finalizers and namespaces also delay the removal; `Orphan` leaves the dependents without an owner.
 */
export function deleteObject(
  store: Store,
  type: ResourceType,
  object: KubeObject,
  options: DeleteOptions,
  now: Date,
): Deletion {
  const { name, uid, resourceVersion, finalizers = [] } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`;
    throw conflict(type, name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(type, name, why);
  }
  if (options.dryRun === true) return { object, gone: true };
  if (options.propagationPolicy === 'Orphan') orphan(store, uid);
  const grace = gracePeriod(type, object, options);
  if (grace === 0 && finalizers.length === 0 && type.kind !== 'Namespace') {
    return { object: store.remove(type, object), gone: true };
  }
  if (object.metadata.deletionTimestamp !== undefined && grace >= (object.metadata.deletionGracePeriodSeconds ?? 0)) {
    return { object, gone: false };
  }
  return { object: store.put(type, marked(type, object, grace, now)), gone: false };
}

function gracePeriod(type: ResourceType, object: KubeObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (type.kind !== 'Pod') return 0;
  const phase = text(object, 'status', 'phase');
  if (text(object, 'spec', 'nodeName') === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  return gracePeriodSeconds ?? number(object, 'spec', 'terminationGracePeriodSeconds') ?? 30;
}

function marked(type: ResourceType, object: KubeObject, grace: number, now: Date): KubeObject {
  const deletionTimestamp = timestamp(new Date(now.getTime() + grace * 1000));
  const { generation } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      deletionTimestamp,
      deletionGracePeriodSeconds: grace,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
    },
    ...(type.kind === 'Namespace' ? { status: { ...fields(object, 'status'), phase: 'Terminating' } } : {}),
  };
}

function orphan(store: Store, uid: string): void {
  for (const dependent of store.dependents(uid)) {
    const type = store.typeOfKind(dependent.apiVersion, dependent.kind);
    const ownerReferences = (dependent.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    if (type !== undefined) store.put(type, { ...dependent, metadata: { ...dependent.metadata, ownerReferences } });
  }
}

/**
 * Deletes objects that have lost their last owner; called after every deletion (garbage collection in the background).
 */
export function collectGarbage(store: Store, owner: KubeObject, now: Date): void {
  for (const dependent of store.dependents(owner.metadata.uid)) {
    const type = store.typeOfKind(dependent.apiVersion, dependent.kind);
    const owners = dependent.metadata.ownerReferences ?? [];
    const live = owners.filter(({ apiVersion, kind, name, uid }) => {
      const ownerType = store.typeOfKind(apiVersion, kind);
      // An owner of an unknown kind cannot be said to be gone.
      if (ownerType === undefined) return uid !== owner.metadata.uid;
      const namespace = ownerType.namespaced ? (dependent.metadata.namespace ?? '') : '';
      return store.get(ownerType, namespace, name)?.metadata.uid === uid;
    });
    if (type !== undefined && live.length === 0) deleteObject(store, type, dependent, {}, now);
  }
}

/** The response to a DELETE of an object that is removed immediately. */
export function deletedStatus(type: ResourceType, { metadata }: KubeObject): Fields {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: metadata.name,
      ...(type.group === '' ? {} : { group: type.group }),
      kind: type.plural,
      uid: metadata.uid,
    },
  };
}
