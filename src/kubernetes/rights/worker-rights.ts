import type { Right } from '../connection/right.ts';

/** One rule of a Role or ClusterRole (rbac/v1 `PolicyRule`). */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly Right['verb'][];
  /** Default: all names; an empty list would also mean all. */
  readonly resourceNames?: readonly string[];
}

const core = [''];

/** What a worker reads in every namespace that it may access; `manifests/base` grants exactly this and the next one. */
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

/**
 * Objects without a namespace. Without these permissions a report says that it could not read the nodes, and pickers
 * offer nothing.
 */
export const clusterRules: readonly PolicyRule[] = [
  { apiGroups: core, resources: ['nodes', 'namespaces'], verbs: ['list'] },
];

/** What `manifests/components/pull-secrets` adds. */
export const pullSecretRules: readonly PolicyRule[] = [{ apiGroups: core, resources: ['secrets'], verbs: ['get'] }];

/** What `manifests/components/logs` adds. */
export const logRules: readonly PolicyRule[] = [{ apiGroups: core, resources: ['pods/log'], verbs: ['get'] }];

/**
 * Families of remedies: what each needs besides reading, for exactly the requests that its operations send. Manifests
 * below `manifests/components/remediation/` and `imagecheck rbac` grant these and nothing more.
 */
export const remediationFamilies = ['workload-images', 'pod-deletion', 'pull-secrets-writing'] as const;
export type RemediationFamily = (typeof remediationFamilies)[number];

/** The Event beside every change. */
const eventRule: PolicyRule = { apiGroups: core, resources: ['events'], verbs: ['create'] };

export const remediationRules: Readonly<Record<RemediationFamily, readonly PolicyRule[]>> = {
  'workload-images': [
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['patch'] },
    { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['patch'] },
    { apiGroups: core, resources: ['pods'], verbs: ['patch'] },
    eventRule,
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['list'] },
  ],
  'pod-deletion': [{ apiGroups: core, resources: ['pods'], verbs: ['delete'] }, eventRule],
  'pull-secrets-writing': [
    // Deletes the sibling after an undo, and a Secret that the undone approval created.
    { apiGroups: core, resources: ['secrets'], verbs: ['get', 'create', 'patch', 'delete'] },
    { apiGroups: core, resources: ['serviceaccounts'], verbs: ['patch'] },
    eventRule,
  ],
};

function rightsOf(rules: readonly PolicyRule[]): readonly Right[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((name) => {
        const [resource = name, subresource] = name.split('/');
        return verbs.map((verb) => ({ verb, group, resource, ...(subresource === undefined ? {} : { subresource }) }));
      }),
    ),
  );
}

/** All of these one by one, in the whole cluster: what a worker checks when it starts. */
export const workerRights: readonly Right[] = rightsOf([
  ...namespaceRules,
  ...clusterRules,
  ...pullSecretRules,
  ...logRules,
]);

/** The permissions of a family one by one. */
export function remediationRights(family: RemediationFamily): readonly Right[] {
  return rightsOf(remediationRules[family]);
}
