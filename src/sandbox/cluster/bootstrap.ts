import type { Fields } from './objects/object.ts';
import type { Store } from './store/store.ts';
import { typeOf } from './write/admission.ts';
import type { Writes } from './write/writes.ts';

const rbac = 'rbac.authorization.k8s.io';
const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const reading = ['get', 'list', 'watch'];
const writing = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const namespaced: readonly Fields[] = [
  {
    apiGroups: [''],
    resources: [
      'configmaps',
      'events',
      'persistentvolumeclaims',
      'pods',
      'pods/log',
      'pods/status',
      'replicationcontrollers',
      'serviceaccounts',
      'services',
      'namespaces',
    ],
  },
  { apiGroups: ['apps'], resources: ['*'] },
  { apiGroups: ['batch'], resources: ['*'] },
  { apiGroups: ['autoscaling'], resources: ['*'] },
  { apiGroups: ['networking.k8s.io'], resources: ['*'] },
  { apiGroups: ['policy'], resources: ['*'] },
];
const withVerbs = (verbs: readonly string[]) => namespaced.map((rule) => ({ ...rule, verbs }));

// The roles of a fresh cluster that are referenced here (Kubernetes RBAC, "Default roles and role bindings").
const clusterRoles: Readonly<Record<string, readonly Fields[]>> = {
  'cluster-admin': [everything, { nonResourceURLs: ['*'], verbs: ['*'] }],
  view: withVerbs(reading),
  edit: [...withVerbs(writing), { apiGroups: [''], resources: ['secrets'], verbs: writing }],
  admin: [
    ...withVerbs(writing),
    { apiGroups: [''], resources: ['secrets'], verbs: writing },
    { apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs: writing },
  ],
  'system:discovery': [
    {
      nonResourceURLs: [
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
      verbs: ['get'],
    },
  ],
  'system:public-info-viewer': [
    { nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] },
  ],
  'system:node': [
    {
      apiGroups: [''],
      resources: ['nodes', 'nodes/status'],
      verbs: ['create', 'get', 'list', 'patch', 'update', 'watch'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['delete', 'get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['patch', 'update'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch', 'update'] },
    { apiGroups: [''], resources: ['configmaps', 'secrets', 'serviceaccounts', 'services'], verbs: reading },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'patch', 'update'] },
  ],
};

const bindings: readonly (readonly [name: string, role: string, group: string])[] = [
  ['cluster-admin', 'cluster-admin', 'system:masters'],
  ['system:discovery', 'system:discovery', 'system:authenticated'],
  ['system:public-info-viewer', 'system:public-info-viewer', 'system:unauthenticated'],
  ['system:public-info-viewer:authenticated', 'system:public-info-viewer', 'system:authenticated'],
  ['system:node', 'system:node', 'system:nodes'],
];

/** Creates what a fresh cluster contains: its four namespaces and the default roles. */
export function bootstrap(store: Store, writes: Writes): void {
  const options = { manager: 'kube-apiserver' };
  const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    const metadata = { name, labels: { 'kubernetes.io/metadata.name': name } };
    writes.create(typeOf(store, 'namespaces'), '', { metadata }, options);
  }
  for (const [name, rules] of Object.entries(clusterRoles)) {
    writes.create(typeOf(store, 'clusterroles', rbac), '', { metadata: { name, labels }, rules }, options);
  }
  for (const [name, role, group] of bindings) {
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: role };
    const subjects = [{ apiGroup: rbac, kind: 'Group', name: group }];
    writes.create(
      typeOf(store, 'clusterrolebindings', rbac),
      '',
      { metadata: { name, labels }, roleRef, subjects },
      options,
    );
  }
}
