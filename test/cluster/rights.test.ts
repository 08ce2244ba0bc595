import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type Diagnosis, diagnose } from '../../src/flows/ask/diagnose.ts';
import {
  clusterRules,
  namespaceRules,
  type PolicyRule,
  workerRights,
} from '../../src/kubernetes/rights/worker-rights.ts';
import type { WorkloadRef } from '../../src/model/workload/workload.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start.ts';
import { type Client, createClient } from '../sandbox/cluster/client.ts';
import { imagecheck } from './support/imagecheck.ts';
import { type Installed, install } from './support/installed.ts';
import { openReaches, type Reaches } from './support/reaches.ts';
import { createWorkloads, refs } from './support/workloads.ts';

const cluster = inject('cluster');
const namespace = 'rights';
/** On what belongs to no namespace, so that it can be taken away again. */
const label = 'imagecheck-test=rights';
const workloads = refs(namespace);

const Printed = z.looseObject({
  rules: z.array(z.looseObject({ resourceNames: z.array(z.string()).optional() })).default([]),
});

/** Every right as RBAC names it: `pods/log`. */
const all = workerRights.map(({ verb, group = '', resource, subresource }) => ({
  verb,
  group,
  resource: subresource === undefined ? resource : `${resource}/${subresource}`,
}));
type Right = (typeof all)[number];

describe('the rights of manifests/', () => {
  let installed: Installed;
  let sandbox: Sandbox;
  let reaches: Reaches;
  let api: Client;

  beforeAll(async () => {
    installed = await install(cluster);
    sandbox = await startSandbox({
      stories: [],
      port: 0,
      redisServer: process.env['IMAGECHECK_REDIS_SERVER'] ?? 'redis-server',
      kubeconfig: installed.admin.kubeconfig,
      productKubeconfig: installed.worker.kubeconfig,
      say: () => {},
    });
    reaches = await openReaches(cluster, sandbox);
    api = createClient({ ...cluster, stop: () => Promise.resolve() });
    await createWorkloads(sandbox, installed.admin, namespace);
  });

  afterAll(async () => {
    await api?.removeNamespace(namespace);
    await installed?.admin.run(['delete', 'clusterrole,clusterrolebinding', '-l', label]);
    await reaches?.close();
    await api?.close();
    await sandbox?.stop();
    await installed?.close();
  });

  async function ask(token: string, ref: WorkloadRef): Promise<Diagnosis> {
    return diagnose({ type: 'workload', ...ref }, await reaches.as(token));
  }

  it('stand beside Deployments that Pod Security admits as restricted', async () => {
    const list = (...what: string[]) => installed.admin.run(['-n', 'imagecheck', 'get', ...what]);
    const labels = '-o=jsonpath={.items[*].metadata.labels.app\\.kubernetes\\.io/name}';
    const pods = async () => new Set((await list('pods', labels)).split(' '));
    await expect.poll(pods).toEqual(new Set(['imagecheck-bot', 'imagecheck-redis', 'imagecheck-worker']));
    expect(await list('namespace', 'imagecheck', '-o=jsonpath={.metadata.labels}')).toContain(
      '"pod-security.kubernetes.io/enforce":"restricted"',
    );
    expect(await list('events', '--field-selector=reason=FailedCreate', '-o=name')).toBe('');
  });

  it.each(Object.entries(workloads))('are enough for %s', async (_, ref) => {
    const answer = await ask(await tokenOf('imagecheck', 'imagecheck-worker'), ref);
    expect(said(answer)).not.toMatch(/right/);
    expect(answer.kind).toBe('report');
  });

  it('are enough for a pod of a Deployment, for pickers, and for a name without kind and namespace', async () => {
    const token = await tokenOf('imagecheck', 'imagecheck-worker');
    const pod = await ask(token, await podOf('web'));
    expect(pod).toMatchObject({
      kind: 'report',
      report: { owners: [/^ReplicaSet\/web-/, 'Deployment/web'].map(matching) },
    });
    expect(said(pod)).not.toMatch(/right/);
    const { cluster: reader } = await reaches.as(token);
    const signal = AbortSignal.timeout(10_000);
    expect(await reader.namespaces({ signal })).toMatchObject({
      known: true,
      value: expect.arrayContaining([namespace]),
    });
    const listed = await reader.workloads({}, { signal });
    expect(listed).toMatchObject({ known: true });
    expect(listed.known && listed.incomplete).toBeFalsy();
  });

  it.each(all)(
    'without $verb $group/$resource everything else is still read, and the answer says what is missing',
    async (right) => {
      const token = await accountWithout(`without-${right.verb}-${right.resource.replace('/', '-')}`, right);
      const missing = `${right.verb} ${right.resource}`;
      const answers = await Promise.all(
        [...Object.values(workloads), await podOf('web')].map(async (ref) => ({ ref, answer: await ask(token, ref) })),
      );
      for (const { ref, answer } of answers) {
        // Only the workload itself cannot be done without.
        if (answer.kind !== 'report') expect(answer).toMatchObject({ kind: 'absent', certain: false });
        else expect(answer.report.subject).toMatchObject({ name: ref.name });
      }
      const { cluster: reader } = await reaches.as(token);
      const namespaces = await reader.namespaces({ signal: AbortSignal.timeout(10_000) });
      const picker = namespaces.known ? '' : `right to ${namespaces.missingRight}`;
      const told = [...answers.map(({ answer }) => said(answer)), picker];
      expect(told.filter((text) => text.includes(`right to ${missing}`)).length).toBeGreaterThan(0);
      const others = all.filter((other) => other !== right).map(({ verb, resource }) => `right to ${verb} ${resource}`);
      expect(told.filter((text) => others.some((other) => new RegExp(`${other}(?![/a-z])`).test(text)))).toEqual([]);
    },
  );

  describe('as Roles of a namespace, printed by imagecheck rbac', () => {
    let printed: string;
    let token: string;

    beforeAll(async () => {
      const account = `${namespace}/by-roles`;
      const args = ['--namespaces', namespace, '--service-account', account];
      const ended = await imagecheck(['rbac', ...args, '--kubeconfig', installed.admin.kubeconfig]);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      printed = ended.stdout;
      await installed.admin.run(['-n', namespace, 'create', 'serviceaccount', 'by-roles']);
      await installed.admin.run(['apply', '-f', '-'], printed);
      await installed.admin.run([
        'label',
        'clusterrole/by-roles-cluster',
        'clusterrolebinding/by-roles-cluster',
        label,
      ]);
      token = await tokenOf(namespace, 'by-roles');
    });

    it('name what is in use', () => {
      const rules = parseAllDocuments(printed).flatMap((document) => Printed.parse(document.toJS()).rules);
      const names = rules.flatMap(({ resourceNames }) => (resourceNames === undefined ? [] : [resourceNames]));
      expect(names).toEqual([['default'], ['settings'], ['pull']]);
    });

    it.each(Object.entries(workloads))('are enough for %s', async (_, ref) => {
      const answer = await ask(token, ref);
      expect(answer.kind).toBe('report');
      expect(said(answer)).not.toMatch(new RegExp(`right to .* in ${namespace}`));
      expect(said(answer)).not.toMatch(/nodes/);
    });

    it('reach nothing in another namespace', async () => {
      const answer = await ask(token, { kind: 'Deployment', namespace: 'imagecheck', name: 'imagecheck-bot' });
      expect(answer).toMatchObject({ kind: 'absent', certain: false });
      expect(said(answer)).toContain('right to get deployments in imagecheck');
    });

    it('do without the ClusterRole, and the report says that it has not seen the nodes', async () => {
      await installed.admin.run(['delete', 'clusterrolebinding', 'by-roles-cluster']);
      // The API server looks at its cache of bindings.
      await expect.poll(async () => said(await ask(token, workloads.web))).toContain('nodes (no right to list nodes)');
      expect((await ask(token, workloads.web)).kind).toBe('report');
    });
  });

  it('of the base alone reach neither Secrets nor logs', async () => {
    const token = await accountWith('base-alone', [...namespaceRules, ...clusterRules]);
    expect(said(await ask(token, workloads.web))).toMatch(/pull secret pull \(no right to get secrets/);
    expect(said(await ask(token, workloads.crash))).toMatch(/container crash \(no right to get pods\/log/);
    const base = await installed.admin.run(['kustomize', join(import.meta.dirname, '../../manifests/base')]);
    const reached = await Promise.all(
      [['secrets'], ['pods', '--subresource=log']].map((what) =>
        installed.admin.try(['auth', 'can-i', 'get', ...what, '--token', token]),
      ),
    );
    expect(reached.map(({ stdout }) => stdout.trim())).toEqual(['no', 'no']);
    expect(base).not.toMatch(/^ *- (secrets|pods\/log)$/m);
  });

  async function tokenOf(within: string, account: string): Promise<string> {
    const path = `/api/v1/namespaces/${within}/serviceaccounts/${account}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const answer = await api.call('POST', path, { body });
    const { token } = answer.body['status'] as { token: string };
    return token;
  }

  /** An account with every right but one. */
  function accountWithout(name: string, missing: Right): Promise<string> {
    const rules = all
      .filter((right) => right !== missing)
      .map(({ verb, group, resource }) => ({ apiGroups: [group], resources: [resource], verbs: [verb] }));
    return accountWith(name, rules);
  }

  async function accountWith(name: string, rules: readonly PolicyRule[]): Promise<string> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const subjects = [{ kind: 'ServiceAccount', namespace, name }];
    for (const [path, body] of [
      [`/api/v1/namespaces/${namespace}/serviceaccounts`, {}],
      [`${rbac}/clusterroles`, { rules }],
      [`${rbac}/clusterrolebindings`, { roleRef, subjects }],
    ] as const) {
      const metadata = { name, labels: Object.fromEntries([label.split('=')]) };
      expect((await api.call('POST', path, { body: { metadata, ...body } })).code).toBe(201);
    }
    return tokenOf(namespace, name);
  }

  async function podOf(app: string): Promise<WorkloadRef> {
    const names = await installed.admin.run(['-n', namespace, 'get', 'pods', '-l', `app=${app}`, '-o', 'name']);
    return { kind: 'Pod', namespace, name: (names.split('\n')[0] ?? '').replace('pod/', '') };
  }
});

/** What an answer says that it has not seen. */
function said(answer: Diagnosis): string {
  if (answer.kind === 'report') return answer.report.notSeen.join('\n');
  return answer.kind === 'absent' ? answer.message : '';
}

function matching(text: string | RegExp): unknown {
  return typeof text === 'string' ? text : expect.stringMatching(text);
}
