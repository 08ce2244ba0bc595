import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Fields, fields, isRecord, type KubeObject, text, timestamp, without } from '../objects/object.ts';
import { apiVersionOf, type ResourceType } from '../objects/resource-types.ts';
import { type ApiError, alreadyExists, badRequest, conflict, invalid, notFound } from '../objects/status.ts';
import type { Store } from '../store/store.ts';
import { admitJob, admitPod, requireNamespace } from './admission.ts';
import { withDefaults } from './defaults.ts';
import { immutableProblems } from './immutable.ts';
import { managedFields } from './managed-fields.ts';
import { randomSuffix } from './random-name.ts';
import { problemsOf, wrong } from './validation.ts';

/** What every write needs besides the object. */
export interface WriteOptions {
  readonly manager: string;
  /** A dry run: everything is decided as usual, nothing is stored. */
  readonly dryRun?: boolean;
  readonly subresource?: string;
  /** Preconditions of a patch are part of the object, so that a different uid is an invalid value, not a conflict. */
  readonly isPatch?: boolean;
}

/** The writing half of the API server: defaults, admission, validation, bookkeeping, then the store. */
export interface Writes {
  readonly create: (type: ResourceType, namespace: string, body: Fields, options: WriteOptions) => KubeObject;
  readonly update: (type: ResourceType, previous: KubeObject, body: Fields, options: WriteOptions) => KubeObject;
}

/** Writes with the clock of the cluster. Refusals are thrown as the API's Status. */
export function createWrites(store: Store, now: () => Date): Writes {
  return {
    create: (type, namespace, body, options) => {
      checkKind(type, body);
      const named = withMetadata(type, namespace, body, now());
      const { name } = named.metadata;
      requireNamespace(store, type, namespace, name);
      const complete = finished(store, type, namespace, named);
      refuse(type, name, problemsOf(type, complete));
      if (store.get(type, namespace, name) !== undefined) throw alreadyExists(type, name);
      const object = recorded(undefined, complete, options, now());
      return options.dryRun === true ? object : store.put(type, object);
    },
    update: (type, previous, body, options) => {
      checkKind(type, body);
      checkPreconditions(type, previous, body, options);
      const next =
        options.subresource === 'status' ? withStatusOf(previous, body) : withoutStatusOf(type, previous, body);
      if (sameContent(previous, next)) return previous;
      refuse(type, previous.metadata.name, [...problemsOf(type, next), ...immutableProblems(previous, next)]);
      const object = recorded(previous, next, options, now());
      return options.dryRun === true ? object : store.put(type, object);
    },
  };
}

function refuse(type: ResourceType, name: string, problems: readonly Parameters<typeof invalid>[2][number][]): void {
  if (problems.length > 0) throw invalid(type, name, problems);
}

function checkKind(type: ResourceType, body: Fields): void {
  const apiVersion = text(body, 'apiVersion');
  const kind = text(body, 'kind');
  if (kind !== '' && kind !== type.kind) {
    throw badRequest(
      `${kind} in version "${type.version}" cannot be handled as a ${type.kind}: no kind "${kind}" is registered`,
    );
  }
  if (apiVersion !== '' && apiVersion !== apiVersionOf(type)) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(type)})`,
    );
  }
}

function withMetadata(type: ResourceType, namespace: string, body: Fields, now: Date): KubeObject {
  const given = fields(body, 'metadata');
  const prefix = text(given, 'generateName');
  const name = text(given, 'name') || (prefix === '' ? '' : `${prefix}${randomSuffix()}`);
  if (type.namespaced && text(given, 'namespace') !== '' && text(given, 'namespace') !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const kept = without(
    given,
    'resourceVersion',
    'selfLink',
    'generation',
    'deletionTimestamp',
    'managedFields',
    'namespace',
  );
  if (text(given, 'resourceVersion') !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  return {
    ...body,
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: {
      ...kept,
      name,
      ...(type.namespaced ? { namespace } : {}),
      uid: randomUUID(),
      resourceVersion: '',
      ...(hasGeneration(type) ? { generation: 1 } : {}),
      creationTimestamp: timestamp(now),
    },
  };
}

function hasGeneration({ hasStatus, kind, custom }: ResourceType): boolean {
  return custom || (hasStatus && !['Node', 'Namespace', 'PersistentVolume', 'Service'].includes(kind));
}

function finished(store: Store, type: ResourceType, namespace: string, body: KubeObject): KubeObject {
  // A kubelet registers its node together with the status; for all other objects, the creator cannot set the status.
  const { status: _, ...withoutStatus } = body;
  const isOwnStatus = type.kind === 'Node' || !type.hasStatus;
  const complete = withDefaults(type.kind, isOwnStatus ? body : withoutStatus);
  if (type.kind === 'Pod') return admitPod(store, namespace, complete) as KubeObject;
  return (type.kind === 'Job' ? admitJob(complete) : complete) as KubeObject;
}

function checkPreconditions(type: ResourceType, previous: KubeObject, body: Fields, { isPatch }: WriteOptions): void {
  const { uid, resourceVersion, name } = previous.metadata;
  const given = fields(body, 'metadata');
  if (text(given, 'name') !== '' && text(given, 'name') !== name) {
    throw badRequest(`the name of the object (${text(given, 'name')}) does not match the name on the URL (${name})`);
  }
  const wantedUid = text(given, 'uid');
  if (wantedUid !== '' && wantedUid !== uid) {
    if (isPatch === true) refuse(type, name, [wrong('metadata.uid', wantedUid, 'field is immutable')]);
    throw conflict(type, name, `Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${uid}`);
  }
  const wanted = text(given, 'resourceVersion');
  if (wanted !== '' && wanted !== resourceVersion) throw conflict(type, name);
}

function withStatusOf(previous: KubeObject, body: Fields): KubeObject {
  return { ...previous, status: body['status'] };
}

function withoutStatusOf(type: ResourceType, previous: KubeObject, body: Fields): KubeObject {
  const complete = withDefaults(type.kind === 'Namespace' ? '' : type.kind, body);
  const given = fields(complete, 'metadata');
  const { labels, annotations, ownerReferences, finalizers } = given;
  const { labels: _l, annotations: _a, ownerReferences: _o, finalizers: _f, ...fixed } = previous.metadata;
  const set = { labels, annotations, ownerReferences, finalizers };
  const own = Object.fromEntries(Object.entries(set).filter(([, value]) => isRecord(value) || Array.isArray(value)));
  const keepsStatus = type.hasStatus && previous['status'] !== undefined;
  const { status: _status, ...rest } = complete;
  return {
    ...(type.hasStatus ? rest : complete),
    apiVersion: previous.apiVersion,
    kind: previous.kind,
    metadata: { ...fixed, ...own },
    ...(keepsStatus ? { status: previous['status'] } : {}),
  };
}

function sameContent(previous: KubeObject, next: KubeObject): boolean {
  const content = ({ metadata, ...rest }: KubeObject) => {
    const { managedFields: _, resourceVersion: _version, ...meta } = metadata;
    return { ...rest, metadata: meta };
  };
  return isDeepStrictEqual(content(previous), content(next));
}

function recorded(previous: KubeObject | undefined, next: KubeObject, options: WriteOptions, at: Date): KubeObject {
  const { generation } = next.metadata;
  const specChanged = previous !== undefined && !isDeepStrictEqual(previous['spec'], next['spec']);
  return {
    ...next,
    metadata: {
      ...next.metadata,
      ...(generation === undefined ? {} : { generation: specChanged ? generation + 1 : generation }),
      managedFields: managedFields(previous, next, {
        manager: options.manager,
        subresource: options.subresource ?? '',
        at,
      }),
    },
  };
}

/** The object, or the API's 404. */
export function existing(store: Store, type: ResourceType, namespace: string, name: string): KubeObject {
  const object = store.get(type, namespace, name);
  if (object === undefined) throw notFound(type, name) satisfies ApiError;
  return object;
}
