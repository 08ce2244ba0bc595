import type { Authentication } from '../api/authentication.ts';
import { fields, type KubeObject, text } from '../objects/object.ts';
import type { Change, Store } from '../store/store.ts';
import { customType, typeOf } from '../write/admission.ts';
import { collectGarbage, deleteObject } from '../write/deletes.ts';
import { type Controller, type ControllerContext, objectOf } from './controller.ts';
import { controllerManager } from './pod-template.ts';

/** Gives every namespace its `default` account and the CA, and empties namespaces that are being deleted. */
export function namespaceController(context: ControllerContext, caPem: string): Controller {
  const { store, writes, now } = context;
  const namespaces = typeOf(store, 'namespaces');
  const terminating = new Set<string>();
  return {
    concerns: ({ object }) => {
      if (object.kind === 'Namespace') return [object.metadata.name];
      const { namespace = '' } = object.metadata;
      return terminating.has(namespace) ? [namespace] : [];
    },
    reconcile: (name) => {
      const namespace = objectOf(store, namespaces, name);
      if (namespace === undefined) {
        terminating.delete(name);
        return undefined;
      }
      if (namespace.metadata.deletionTimestamp !== undefined) {
        terminating.add(name);
        empty(store, namespace, now());
        return undefined;
      }
      const accounts = typeOf(store, 'serviceaccounts');
      const maps = typeOf(store, 'configmaps');
      const options = { manager: controllerManager };
      if (store.get(accounts, name, 'default') === undefined)
        writes.create(accounts, name, { metadata: { name: 'default' } }, options);
      if (store.get(maps, name, 'kube-root-ca.crt') === undefined) {
        writes.create(maps, name, { metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': caPem } }, options);
      }
      return undefined;
    },
  };
}

function empty(store: Store, namespace: KubeObject, now: Date): void {
  const { name } = namespace.metadata;
  const content = store
    .types()
    .filter(({ namespaced }) => namespaced)
    .flatMap((type) => store.list(type, name).map((object) => ({ type, object })));
  if (content.length === 0) return void store.remove(typeOf(store, 'namespaces'), namespace);
  for (const { type, object } of content) {
    const present = store.get(type, name, object.metadata.name);
    if (present?.metadata.deletionTimestamp === undefined && present !== undefined)
      deleteObject(store, type, present, {}, now);
  }
}

/** Deletes objects that have lost their owner; also those with an owner that never existed. */
export function garbageCollector({ store, now }: ControllerContext): Controller {
  const orphaned = new Map<string, KubeObject>();
  return {
    concerns: ({ kind, object }: Change) => {
      const names = object.metadata.ownerReferences ?? [];
      if (kind === 'MODIFIED' || (kind === 'ADDED' && names.length === 0)) return [];
      const owners = kind === 'DELETED' ? [object] : names.map((owner) => stub(owner, object));
      for (const owner of owners) orphaned.set(owner.metadata.uid, owner);
      return owners.map(({ metadata }) => metadata.uid);
    },
    reconcile: (uid) => {
      const owner = orphaned.get(uid);
      orphaned.delete(uid);
      const type = owner === undefined ? undefined : store.typeOfKind(owner.apiVersion, owner.kind);
      if (owner === undefined || type === undefined) return undefined;
      const namespace = type.namespaced ? (owner.metadata.namespace ?? '') : '';
      if (store.get(type, namespace, owner.metadata.name)?.metadata.uid !== uid) collectGarbage(store, owner, now());
      return undefined;
    },
  };
}

function stub(
  owner: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string },
  dependent: KubeObject,
): KubeObject {
  const { namespace } = dependent.metadata;
  const { apiVersion, kind, name, uid } = owner;
  const metadata = {
    name,
    uid,
    resourceVersion: '',
    creationTimestamp: '',
    ...(namespace === undefined ? {} : { namespace }),
  };
  return { apiVersion, kind, metadata };
}

/** Adds the type that a CustomResourceDefinition describes, and removes it with the definition. */
export function customTypes(store: Store): () => void {
  return store.subscribe(({ kind, object }) => {
    const type = object.kind === 'CustomResourceDefinition' ? customType(object) : undefined;
    if (type === undefined || store.type(type.group, type.plural)?.custom === false) return;
    if (kind === 'DELETED') store.undefine(type);
    else store.define(type);
  });
}

/** Fills Secrets of type `kubernetes.io/service-account-token` with a token of the account they name. */
export function tokenController(
  { store, writes }: ControllerContext,
  authentication: Authentication,
  caPem: string,
): Controller {
  const secrets = typeOf(store, 'secrets');
  return {
    concerns: ({ kind, object }) => {
      const isToken = object.kind === 'Secret' && text(object, 'type') === 'kubernetes.io/service-account-token';
      return kind === 'ADDED' && isToken ? [`${object.metadata.namespace ?? ''}/${object.metadata.name}`] : [];
    },
    reconcile: (key) => {
      const secret = objectOf(store, secrets, key);
      const { namespace = '', annotations } = secret?.metadata ?? {};
      const name = annotations?.['kubernetes.io/service-account.name'] ?? '';
      const account = store.get(typeOf(store, 'serviceaccounts'), namespace, name);
      if (secret === undefined || account === undefined) return undefined;
      const token = authentication.issue({ namespace, name, uid: account.metadata.uid });
      const encoded = { token, namespace, 'ca.crt': caPem };
      const added = Object.entries(encoded).map(([field, value]) => [field, Buffer.from(value).toString('base64')]);
      const data = { ...fields(secret, 'data'), ...Object.fromEntries(added) };
      writes.update(secrets, secret, { ...secret, data }, { manager: controllerManager });
      return undefined;
    },
  };
}

const eventLifetimeMs = 3_600_000;

/** Forgets Events an hour after they were last written, as the API server does by default. */
export function expireEvents(store: Store, now: () => Date): void {
  const events = typeOf(store, 'events');
  const oldest = now().getTime() - eventLifetimeMs;
  for (const event of store.list(events)) {
    const written = event.metadata.managedFields?.at(-1);
    if (Date.parse(text(written, 'time') || event.metadata.creationTimestamp) < oldest) store.remove(events, event);
  }
}
