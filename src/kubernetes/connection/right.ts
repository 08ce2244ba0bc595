/** One RBAC permission. */
export interface Right {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  /** Plural: `pods`. */
  readonly resource: string;
  /** API group; default: the core group. */
  readonly group?: string;
  readonly subresource?: string;
  /** Default: all namespaces. */
  readonly namespace?: string;
}

/** `list pods in prod`, `get pods/log in prod`. */
export function formatRight({ verb, resource, subresource, namespace }: Right): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return namespace === undefined ? `${verb} ${what}` : `${verb} ${what} in ${namespace}`;
}
