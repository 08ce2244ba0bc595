import type { Right } from './right.ts';

/** One rule of a Role or ClusterRole (rbac/v1 `PolicyRule`). */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly Right['verb'][];
  /** All names when left out; an empty list would mean all as well. */
  readonly resourceNames?: readonly string[];
}

const core = [''];

/** What a worker reads in every namespace that it may look at; `manifests/base` grants exactly this and the next one. */
export const namespaceRules: readonly PolicyRule[] = [
  { apiGroups: core, resources: ['pods'], verbs: ['get', 'list'] },
  { apiGroups: core, resources: ['events'], verbs: ['list'] },
  { apiGroups: core, resources: ['serviceaccounts', 'configmaps'], verbs: ['get'] },
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
    verbs: ['get', 'list'],
  },
  { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: ['list'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: ['get', 'list'] },
];

/** What belongs to no namespace. Without it a report says that it has not seen the nodes, and pickers offer nothing. */
export const clusterRules: readonly PolicyRule[] = [
  { apiGroups: core, resources: ['nodes', 'namespaces'], verbs: ['list'] },
];

/** What `manifests/components/pull-secrets` adds. */
export const pullSecretRules: readonly PolicyRule[] = [{ apiGroups: core, resources: ['secrets'], verbs: ['get'] }];

/** What `manifests/components/logs` adds. */
export const logRules: readonly PolicyRule[] = [{ apiGroups: core, resources: ['pods/log'], verbs: ['get'] }];

/** All of these one by one, in the whole cluster: what a worker asks about at its start. */
export const workerRights: readonly Right[] = [
  ...namespaceRules,
  ...clusterRules,
  ...pullSecretRules,
  ...logRules,
].flatMap(({ apiGroups, resources, verbs }) =>
  apiGroups.flatMap((group) =>
    resources.flatMap((name) => {
      const [resource = name, subresource] = name.split('/');
      return verbs.map((verb) => ({ verb, group, resource, ...(subresource === undefined ? {} : { subresource }) }));
    }),
  ),
);
