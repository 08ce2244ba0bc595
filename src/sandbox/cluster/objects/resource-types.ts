/** One kind of object and how it is addressed. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** `status` is only written through its own path. */
  readonly hasStatus: boolean;
  /** Whether a CustomResourceDefinition defines it. */
  readonly custom: boolean;
}

/** `apps/deployments`; the core group has no name: `/pods`. */
export function typeKey({ group, plural }: Pick<ResourceType, 'group' | 'plural'>): string {
  return `${group}/${plural}`;
}

/** `apps/v1`, or `v1`. */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

type Row = readonly [apiVersion: string, kind: string, plural: string, options?: string];

// Options: n namespaced, s status subresource, a in `kubectl get all`; after the colon the short names.
const rows: readonly Row[] = [
  ['v1', 'Pod', 'pods', 'nsa:po'],
  ['v1', 'Node', 'nodes', 's:no'],
  ['v1', 'Namespace', 'namespaces', 's:ns'],
  ['v1', 'Event', 'events', 'n:ev'],
  ['v1', 'ConfigMap', 'configmaps', 'n:cm'],
  ['v1', 'Secret', 'secrets', 'n'],
  ['v1', 'ServiceAccount', 'serviceaccounts', 'n:sa'],
  ['v1', 'Service', 'services', 'nsa:svc'],
  ['v1', 'Endpoints', 'endpoints', 'n:ep'],
  ['v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', 'ns:pvc'],
  ['v1', 'PersistentVolume', 'persistentvolumes', 's:pv'],
  ['v1', 'LimitRange', 'limitranges', 'n:limits'],
  ['v1', 'ResourceQuota', 'resourcequotas', 'ns:quota'],
  ['v1', 'ReplicationController', 'replicationcontrollers', 'nsa:rc'],
  ['apps/v1', 'Deployment', 'deployments', 'nsa:deploy'],
  ['apps/v1', 'ReplicaSet', 'replicasets', 'nsa:rs'],
  ['apps/v1', 'StatefulSet', 'statefulsets', 'nsa:sts'],
  ['apps/v1', 'DaemonSet', 'daemonsets', 'nsa:ds'],
  ['apps/v1', 'ControllerRevision', 'controllerrevisions', 'n'],
  ['batch/v1', 'Job', 'jobs', 'nsa'],
  ['batch/v1', 'CronJob', 'cronjobs', 'nsa:cj'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'nsa:hpa'],
  ['coordination.k8s.io/v1', 'Lease', 'leases', 'n'],
  ['networking.k8s.io/v1', 'Ingress', 'ingresses', 'ns:ing'],
  ['policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', 'ns:pdb'],
  ['storage.k8s.io/v1', 'StorageClass', 'storageclasses', ':sc'],
  ['rbac.authorization.k8s.io/v1', 'Role', 'roles', 'n'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', 'n'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', ''],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', ''],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', 's:crd,crds'],
];

/** The kinds that exist in every cluster. */
export const builtInTypes: readonly ResourceType[] = rows.map(([apiVersion, kind, plural, options = '']) => {
  const [flags = '', names = ''] = options.split(':');
  const [first = '', second] = apiVersion.split('/');
  return {
    group: second === undefined ? '' : first,
    version: second ?? first,
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: flags.includes('n'),
    shortNames: names === '' ? [] : names.split(','),
    categories: flags.includes('a') ? ['all'] : [],
    hasStatus: flags.includes('s'),
    custom: false,
  };
});
