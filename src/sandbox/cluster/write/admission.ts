import { type Fields, fields, type KubeObject, records, text } from '../objects/object.ts';
import type { ResourceType } from '../objects/resource-types.ts';
import { ApiError, notFound } from '../objects/status.ts';
import type { Store } from '../store/store.ts';
import { randomSuffix } from './random-name.ts';

/** Refuses new objects in a namespace that is missing or being deleted (admission plugin NamespaceLifecycle). */
export function requireNamespace(store: Store, type: ResourceType, namespace: string, name: string): void {
  if (!type.namespaced) return;
  const namespaces = typeOf(store, 'namespaces');
  const found = store.get(namespaces, '', namespace);
  if (found === undefined) throw notFound(namespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const message = `${type.plural} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  throw new ApiError(403, 'Forbidden', message, { name, kind: type.plural });
}

/**
 * What admission adds to a new pod (plugins ServiceAccount and DefaultTolerationSeconds): the account `default`, the
 * account's pull secrets if the pod names none (docs/facts/kubernetes.md#pull-credentials), its token, and the two
 * tolerations of every pod.
 */
export function admitPod(store: Store, namespace: string, pod: Fields): Fields {
  const spec = fields(pod, 'spec');
  const accountName = text(spec, 'serviceAccountName') || 'default';
  const account = store.get(typeOf(store, 'serviceaccounts'), namespace, accountName);
  if (account === undefined) {
    // Names are generated after admission, so the message only has the prefix.
    const name = text(pod, 'metadata', 'generateName') || text(pod, 'metadata', 'name');
    const message = `pods "${name}" is forbidden: error looking up service account ${namespace}/${accountName}: serviceaccount "${accountName}" not found`;
    throw new ApiError(403, 'Forbidden', message, { name, kind: 'pods' });
  }
  const own = records(spec, 'imagePullSecrets');
  const inherited = own.length > 0 ? own : records(account, 'imagePullSecrets');
  return {
    ...pod,
    spec: {
      ...(wantsToken(spec, account) ? withToken(spec) : spec),
      serviceAccountName: accountName,
      serviceAccount: accountName,
      enableServiceLinks: spec['enableServiceLinks'] ?? true,
      priority: spec['priority'] ?? 0,
      preemptionPolicy: spec['preemptionPolicy'] ?? 'PreemptLowerPriority',
      ...(inherited.length === 0 ? {} : { imagePullSecrets: inherited }),
      tolerations: withDefaultTolerations(records(spec, 'tolerations')),
    },
    status: { phase: 'Pending', qosClass: qosClass(spec) },
  };
}

/** The pod's own setting overrides its account's. */
function wantsToken(spec: Fields, account: KubeObject): boolean {
  const said = spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken'];
  const isMounted = (container: Fields) =>
    records(container, 'volumeMounts').some((each) => each['mountPath'] === tokenPath);
  return said !== false && !records(spec, 'containers').some(isMounted);
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The projected volume with the account's token, the cluster's authority and the namespace. */
function withToken(spec: Fields): Fields {
  const name = `kube-api-access-${randomSuffix()}`;
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
  ];
  const mounted = (container: Fields) => ({
    ...container,
    volumeMounts: [...records(container, 'volumeMounts'), { name, readOnly: true, mountPath: tokenPath }],
  });
  const inits = records(spec, 'initContainers').map(mounted);
  return {
    ...spec,
    volumes: [...records(spec, 'volumes'), { name, projected: { sources, defaultMode: 420 } }],
    containers: records(spec, 'containers').map(mounted),
    ...(inits.length === 0 ? {} : { initContainers: inits }),
  };
}

/** The selector of a Job and the labels of its pods, derived from the Job's own uid. */
export function admitJob(job: Fields): Fields {
  const spec = fields(job, 'spec');
  if (spec['manualSelector'] === true) return job;
  const uid = text(job, 'metadata', 'uid');
  const name = text(job, 'metadata', 'name');
  const matchLabels = { 'batch.kubernetes.io/controller-uid': uid };
  const template = fields(spec, 'template');
  const metadata = fields(template, 'metadata');
  const labels = {
    ...fields(metadata, 'labels'),
    ...matchLabels,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  return {
    ...job,
    spec: { ...spec, selector: { matchLabels }, template: { ...template, metadata: { ...metadata, labels } } },
  };
}

function withDefaultTolerations(tolerations: readonly Fields[]): readonly Fields[] {
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (wanted) =>
      !tolerations.some(({ key, effect }) => key === wanted && (effect === undefined || effect === 'NoExecute')),
  );
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  return [...tolerations, ...added];
}

function qosClass(spec: Fields): string {
  const all = records(spec, 'containers').map((container) => fields(container, 'resources'));
  const isSet = (resources: Fields) =>
    [resources['limits'], resources['requests']].some((part) => Object.keys(fields(part)).length > 0);
  if (!all.some(isSet)) return 'BestEffort';
  const guaranteed = all.every((resources) =>
    ['cpu', 'memory'].every((name) => {
      const limit = fields(resources, 'limits')[name];
      return limit !== undefined && (fields(resources, 'requests')[name] ?? limit) === limit;
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** A built-in type of the core group. */
export function typeOf(store: Store, plural: string, group = ''): ResourceType {
  const type = store.type(group, plural);
  if (type === undefined) throw new Error(`no type ${group}/${plural}`);
  return type;
}

/** Defines or removes the type that a CustomResourceDefinition describes (its stored version). */
export function customType(definition: KubeObject): ResourceType | undefined {
  const spec = fields(definition, 'spec');
  const names = fields(spec, 'names');
  const version = records(spec, 'versions').find(({ storage }) => storage === true) ?? records(spec, 'versions')[0];
  const plural = text(names, 'plural');
  if (version === undefined || plural === '' || text(names, 'kind') === '' || text(spec, 'group') === '')
    return undefined;
  const shortNames = Array.isArray(names['shortNames']) ? names['shortNames'] : [];
  return {
    group: text(spec, 'group'),
    version: text(version, 'name'),
    plural,
    singular: text(names, 'singular') || text(names, 'kind').toLowerCase(),
    kind: text(names, 'kind'),
    namespaced: text(spec, 'scope') !== 'Cluster',
    shortNames: shortNames.filter((name) => typeof name === 'string'),
    categories: [],
    hasStatus: Object.hasOwn(fields(version, 'subresources'), 'status'),
    custom: true,
  };
}
