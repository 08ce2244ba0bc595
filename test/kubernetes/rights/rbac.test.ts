import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { rbacYaml } from '../../../src/kubernetes/rights/rbac.ts';
import {
  clusterRules,
  logRules,
  namespaceRules,
  type PolicyRule,
  pullSecretRules,
  remediationFamilies,
  remediationRules,
} from '../../../src/kubernetes/rights/worker-rights.ts';

const Rule = z.strictObject({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
  resourceNames: z.array(z.string()).min(1).optional(),
});
const RbacObject = z.looseObject({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(Rule).default([]),
  roleRef: z.object({ apiGroup: z.string(), kind: z.string(), name: z.string() }).optional(),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })).default([]),
});

function objectsOf(yaml: string) {
  return parseAllDocuments(yaml).map((document) => {
    expect(document.errors).toEqual([]);
    return RbacObject.parse(document.toJS());
  });
}

/** `list apps/deployments` for every right, in order. */
function flat(
  rules: readonly (Pick<PolicyRule, 'apiGroups' | 'resources'> & { readonly verbs: readonly string[] })[],
): readonly string[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      verbs.flatMap((verb) =>
        apiGroups.flatMap((group) => resources.map((resource) => `${verb} ${group}/${resource}`)),
      ),
    )
    .sort((left, right) => left.localeCompare(right));
}

const account = { namespace: 'imagecheck', name: 'imagecheck-worker' };
const used = {
  namespace: 'prod',
  serviceAccounts: ['default', 'web'],
  configMaps: ['settings'],
  pullSecrets: ['ghcr', 'acr'],
};

describe('the rights of manifests/', () => {
  it.each([
    ['base', [...namespaceRules, ...clusterRules]],
    ['components/pull-secrets', pullSecretRules],
    ['components/logs', logRules],
    ['components/remediation/workload-images', remediationRules['workload-images']],
    ['components/remediation/pod-deletion', remediationRules['pod-deletion']],
    ['components/remediation/pull-secrets-writing', remediationRules['pull-secrets-writing']],
  ])('%s are those that the program knows of', (folder, rules) => {
    const file = new URL(`../../../manifests/${folder}/cluster-role.yaml`, import.meta.url);
    const granted = objectsOf(readFileSync(file, 'utf8')).flatMap((object) => object.rules);
    expect(flat(granted)).toEqual(flat(rules));
  });
});

describe('rbacYaml', () => {
  const objects = objectsOf(rbacYaml([used], account));

  it('grants the same, and limits what is got by name to what is in use', () => {
    const roles = objects.filter(({ kind }) => kind === 'Role');
    expect(roles.map(({ metadata }) => metadata)).toEqual([
      { name: 'imagecheck-worker', namespace: 'prod' },
      { name: 'imagecheck-worker-pull-secrets', namespace: 'prod' },
      { name: 'imagecheck-worker-logs', namespace: 'prod' },
    ]);
    expect(flat(roles.flatMap(({ rules }) => rules))).toEqual(
      flat([...namespaceRules, ...pullSecretRules, ...logRules]),
    );
    const limited = roles.flatMap(({ rules }) =>
      rules
        .filter(({ resourceNames }) => resourceNames !== undefined)
        .map((rule) => [rule.resources, rule.resourceNames]),
    );
    expect(limited).toEqual([
      [['serviceaccounts'], ['default', 'web']],
      [['configmaps'], ['settings']],
      [['secrets'], ['ghcr', 'acr']],
    ]);
  });

  it('has one ClusterRole, for what belongs to no namespace', () => {
    const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
    expect(roles.map(({ rules }) => flat(rules))).toEqual([flat(clusterRules)]);
  });

  it('binds every role to the account, in its namespace', () => {
    const roles = objects.filter(({ rules }) => rules.length > 0);
    const bindings = objects.filter(({ roleRef }) => roleRef !== undefined);
    expect(bindings.map(({ roleRef, metadata }) => ({ ...roleRef, ...metadata }))).toEqual(
      roles.map(({ kind, metadata }) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, ...metadata })),
    );
    for (const { subjects } of bindings) expect(subjects).toEqual([{ kind: 'ServiceAccount', ...account }]);
  });

  it('leaves a right out that is about no name, because an empty list of names would mean all of them', () => {
    const nothing = { namespace: 'empty', serviceAccounts: ['default'], configMaps: [], pullSecrets: [] };
    const names = objectsOf(rbacYaml([nothing], account)).map(({ metadata }) => metadata.name);
    expect(names).not.toContain('imagecheck-worker-pull-secrets');
    expect(rbacYaml([nothing], account)).not.toMatch(/secrets|configmaps|resourceNames: \[\]/);
  });

  it('says what each part is for, and makes one set for each namespace', () => {
    const text = rbacYaml([used, { ...used, namespace: 'staging' }], account);
    expect(text.match(/^# .*/gm)?.length).toBe(7);
    expect(objectsOf(text).filter(({ metadata }) => metadata.namespace === 'staging').length).toBe(6);
  });
});

it.each(remediationFamilies)('prints the family %s as a Role when it is asked for, and only then', (family) => {
  const named = (yaml: string) => objectsOf(yaml).filter(({ metadata }) => metadata.name.endsWith(`-${family}`));
  expect(named(rbacYaml([used], account))).toEqual([]);
  const [role, binding, ...more] = named(rbacYaml([used], account, [family]));
  expect(more).toEqual([]);
  expect(role).toMatchObject({ kind: 'Role', metadata: { namespace: 'prod' } });
  expect(flat(role?.rules ?? [])).toEqual(flat(remediationRules[family]));
  expect(binding).toMatchObject({ kind: 'RoleBinding', roleRef: { name: role?.metadata.name } });
});
