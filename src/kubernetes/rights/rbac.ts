import { stringify } from 'yaml';
import type { NamesInUse } from '../read/names-in-use.ts';
import {
  clusterRules,
  logRules,
  namespaceRules,
  type PolicyRule,
  pullSecretRules,
  type RemediationFamily,
  remediationRules,
} from './worker-rights.ts';

/** The service account that gets the permissions. */
export interface WorkerAccount {
  readonly namespace: string;
  readonly name: string;
}

const api = 'rbac.authorization.k8s.io';

/**
 * The permissions of `manifests/` as Roles per namespace, with these families of remedies, for clusters that allow no
 * ClusterRole: objects that are read by name are limited to the names currently in use. YAML documents for
 * `kubectl apply`, each with its purpose.
 */
export function rbacYaml(
  namespaces: readonly NamesInUse[],
  account: WorkerAccount,
  families: readonly RemediationFamily[] = [],
): string {
  const perNamespace = namespaces.flatMap((names) => {
    const where = ` in ${names.namespace}`;
    return [
      role(
        `Reading workloads${where}; neither Secrets nor logs.`,
        account.name,
        names,
        named(namespaceRules, names),
        account,
      ),
      role(
        `Pull secrets${where}, by name; left out, images are not tried as their workloads. Again after a new one.`,
        `${account.name}-pull-secrets`,
        names,
        named(pullSecretRules, names),
        account,
      ),
      role(
        `Logs of failing containers${where}; left out, the report says that it has not seen them.`,
        `${account.name}-logs`,
        names,
        logRules,
        account,
      ),
      ...families.map((family) =>
        role(remediationOf(family, where), `${account.name}-${family}`, names, remediationRules[family], account),
      ),
    ];
  });
  const cluster = `Nodes and names of namespaces; may be left out: the report then says that it has not seen the nodes.`;
  return [...perNamespace, clusterRole(cluster, `${account.name}-cluster`, clusterRules, account)].join('');
}

/** The purpose of a family, and what has to be applied with it: a Role cannot say which fields may change. */
function remediationOf(family: RemediationFamily, where: string): string {
  const policies = `manifests/components/remediation/${family}`;
  return `Remedies of the family ${family}${where}. Apply the policies of ${policies} as well: they limit it to what is approved.`;
}

/**
 * Rules that get by name become rules about the names in use; a rule without any name is left out, because an empty
 * list means all.
 */
function named(rules: readonly PolicyRule[], names: NamesInUse): readonly PolicyRule[] {
  const inUse: Readonly<Record<string, readonly string[]>> = {
    serviceaccounts: names.serviceAccounts,
    configmaps: names.configMaps,
    secrets: names.pullSecrets,
  };
  return rules.flatMap((rule) => {
    if (!rule.resources.every((resource) => Object.hasOwn(inUse, resource))) return [rule];
    return rule.resources.flatMap((resource) => {
      const resourceNames = inUse[resource] ?? [];
      return resourceNames.length === 0 ? [] : [{ ...rule, resources: [resource], resourceNames }];
    });
  });
}

function role(
  what: string,
  name: string,
  { namespace }: NamesInUse,
  rules: readonly PolicyRule[],
  account: WorkerAccount,
): string {
  if (rules.length === 0) return '';
  const metadata = { name, namespace };
  return (
    document(what, { apiVersion: `${api}/v1`, kind: 'Role', metadata, rules }) +
    document('', binding('Role', metadata, account))
  );
}

function clusterRole(what: string, name: string, rules: readonly PolicyRule[], account: WorkerAccount): string {
  const metadata = { name };
  return (
    document(what, { apiVersion: `${api}/v1`, kind: 'ClusterRole', metadata, rules }) +
    document('', binding('ClusterRole', metadata, account))
  );
}

function binding(kind: 'Role' | 'ClusterRole', metadata: { readonly name: string }, account: WorkerAccount) {
  return {
    apiVersion: `${api}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: api, kind, name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  };
}

function document(what: string, object: object): string {
  const comment = what === '' ? '' : `# ${what}\n`;
  return `---\n${comment}${stringify(object, { aliasDuplicateObjects: false })}`;
}
