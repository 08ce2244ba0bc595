import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, records, text } from '../../../src/sandbox/cluster/object.ts';
import { type Client, createClient, deployment, pod, type ServerUnderTest } from './client.ts';

const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';

/** What imagecheck and its kubelet rely on. Holds for the simulated API server and for a real one alike. */
export function apiContract(start: () => Promise<ServerUnderTest>): void {
  let server: ServerUnderTest;
  let api: Client;
  let ns: string;
  beforeAll(async () => {
    server = await start();
    api = createClient(server);
    ns = await api.namespace();
  });
  afterAll(async () => {
    await api.call('DELETE', `/api/v1/namespaces/${ns}`);
    await api.close();
    await server.stop();
  });
  const core = (rest: string) => `/api/v1/namespaces/${ns}/${rest}`;
  const apps = (rest: string) => `/apis/apps/v1/namespaces/${ns}/${rest}`;
  const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) =>
    api.call('POST', core('configmaps'), { body: { metadata: { name, labels }, data } });

  describe('lists', () => {
    it('pages with a token, one revision for all pages, and what remains', async () => {
      for (const index of [1, 2, 3, 4, 5]) await map(`page-${index}`, {}, { set: 'pages' });
      const names: string[] = [];
      const revisions = new Set<string>();
      let token = '';
      do {
        const query = new URLSearchParams({
          labelSelector: 'set=pages',
          limit: '2',
          ...(token === '' ? {} : { continue: token }),
        });
        const { code, body } = await api.call('GET', core(`configmaps?${query.toString()}`));
        expect(code).toBe(200);
        expect(body.items?.length).toBeLessThanOrEqual(2);
        names.push(...(body.items ?? []).map(({ metadata }) => metadata.name));
        revisions.add(body.metadata.resourceVersion);
        token = text(body, 'metadata', 'continue');
      } while (token !== '');
      expect(names).toEqual(['page-1', 'page-2', 'page-3', 'page-4', 'page-5']);
      expect(revisions.size).toBe(1);
    });

    it('says how many remain when nothing is filtered', async () => {
      const { body } = await api.call('GET', core('configmaps?limit=1'));
      expect(Number(at(body, 'metadata', 'remainingItemCount'))).toBeGreaterThan(0);
    });

    it.each([
      ['tier=web', ['sel-a']],
      ['tier!=web,set=sel', ['sel-b', 'sel-c']],
      ['tier in (web,db),set=sel', ['sel-a', 'sel-b']],
      ['tier notin (web),set=sel', ['sel-b', 'sel-c']],
      ['tier,set=sel', ['sel-a', 'sel-b']],
      ['!tier,set=sel', ['sel-c']],
    ])('selects by labels: %s', async (selector, expected) => {
      await map('sel-a', {}, { set: 'sel', tier: 'web' });
      await map('sel-b', {}, { set: 'sel', tier: 'db' });
      await map('sel-c', {}, { set: 'sel' });
      const { body } = await api.call('GET', core(`configmaps?labelSelector=${encodeURIComponent(selector)}`));
      expect(body.items?.map(({ metadata }) => metadata.name)).toEqual(expected);
    });

    it('selects by fields, and refuses fields that are not offered', async () => {
      await map('field-a');
      const { body } = await api.call('GET', core('configmaps?fieldSelector=metadata.name%3Dfield-a'));
      expect(body.items?.map(({ metadata }) => metadata.name)).toEqual(['field-a']);
      const refused = await api.call('GET', core('configmaps?fieldSelector=data.x%3Dy'));
      expect(refused.code).toBe(400);
    });

    it('gives metadata only, and tables, when asked', async () => {
      await map('form-a', { key: 'value' });
      const partial = await api.call('GET', core('configmaps'), {
        accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      });
      expect(partial.body['kind']).toBe('PartialObjectMetadataList');
      expect(JSON.stringify(partial.body)).not.toContain('"key":"value"');
      const table = await api.call('GET', core('configmaps/form-a'), {
        accept: 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json',
      });
      expect(table.body['kind']).toBe('Table');
      expect(records(table.body, 'rows')[0]?.['cells']).toEqual(['form-a', expect.anything(), expect.any(String)]);
    });
  });

  describe('writes', () => {
    it('numbers generations by the spec only, and keeps status behind its own door', async () => {
      const { body: created } = await api.call('POST', apps('deployments'), {
        body: deployment('generations', 'nginx:1.27', 0),
      });
      expect(created.metadata.generation).toBe(1);
      const path = apps('deployments/generations');
      const labelled = await api.call('PATCH', path, {
        contentType: merge,
        body: { metadata: { labels: { a: 'b' } } },
      });
      expect(labelled.body.metadata.generation).toBe(1);
      const changed = await api.call('PATCH', path, {
        contentType: merge,
        body: { spec: { minReadySeconds: 3 }, status: { replicas: 77 } },
      });
      expect(changed.body.metadata.generation).toBe(2);
      expect(at(changed.body, 'status', 'replicas')).not.toBe(77);
      const status = await api.call('PATCH', `${path}/status`, {
        contentType: merge,
        body: { spec: { minReadySeconds: 9 }, status: { collisionCount: 5 } },
      });
      expect(status.code).toBe(200);
      expect(at(status.body, 'spec', 'minReadySeconds')).toBe(3);
      expect(at(status.body, 'status', 'collisionCount')).toBe(5);
    });

    it('refuses a write on an old version with 409 Conflict', async () => {
      const { body } = await map('conflicts', { a: '1' });
      const path = core('configmaps/conflicts');
      const first = await api.call('PUT', path, { body: { ...body, data: { a: '2' } } });
      expect(first.code).toBe(200);
      const second = await api.call('PUT', path, { body: { ...body, data: { a: '3' } } });
      expect([second.code, second.body['reason']]).toEqual([409, 'Conflict']);
      expect(second.body['message']).toBe(
        'Operation cannot be fulfilled on configmaps "conflicts": the object has been modified; please apply your changes to the latest version and try again',
      );
    });

    it('applies merge patches and JSON patches', async () => {
      await map('patched', { keep: '1', drop: '2' });
      const path = core('configmaps/patched');
      await api.call('PATCH', path, { contentType: merge, body: { data: { drop: null, add: '3' } } });
      const { body } = await api.call('PATCH', path, {
        contentType: json,
        body: [
          { op: 'test', path: '/data/keep', value: '1' },
          { op: 'replace', path: '/data/keep', value: '4' },
          { op: 'add', path: '/metadata/annotations', value: { 'a/b': 'c' } },
          { op: 'remove', path: '/data/add' },
        ],
      });
      expect(body['data']).toEqual({ keep: '4' });
      expect(body.metadata.annotations).toEqual({ 'a/b': 'c' });
    });

    it('answers 422 Invalid without a reason when a test of a JSON patch fails, and changes nothing', async () => {
      await map('guarded', { a: '1' });
      const path = core('configmaps/guarded');
      const operations = [
        { op: 'replace', path: '/data/a', value: '2' },
        { op: 'test', path: '/metadata/uid', value: 'another' },
      ];
      const refused = await api.call('PATCH', path, { contentType: json, body: operations });
      expect([refused.code, refused.body['reason']]).toEqual([422, 'Invalid']);
      expect((await api.call('GET', path)).body['data']).toEqual({ a: '1' });
    });

    it('encodes stringData of Secrets', async () => {
      const { body } = await api.call('POST', core('secrets'), {
        body: { metadata: { name: 's1' }, stringData: { user: 'ana' } },
      });
      expect(body['data']).toEqual({ user: Buffer.from('ana').toString('base64') });
      expect(body['stringData']).toBeUndefined();
      expect(body['type']).toBe('Opaque');
    });

    it('tells who wrote the images', async () => {
      await api.call('POST', apps('deployments'), { body: deployment('managed', 'nginx:1.27', 0), manager: 'helm' });
      const path = apps('deployments/managed');
      const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'nginx:1.28' }];
      const { body } = await api.call('PATCH', path, { contentType: json, body: image, manager: 'argocd' });
      const owns = (manager: string) => {
        const entries = records(body, 'metadata', 'managedFields').filter((entry) => entry['manager'] === manager);
        return JSON.stringify(entries).includes('"f:image":{}');
      };
      expect([owns('helm'), owns('argocd')]).toEqual([false, true]);
    });

    it('leaves the version alone when nothing changes', async () => {
      const { body } = await map('same', { a: '1' });
      const again = await api.call('PATCH', core('configmaps/same'), {
        contentType: merge,
        body: { data: { a: '1' } },
      });
      expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    });

    it('stores nothing in a dry run', async () => {
      const { code } = await api.call('POST', core('configmaps?dryRun=All'), { body: { metadata: { name: 'dry' } } });
      expect(code).toBe(201);
      expect((await api.call('GET', core('configmaps/dry'))).code).toBe(404);
    });
  });

  describe('refusals', () => {
    it.each([
      ['a missing object', 'GET', 'pods/nobody', undefined, 404, 'NotFound', 'pods "nobody" not found'],
      [
        'a missing name',
        'POST',
        'pods',
        { spec: { containers: [] } },
        422,
        'Invalid',
        'name or generateName is required',
      ],
      ['a bad name', 'POST', 'configmaps', { metadata: { name: 'Bad_Name' } }, 422, 'Invalid', 'RFC 1123 subdomain'],
      [
        'no containers',
        'POST',
        'pods',
        { metadata: { name: 'x' }, spec: { containers: [] } },
        422,
        'Invalid',
        'spec.containers: Required value',
      ],
      [
        'no image',
        'POST',
        'pods',
        { metadata: { name: 'x' }, spec: { containers: [{ name: 'a' }] } },
        422,
        'Invalid',
        'spec.containers[0].image: Required value',
      ],
      [
        'another kind',
        'POST',
        'pods',
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } },
        400,
        'BadRequest',
        'cannot be handled as a Pod',
      ],
      [
        'another namespace',
        'POST',
        'configmaps',
        { metadata: { name: 'x', namespace: 'other' } },
        400,
        'BadRequest',
        'does not match the namespace',
      ],
      ['no such type', 'GET', 'unicorns', undefined, 404, 'NotFound', 'could not find the requested resource'],
      [
        'a broken pull secret',
        'POST',
        'secrets',
        { metadata: { name: 'x' }, type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'no' } },
        422,
        'Invalid',
        '.dockerconfigjson',
      ],
    ] as const)('%s', async (_what, method, path, body, code, reason, message) => {
      const answer = await api.call(method, core(path), body === undefined ? {} : { body });
      expect(answer.body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code });
      expect(answer.code).toBe(code);
      expect(answer.body['message']).toContain(message);
    });

    it('an object that exists', async () => {
      await map('twice');
      const { code, body } = await map('twice');
      expect([code, body['reason'], body['message']]).toEqual([
        409,
        'AlreadyExists',
        'configmaps "twice" already exists',
      ]);
    });

    it('a namespace that does not exist', async () => {
      const { code, body } = await api.call('POST', '/api/v1/namespaces/no-such-place/configmaps', {
        body: { metadata: { name: 'x' } },
      });
      expect([code, body['message']]).toEqual([404, 'namespaces "no-such-place" not found']);
    });

    it('a selector that does not match its template, and one that changes', async () => {
      const wrong = deployment('mismatch');
      const spec = { ...(wrong['spec'] as object), selector: { matchLabels: { app: 'other' } } };
      expect((await api.call('POST', apps('deployments'), { body: { ...wrong, spec } })).code).toBe(422);
      await api.call('POST', apps('deployments'), { body: deployment('fixed', 'nginx', 0) });
      const change = { spec: { selector: { matchLabels: { b: 'c' } } } };
      expect((await api.call('PATCH', apps('deployments/fixed'), { contentType: merge, body: change })).code).toBe(422);
    });

    it('an unknown token, and nobody at all', async () => {
      const wrong = await api.call('GET', core('pods'), { token: 'nonsense' });
      expect([wrong.code, wrong.body['reason']]).toEqual([401, 'Unauthorized']);
      const nobody = await api.call('GET', core('pods'), { token: '' });
      expect([nobody.code, nobody.body['reason']]).toEqual([403, 'Forbidden']);
      expect(nobody.body['message']).toBe(
        `pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "${ns}"`,
      );
    });

    it('an unknown form of patch', async () => {
      await map('form');
      const { code } = await api.call('PATCH', core('configmaps/form'), {
        contentType: 'application/x-nonsense',
        body: {},
      });
      expect(code).toBe(415);
    });
  });

  describe('watches', () => {
    it('tell additions, changes and deletions from a revision on, and can be resumed', async () => {
      const { body: list } = await api.call('GET', core('configmaps'));
      const from = list.metadata.resourceVersion;
      const query = `watch=true&resourceVersion=${from}&labelSelector=set%3Dwatch`;
      const watch = await api.watch(core(`configmaps?${query}`));
      await map('watched', { a: '1' }, { set: 'watch' });
      await map('unwatched');
      await api.call('PATCH', core('configmaps/watched'), { contentType: merge, body: { data: { a: '2' } } });
      await api.call('PATCH', core('configmaps/watched'), {
        contentType: merge,
        body: { metadata: { labels: { set: 'other' } } },
      });
      await expect.poll(() => watch.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
      expect(new Set(watch.events.map(({ object }) => object.metadata.name))).toEqual(new Set(['watched']));
      watch.stop();
      const [first] = watch.events;
      const resumed = await api.watch(
        core(
          `configmaps?watch=true&resourceVersion=${first?.object.metadata.resourceVersion ?? ''}&labelSelector=set%3Dwatch`,
        ),
      );
      await expect.poll(() => resumed.events.map(({ type }) => type)).toEqual(['MODIFIED', 'DELETED']);
      resumed.stop();
    });

    it('start with what is there when no revision is given, and end after timeoutSeconds', async () => {
      await map('present', {}, { set: 'initial' });
      const watch = await api.watch(core('configmaps?watch=true&labelSelector=set%3Dinitial&timeoutSeconds=1'));
      await expect
        .poll(() => watch.events.map(({ type, object }) => [type, object.metadata.name]))
        .toEqual([['ADDED', 'present']]);
      await expect.poll(() => watch.ended(), { timeout: 5000 }).toBe(true);
    });
  });

  describe('pods', () => {
    it.each([
      ['nginx', 'Always'],
      ['nginx:latest', 'Always'],
      ['nginx:1.27', 'IfNotPresent'],
      ['localhost:5000/app', 'Always'],
      [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
      [`nginx:latest@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
    ])('the pull policy of %s is %s', async (image, policy) => {
      const { body } = await api.call('POST', core('pods?dryRun=All'), { body: pod('policy', image) });
      expect(records(body, 'spec', 'containers')[0]?.['imagePullPolicy']).toBe(policy);
    });

    it('inherit the pull secrets of their account only when they name none', async () => {
      const path = core('serviceaccounts/default');
      await api.call('PATCH', path, { contentType: merge, body: { imagePullSecrets: [{ name: 'of-account' }] } });
      const inherits = await api.call('POST', core('pods?dryRun=All'), { body: pod('inherits') });
      expect(at(inherits.body, 'spec', 'imagePullSecrets')).toEqual([{ name: 'of-account' }]);
      expect(at(inherits.body, 'spec', 'serviceAccountName')).toBe('default');
      const own = pod('own', 'nginx', { imagePullSecrets: [{ name: 'of-pod' }] });
      const names = await api.call('POST', core('pods?dryRun=All'), { body: own });
      expect(at(names.body, 'spec', 'imagePullSecrets')).toEqual([{ name: 'of-pod' }]);
      await api.call('PATCH', path, { contentType: merge, body: { imagePullSecrets: null } });
    });

    it('may change their images and nothing else', async () => {
      await api.call('POST', core('pods'), { body: pod('frozen') });
      const path = core('pods/frozen');
      const image = [{ op: 'replace', path: '/spec/containers/0/image', value: 'nginx:1.28' }];
      expect((await api.call('PATCH', path, { contentType: json, body: image })).code).toBe(200);
      const command = [{ op: 'add', path: '/spec/containers/0/command', value: ['sh'] }];
      expect((await api.call('PATCH', path, { contentType: json, body: command })).code).toBe(422);
    });

    it('are deleted only as themselves', async () => {
      await api.call('POST', core('pods'), { body: pod('guarded-pod') });
      const wrong = { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } };
      expect((await api.call('DELETE', core('pods/guarded-pod'), { body: wrong })).code).toBe(409);
      expect((await api.call('DELETE', core('pods/guarded-pod'))).code).toBe(200);
    });
  });

  describe('controllers', () => {
    it('make a ReplicaSet and pods of a Deployment, and take them away with it', async () => {
      await api.call('POST', apps('deployments'), { body: deployment('owner', 'nginx:1.27', 2) });
      const pods = async () => (await api.call('GET', core('pods?labelSelector=app%3Downer'))).body.items ?? [];
      await expect.poll(async () => (await pods()).length, { timeout: 10_000 }).toBe(2);
      const [first] = await pods();
      const replicaSet = first?.metadata.ownerReferences?.[0];
      expect(replicaSet).toMatchObject({ kind: 'ReplicaSet', controller: true });
      const { body: set } = await api.call('GET', apps(`replicasets/${replicaSet?.name ?? ''}`));
      expect(set.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
      expect(set.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'owner' });
      expect(set.metadata.labels?.['pod-template-hash']).toBe(first?.metadata.labels?.['pod-template-hash']);
      await api.call('DELETE', apps('deployments/owner'), { body: { propagationPolicy: 'Background' } });
      await expect.poll(async () => (await pods()).length, { timeout: 20_000 }).toBe(0);
    });

    it('make a new revision when the template changes, and reuse the old one when it changes back', async () => {
      await api.call('POST', apps('deployments'), { body: deployment('revised', 'nginx:1', 0) });
      const sets = async () =>
        (await api.call('GET', apps('replicasets?labelSelector=app%3Drevised'))).body.items ?? [];
      await expect.poll(async () => (await sets()).length, { timeout: 10_000 }).toBe(1);
      const setImage = (image: string) =>
        api.call('PATCH', apps('deployments/revised'), {
          contentType: json,
          body: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }],
        });
      const revisions = async () =>
        (await sets()).map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision']).sort();
      await setImage('nginx:2');
      await expect.poll(revisions, { timeout: 10_000 }).toEqual(['1', '2']);
      await setImage('nginx:1');
      await expect.poll(revisions, { timeout: 10_000 }).toEqual(['2', '3']);
    });

    it('replace a pod that is deleted', async () => {
      await api.call('POST', apps('deployments'), { body: deployment('replaced', 'nginx:1', 1) });
      const names = async () =>
        ((await api.call('GET', core('pods?labelSelector=app%3Dreplaced'))).body.items ?? []).map(
          ({ metadata }) => metadata.name,
        );
      await expect.poll(async () => (await names()).length, { timeout: 10_000 }).toBe(1);
      const [old = ''] = await names();
      await api.call('DELETE', core(`pods/${old}`), { body: { gracePeriodSeconds: 0 } });
      await expect.poll(names, { timeout: 10_000 }).toSatisfy((now: string[]) => now.length === 1 && now[0] !== old);
    });

    it('keep objects of any kind that a CustomResourceDefinition describes, as owners too', async () => {
      const group = `${ns}.example.dev`;
      const names = { plural: 'daskclusters', singular: 'daskcluster', kind: 'DaskCluster' };
      const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
      const spec = {
        group,
        names,
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      };
      const crd = { metadata: { name: `daskclusters.${group}` }, spec };
      expect(
        (await api.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: crd })).code,
      ).toBe(201);
      const path = `/apis/${group}/v1/namespaces/${ns}/daskclusters`;
      const body = { apiVersion: `${group}/v1`, kind: 'DaskCluster', metadata: { name: 'c1' }, spec: { size: 3 } };
      await expect.poll(async () => (await api.call('POST', path, { body })).code, { timeout: 10_000 }).toBe(201);
      const { body: created } = await api.call('GET', `${path}/c1`);
      const owner = {
        apiVersion: `${group}/v1`,
        kind: 'DaskCluster',
        name: 'c1',
        uid: created.metadata.uid,
        controller: true,
      };
      const owned = { metadata: { name: 'of-dask', ownerReferences: [owner] } };
      expect((await api.call('POST', core('configmaps'), { body: owned })).code).toBe(201);
      await api.call('DELETE', `${path}/c1`);
      await expect
        .poll(async () => (await api.call('GET', core('configmaps/of-dask'))).code, { timeout: 60_000 })
        .toBe(404);
      await api.call('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/daskclusters.${group}`);
    });
  });

  describe('rights', () => {
    it('follow roles and bindings as they are at the moment, and say so when asked', async () => {
      await api.call('POST', core('serviceaccounts'), { body: { metadata: { name: 'reader' } } });
      const { body: issued } = await api.call('POST', core('serviceaccounts/reader/token'), {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      });
      const token = text(issued, 'status', 'token');
      const can = async (verb: string, resource: string, more: object = {}) => {
        const spec = { resourceAttributes: { verb, resource, namespace: ns, ...more } };
        const { body } = await api.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          token,
          body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec },
        });
        return at(body, 'status', 'allowed');
      };
      const list = async () => (await api.call('GET', core('pods'), { token })).code;
      expect([await list(), await can('list', 'pods')]).toEqual([403, false]);
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}`;
      const rules = [
        { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['only-this'] },
      ];
      await api.call('POST', `${rbac}/roles`, { body: { metadata: { name: 'read' }, rules } });
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'read' };
      const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: ns }];
      await api.call('POST', `${rbac}/rolebindings`, { body: { metadata: { name: 'read' }, roleRef, subjects } });
      await expect.poll(list, { timeout: 5000 }).toBe(200);
      expect(
        await Promise.all([
          can('list', 'pods'),
          can('get', 'pods', { subresource: 'log' }),
          can('delete', 'pods'),
          can('list', 'deployments', { group: 'apps' }),
        ]),
      ).toEqual([true, true, false, false]);
      expect(
        await Promise.all([
          can('get', 'secrets', { name: 'only-this' }),
          can('get', 'secrets', { name: 'other' }),
          can('list', 'secrets'),
        ]),
      ).toEqual([true, false, false]);
      expect((await api.call('GET', '/api/v1/pods', { token })).body['message']).toBe(
        `pods is forbidden: User "system:serviceaccount:${ns}:reader" cannot list resource "pods" in API group "" at the cluster scope`,
      );
      await api.call('DELETE', `${rbac}/rolebindings/read`);
      await expect.poll(list, { timeout: 5000 }).toBe(403);
    });
  });
}
