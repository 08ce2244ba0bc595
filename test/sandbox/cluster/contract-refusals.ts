import { describe, expect, it } from 'vitest';
import { at, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { deployment, eventually } from './client.ts';
import type { ContractContext } from './contract-context.ts';

const merge = 'application/merge-patch+json';

/** Refusals in the API's form and wording. */
export function refusalsContract(context: ContractContext): void {
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
      const answer = await context.api().call(method, context.core(path), body === undefined ? {} : { body });
      expect(answer.body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code });
      expect(answer.code).toBe(code);
      expect(answer.body['message']).toContain(message);
    });

    it('creating an object that exists', async () => {
      await context.map('twice');
      const { code, body } = await context.map('twice');
      expect([code, body['reason'], body['message']]).toEqual([
        409,
        'AlreadyExists',
        'configmaps "twice" already exists',
      ]);
    });

    it('a namespace that does not exist', async () => {
      const { code, body } = await context.api().call('POST', '/api/v1/namespaces/no-such-place/configmaps', {
        body: { metadata: { name: 'x' } },
      });
      expect([code, body['message']]).toEqual([404, 'namespaces "no-such-place" not found']);
    });

    it('a selector that does not match its template, and one that changes', async () => {
      const wrong = deployment('mismatch');
      const spec = { ...(wrong['spec'] as object), selector: { matchLabels: { app: 'other' } } };
      expect((await context.api().call('POST', context.apps('deployments'), { body: { ...wrong, spec } })).code).toBe(
        422,
      );
      await context.api().call('POST', context.apps('deployments'), { body: deployment('fixed', 'nginx', 0) });
      const change = { spec: { selector: { matchLabels: { b: 'c' } } } };
      expect(
        (await context.api().call('PATCH', context.apps('deployments/fixed'), { contentType: merge, body: change }))
          .code,
      ).toBe(422);
    });

    it('an unknown token, and no credential at all', async () => {
      const wrong = await context.api().call('GET', context.core('pods'), { token: 'nonsense' });
      expect([wrong.code, wrong.body['reason']]).toEqual([401, 'Unauthorized']);
      const nobody = await context.api().call('GET', context.core('pods'), { token: '' });
      expect([nobody.code, nobody.body['reason']]).toEqual([403, 'Forbidden']);
      expect(nobody.body['message']).toBe(
        `pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "${context.namespace()}"`,
      );
    });

    it('an unknown type of patch', async () => {
      await context.map('form');
      const { code } = await context.api().call('PATCH', context.core('configmaps/form'), {
        contentType: 'application/x-nonsense',
        body: {},
      });
      expect(code).toBe(415);
    });
  });
}

/** Watches: order, selection, resuming. */
export function watchesContract(context: ContractContext): void {
  describe('watches', () => {
    it('report additions, changes and deletions since a revision, and can be resumed', async () => {
      const { body: list } = await context.api().call('GET', context.core('configmaps'));
      const from = list.metadata.resourceVersion;
      const query = `watch=true&resourceVersion=${from}&labelSelector=set%3Dwatch`;
      const watch = await context.api().watch(context.core(`configmaps?${query}`));
      await context.map('watched', { a: '1' }, { set: 'watch' });
      await context.map('unwatched');
      await context
        .api()
        .call('PATCH', context.core('configmaps/watched'), { contentType: merge, body: { data: { a: '2' } } });
      await context.api().call('PATCH', context.core('configmaps/watched'), {
        contentType: merge,
        body: { metadata: { labels: { set: 'other' } } },
      });
      await eventually(() => watch.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
      expect(new Set(watch.events.map(({ object }) => object.metadata.name))).toEqual(new Set(['watched']));
      watch.stop();
      const [first] = watch.events;
      const resumed = await context
        .api()
        .watch(
          context.core(
            `configmaps?watch=true&resourceVersion=${first?.object.metadata.resourceVersion ?? ''}&labelSelector=set%3Dwatch`,
          ),
        );
      await eventually(() => resumed.events.map(({ type }) => type)).toEqual(['MODIFIED', 'DELETED']);
      resumed.stop();
    });

    it('start with the existing objects when no revision is given, and end after timeoutSeconds', async () => {
      await context.map('present', {}, { set: 'initial' });
      const path = context.core('configmaps?watch=true&labelSelector=set%3Dinitial&timeoutSeconds=2');
      let watch = await context.api().watch(path);
      const seen = async () => {
        const events = watch.events.map(({ type, object }) => [type, object.metadata.name]);
        // A busy server's cache may be behind and end such a watch with an ERROR; clients then ask again.
        if (events[0]?.[0] === 'ERROR') watch = await context.api().watch(path);
        return events;
      };
      await eventually(seen, { timeout: 10_000 }).toEqual([['ADDED', 'present']]);
      await eventually(() => watch.ended(), { timeout: 5000 }).toBe(true);
    });
  });
}

/** RBAC, as currently stored. */
export function rightsContract(context: ContractContext): void {
  describe('rights', () => {
    it('follow the current roles and bindings, and are reported on request', async () => {
      await context.api().call('POST', context.core('serviceaccounts'), { body: { metadata: { name: 'reader' } } });
      const { body: issued } = await context.api().call('POST', context.core('serviceaccounts/reader/token'), {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      });
      const token = text(issued, 'status', 'token');
      const can = async (verb: string, resource: string, more: object = {}) => {
        const spec = { resourceAttributes: { verb, resource, namespace: context.namespace(), ...more } };
        const { body } = await context.api().call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          token,
          body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec },
        });
        return at(body, 'status', 'allowed');
      };
      const list = async () => (await context.api().call('GET', context.core('pods'), { token })).code;
      expect([await list(), await can('list', 'pods')]).toEqual([403, false]);
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${context.namespace()}`;
      const rules = [
        { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['only-this'] },
      ];
      await context.api().call('POST', `${rbac}/roles`, { body: { metadata: { name: 'read' }, rules } });
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'read' };
      const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: context.namespace() }];
      await context
        .api()
        .call('POST', `${rbac}/rolebindings`, { body: { metadata: { name: 'read' }, roleRef, subjects } });
      await eventually(list, { timeout: 5000 }).toBe(200);
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
      expect((await context.api().call('GET', '/api/v1/pods', { token })).body['message']).toBe(
        `pods is forbidden: User "system:serviceaccount:${context.namespace()}:reader" cannot list resource "pods" in API group "" at the cluster scope`,
      );
      await context.api().call('DELETE', `${rbac}/rolebindings/read`);
      await eventually(list, { timeout: 5000 }).toBe(403);
    });
  });
}
