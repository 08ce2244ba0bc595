import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { type Answer, type Client, createClient } from '../sandbox/cluster/client.ts';
import { type Installed, install, policyProof } from './support/installed.ts';
import { image, impossible, kinds, objects, type TemplateKind } from './support/policy-objects.ts';
import { auths, escaped, note, others, ours, type Patch, structural } from './support/refused-changes.ts';
import * as mutations from './support/template-mutations.ts';

const cluster = inject('cluster');
const core = '/api/v1';
const binding = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';

const Schemas = z.object({
  components: z.object({
    schemas: z.record(z.string(), z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() })),
  }),
});

const refusal = /ValidatingAdmissionPolicy 'imagecheck-worker-/;

/** Controllers and the API server's own watches are slow on a busy machine. */
const patience = { timeout: 20_000, interval: 100 };

describe('the policies beside the writing rights', () => {
  let installed: Installed;
  let api: Client;
  let token: string;
  let namespace: string;
  /** A pod of the Deployment. */
  let owned: string;
  const schemas = new Map<string, readonly string[]>();

  beforeAll(async () => {
    installed = await install(cluster);
    token = await tokenOf(installed);
    api = createClient({ ...cluster, stop: () => Promise.resolve() });
    namespace = await api.namespace('policies-');
    for (const [path, body] of objects(namespace)) {
      expect(await api.call('POST', path, { body })).toMatchObject({ code: 201 });
    }
    for (const group of ['api/v1', 'apis/apps/v1', 'apis/batch/v1']) {
      const { components } = Schemas.parse((await api.call('GET', `/openapi/v3/${group}`)).body);
      for (const [name, { properties = {} }] of Object.entries(components.schemas)) {
        schemas.set(name.split('.').slice(-2).join('.'), Object.keys(properties));
      }
    }
    // The API server learns of policies by watching.
    await vi.waitFor(async () => {
      owned = (
        await installed.admin.run([
          '-n',
          namespace,
          'get',
          'pods',
          '-l',
          'app=web',
          '-o=jsonpath={.items[0].metadata.name}',
        ])
      ).trim();
      expect(owned).not.toBe('');
    }, patience);
    // Where a pod has no node yet, the server itself needs no grace period.
    const target = { metadata: { name: owned }, target: { kind: 'Node', name: 'nowhere' } };
    await api.call('POST', `${core}/namespaces/${namespace}/pods/${owned}/binding`, { body: target });
    for (const { path } of Object.values(kinds)) await inForce(`${path(namespace)}/web`);
    await inForce(`${core}/namespaces/${namespace}/pods/bare`);
    await inForce(`${core}/namespaces/${namespace}/secrets/pull`);
    await inForce(`${core}/namespaces/${namespace}/serviceaccounts/web`);
    await refused(() => asWorker('DELETE', `${core}/namespaces/${namespace}/pods/bare?dryRun=All`));
  });

  afterAll(async () => {
    await api?.call('DELETE', `${binding}/policy-proof`);
    if (namespace !== undefined) await api?.removeNamespace(namespace);
    await api?.close();
    await installed?.close();
  });

  describe('with the rights of the components and no more', () => {
    it.each(Object.keys(kinds) as TemplateKind[])(
      'let images, pull policies, pull secrets and a restart of a %s pass',
      async (kind) => {
        const { path, template } = kinds[kind];
        const pod = `${template}/spec`;
        const allowed: readonly Patch[][] = [
          [{ op: 'replace', path: `${pod}/containers/0/image`, value: image('2') }],
          [{ op: 'replace', path: `${pod}/initContainers/0/image`, value: image('2') }],
          [{ op: 'replace', path: `${pod}/containers/0/imagePullPolicy`, value: 'Always' }],
          [{ op: 'add', path: `${pod}/imagePullSecrets`, value: [{ name: 'pull' }] }],
          [
            {
              op: 'add',
              path: `${template}/metadata/annotations/${escaped('kubectl.kubernetes.io/restartedAt')}`,
              value: 'now',
            },
          ],
          note('imagecheck.dev/last-approval'),
          note('kubernetes.io/change-cause'),
        ];
        for (const patch of [...allowed, allowed.flat()]) {
          expect(await change(`${path(namespace)}/web`, patch), JSON.stringify(patch)).toMatchObject({ code: 200 });
        }
      },
    );

    it('let the image of a bare pod, a pull secret and those of a service account pass', async () => {
      const at = `${core}/namespaces/${namespace}`;
      const secret = {
        metadata: { name: 'new', labels: ours, annotations: { 'imagecheck.dev/last-approval': 'A1' } },
        type,
        data: { '.dockerconfigjson': auths },
      };
      for (const [path, patch] of [
        ['pods/bare', [{ op: 'replace', path: '/spec/containers/0/image', value: image('2') }]],
        ['pods/bare', note('imagecheck.dev/last-approval')],
        [
          'secrets/pull',
          [{ op: 'replace', path: '/data/.dockerconfigjson', value: auths }, ...note('imagecheck.dev/last-approval')],
        ],
        [
          'serviceaccounts/web',
          [
            { op: 'add', path: '/imagePullSecrets', value: [{ name: 'pull' }] },
            ...note('imagecheck.dev/last-approval'),
          ],
        ],
      ] as const) {
        expect(await change(`${at}/${path}`, patch), path).toMatchObject({ code: 200 });
      }
      expect(await asWorker('POST', `${at}/secrets?dryRun=All`, { body: secret })).toMatchObject({ code: 201 });
      expect(await asWorker('DELETE', `${at}/secrets/made?dryRun=All`)).toMatchObject({ code: 200 });
      expect(await asWorker('DELETE', `${at}/pods/${owned}?dryRun=All`)).toMatchObject({ code: 200 });
    });
  });

  // So nothing but the policies can refuse.
  describe('whatever rights the account was given', () => {
    beforeAll(async () => {
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
      const subjects = [{ kind: 'ServiceAccount', namespace: 'imagecheck', name: 'imagecheck-worker' }];
      const body = { metadata: { name: 'policy-proof' }, roleRef, subjects };
      expect((await api.call('POST', binding, { body })).code).toBe(201);
      await vi.waitFor(async () => expect((await asWorker('GET', `${core}/secrets?limit=1`)).code).toBe(200), patience);
    });

    describe.each(Object.keys(kinds) as TemplateKind[])('of a %s', (kind) => {
      const { path, template, specs } = kinds[kind];
      const pod = `${template}/spec`;

      it.each([
        ['Container', `${pod}/containers/0`, mutations.container],
        ['Container', `${pod}/initContainers/0`, mutations.container],
        ['PodSpec', pod, mutations.podSpec],
        ...specs.map(([type, at]) => [type, at, mutations.specs[type] ?? {}] as const),
      ] as const)('no other field of %s at %s can change', async (type, at, values) => {
        const fields = fieldsOf(type).filter((field) => !(mutations.free[type] ?? []).includes(field));
        expect(fields.filter((field) => !Object.hasOwn(values, field))).toEqual([]);
        const told = await Promise.all(
          fields.map(async (field) => {
            const set = { ...mutations.together[field], [field]: values[field] };
            const patch = Object.entries(set).map(
              ([key, value]): Patch => ({ op: 'add', path: `${at}/${key}`, value }),
            );
            return { field, ...(await verdict(`${path(namespace)}/web`, patch)) };
          }),
        );
        expect(told.filter(({ worker }) => worker === 'changed')).toEqual([]);
        // What everybody may change only the policy can have refused.
        expect(told.filter(({ admin, worker }) => admin === 'changed' && worker !== 'policy')).toEqual([]);
        const invalid = told.filter(({ admin }) => admin === 'invalid').map(({ field }) => field);
        expect(invalid.filter((field) => !impossible(kind, at).includes(field))).toEqual([]);
      });

      it.each(Object.entries(structural(template)))('%s is refused', async (_, patch) => {
        expect(await verdict(`${path(namespace)}/web`, patch)).toEqual({ admin: 'changed', worker: 'policy' });
      });

      it('none is made, deleted or scaled', async () => {
        const listed = objects(namespace).find(([at, body]) => at === path(namespace) && body.metadata.name === 'web');
        const body = { ...listed?.[1], metadata: { name: 'other' } };
        expect((await asWorker('POST', `${path(namespace)}?dryRun=All`, { body })).body['message']).toMatch(refusal);
        expect((await asWorker('DELETE', `${path(namespace)}/web?dryRun=All`)).body['message']).toMatch(refusal);
        if (kind === 'DaemonSet' || kind === 'CronJob') return;
        const scaled = await asWorker('PATCH', `${path(namespace)}/web/scale?dryRun=All`, {
          body: { spec: { replicas: 0 } },
          contentType: 'application/merge-patch+json',
        });
        expect(scaled.body['message']).toMatch(refusal);
      });
    });

    it.each(Object.entries(others()))('%s is refused', async (_, { path, method = 'PATCH', body }) => {
      const at = `${core}/namespaces/${namespace}/${path.replace('OWNED', owned)}`;
      if (method === 'PATCH')
        expect(await verdict(at, body as Patch[])).toEqual({ admin: 'changed', worker: 'policy' });
      else {
        const how = body === undefined ? {} : { body };
        expect((await api.call(method, `${at}?dryRun=All`, how)).code).toBeLessThan(300);
        expect((await asWorker(method, `${at}?dryRun=All`, how)).body['message']).toMatch(refusal);
      }
    });

    it('nothing changes in the namespace of imagecheck itself', async () => {
      const bot = '/apis/apps/v1/namespaces/imagecheck/deployments/imagecheck-bot';
      const patch: Patch[] = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image('2') }];
      expect(await verdict(bot, patch)).toEqual({ admin: 'changed', worker: 'policy' });
    });

    it('as someone else the same is as free as before', async () => {
      const path = `${kinds.Deployment.path(namespace)}/web`;
      const patch: Patch[] = [{ op: 'replace', path: '/spec/replicas', value: 3 }];
      const headers = { contentType: 'application/json-patch+json', manager: policyProof, body: patch };
      const other = (await installed.admin.run(['-n', namespace, 'create', 'token', 'other'])).trim();
      expect((await api.call('PATCH', `${path}?dryRun=All`, { ...headers, token: other })).code).toBe(403);
      const bound = ['--role=other', `--serviceaccount=${namespace}:other`];
      await installed.admin.run([
        '-n',
        namespace,
        'create',
        'role',
        'other',
        '--verb=patch',
        '--resource=deployments.apps',
      ]);
      await installed.admin.run(['-n', namespace, 'create', 'rolebinding', 'other', ...bound]);
      await expect
        .poll(async () => (await api.call('PATCH', `${path}?dryRun=All`, { ...headers, token: other })).code)
        .toBe(200);
    });
  });

  const type = 'kubernetes.io/dockerconfigjson';

  function fieldsOf(name: string): readonly string[] {
    const found = schemas.get(`v1.${name}`) ?? [];
    expect(found.length).toBeGreaterThan(0);
    return found;
  }

  /** The same change as the administrator and as the worker; neither is kept. */
  async function verdict(path: string, patch: readonly Patch[]) {
    const before = await api.call('GET', path);
    const how = { body: patch, contentType: 'application/json-patch+json', manager: policyProof };
    const [admin, worker] = [await api.call('PATCH', `${path}?dryRun=All`, how), await change(path, patch)];
    return { admin: told(before, admin), worker: told(before, worker) };
  }

  function change(path: string, patch: readonly Patch[]): Promise<Answer> {
    return asWorker('PATCH', `${path}?dryRun=All`, { body: patch, contentType: 'application/json-patch+json' });
  }

  function asWorker(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, options = {}): Promise<Answer> {
    return api.call(method, path, { manager: policyProof, token, ...options });
  }

  async function inForce(path: string): Promise<void> {
    const patch: Patch[] = [{ op: 'add', path: '/metadata/labels', value: { other: 'label' } }];
    await refused(() => change(path, patch));
  }

  function refused(ask: () => Promise<Answer>): Promise<void> {
    const look = async () => expect((await ask()).body['message']).toMatch(refusal);
    return vi.waitFor(look, patience);
  }
});

/** `unchanged`: accepted, and dropped by the server (a feature that is off). */
function told(before: Answer, after: Answer): 'changed' | 'unchanged' | 'policy' | 'invalid' {
  if (after.code >= 300) return refusal.test(String(after.body['message'])) ? 'policy' : 'invalid';
  const plain = ({ body }: Answer) => {
    const metadata = { ...body.metadata, managedFields: [], resourceVersion: '', generation: 0 };
    return JSON.stringify({ ...body, metadata, status: undefined });
  };
  return plain(before) === plain(after) ? 'unchanged' : 'changed';
}

async function tokenOf({ admin }: Installed): Promise<string> {
  return (await admin.run(['-n', 'imagecheck', 'create', 'token', 'imagecheck-worker', '--duration=1h'])).trim();
}
