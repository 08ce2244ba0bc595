import { type Fields, type KubeObject, list, records, text } from '../objects/object.ts';
import { ApiError } from '../objects/status.ts';
import type { Store } from '../store/store.ts';
import type { User } from './request.ts';

/** A requested action, in the terms of a SubjectAccessReview. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  /** `pods` or `pods/log`; empty for paths. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** `/version`; set instead of a resource. */
  readonly path?: string;
}

/** One rule that applies to a user, and its scope. */
interface Grant {
  readonly rule: Fields;
  /** Empty means everywhere. */
  readonly namespace: string;
  readonly because: string;
}

const group = 'rbac.authorization.k8s.io';

/**
 * Decides by the Role, ClusterRole and binding objects that are currently stored (Kubernetes RBAC); `system:masters`
 * may do everything. Returns the reason, or undefined when nothing allows the action.
 */
export function allowedBecause(store: Store, user: User, wanted: Attributes): string | undefined {
  if (user.groups.includes('system:masters')) return 'system:masters';
  for (const grant of grantsOf(store, user)) {
    const inScope = grant.namespace === '' || (wanted.path === undefined && grant.namespace === wanted.namespace);
    if (inScope && covers(grant.rule, wanted)) return grant.because;
  }
  return undefined;
}

/** The rules that apply to a user in a namespace (SelfSubjectRulesReview). */
export function rulesFor(store: Store, user: User, namespace: string): readonly Fields[] {
  if (user.groups.includes('system:masters')) {
    return [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ];
  }
  const grants = grantsOf(store, user);
  return grants.filter((grant) => grant.namespace === '' || grant.namespace === namespace).map(({ rule }) => rule);
}

/** The API's 403, in its own wording. */
export function forbidden(user: User, { verb, group, resource, namespace, name, path }: Attributes): ApiError {
  if (path !== undefined) {
    return new ApiError(403, 'Forbidden', `forbidden: User "${user.name}" cannot ${verb} path "${path}"`, {});
  }
  const [plural = ''] = resource.split('/');
  const kind = group === '' ? plural : `${plural}.${group}`;
  const subject = name === '' ? kind : `${kind} "${name}"`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${subject} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return new ApiError(403, 'Forbidden', message, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: plural,
  });
}

function grantsOf(store: Store, user: User): readonly Grant[] {
  const bindings = [...objects(store, 'clusterrolebindings'), ...objects(store, 'rolebindings')];
  return bindings.filter((binding) => isSubject(binding, user)).flatMap((binding) => grantsOfBinding(store, binding));
}

function grantsOfBinding(store: Store, binding: KubeObject): readonly Grant[] {
  const namespace = binding.metadata.namespace ?? '';
  const kind = text(binding, 'roleRef', 'kind');
  const name = text(binding, 'roleRef', 'name');
  const type = store.type(group, kind === 'Role' ? 'roles' : 'clusterroles');
  const role = type === undefined ? undefined : store.get(type, kind === 'Role' ? namespace : '', name);
  const place = namespace === '' ? binding.metadata.name : `${namespace}/${binding.metadata.name}`;
  const because = `RBAC: allowed by ${binding.kind} "${place}" of ${kind} "${name}"`;
  return records(role, 'rules').map((rule) => ({ rule, namespace, because }));
}

function isSubject(binding: KubeObject, user: User): boolean {
  return records(binding, 'subjects').some((subject) => {
    const kind = text(subject, 'kind');
    if (kind === 'User') return text(subject, 'name') === user.name;
    if (kind === 'Group') return user.groups.includes(text(subject, 'name'));
    const namespace = text(subject, 'namespace') || (binding.metadata.namespace ?? '');
    return kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace}:${text(subject, 'name')}`;
  });
}

function covers(rule: Fields, { verb, group, resource, name, path }: Attributes): boolean {
  if (!names(rule, 'verbs', verb)) return false;
  if (path !== undefined) {
    return list(rule, 'nonResourceURLs').some(
      (pattern) =>
        pattern === path ||
        (typeof pattern === 'string' && pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))),
    );
  }
  const only = list(rule, 'resourceNames');
  const [, subresource] = resource.split('/');
  const resources = list(rule, 'resources');
  const named =
    resources.includes('*') ||
    resources.includes(resource) ||
    (subresource !== undefined && resources.includes(`*/${subresource}`));
  return names(rule, 'apiGroups', group) && named && (only.length === 0 || only.includes(name));
}

function names(rule: Fields, field: string, wanted: string): boolean {
  const values = list(rule, field);
  return values.includes('*') || values.includes(wanted);
}

function objects(store: Store, plural: string): readonly KubeObject[] {
  const type = store.type(group, plural);
  return type === undefined ? [] : store.list(type);
}
