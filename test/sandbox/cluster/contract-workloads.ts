import { describe, expect, it } from 'vitest';
import { at, records } from '../../../src/sandbox/cluster/objects/object.ts';
import { deployment, eventually, pod } from './client.ts';
import type { ContractContext } from './contract-context.ts';

const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';

/** Pods: defaults, admission, immutability. */
export function podsContract(context: ContractContext): void {
  describe('pods', () => {
    it.each([
      ['nginx', 'Always'],
      ['nginx:latest', 'Always'],
      ['nginx:1.27', 'IfNotPresent'],
      ['localhost:5000/app', 'Always'],
      [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
      [`nginx:latest@sha256:${'a'.repeat(64)}`, 'Always'],
    ])('the pull policy of %s is %s', async (image, policy) => {
      const { body } = await context
        .api()
        .call('POST', context.core('pods?dryRun=All'), { body: pod('policy', image) });
      expect(records(body, 'spec', 'containers')[0]?.['imagePullPolicy']).toBe(policy);
    });

    it('inherit the pull secrets of their account only when they name none', async () => {
      const path = context.core('serviceaccounts/default');
      await context
        .api()
        .call('PATCH', path, { contentType: merge, body: { imagePullSecrets: [{ name: 'of-account' }] } });
      // Admission reads accounts from a cache that lags slightly.
      const inherited = async () => {
        const { body } = await context.api().call('POST', context.core('pods?dryRun=All'), { body: pod('inherits') });
        return [at(body, 'spec', 'imagePullSecrets'), at(body, 'spec', 'serviceAccountName')];
      };
      await eventually(inherited).toEqual([[{ name: 'of-account' }], 'default']);
      const own = pod('own', 'nginx', { imagePullSecrets: [{ name: 'of-pod' }] });
      const names = await context.api().call('POST', context.core('pods?dryRun=All'), { body: own });
      expect(at(names.body, 'spec', 'imagePullSecrets')).toEqual([{ name: 'of-pod' }]);
      await context.api().call('PATCH', path, { contentType: merge, body: { imagePullSecrets: null } });
    });

    it.each([
      ['the token of their account', {}, [/^kube-api-access-.{5}$/]],
      ['no token when they want none', { automountServiceAccountToken: false }, []],
    ] as const)('get %s', async (_what, more, expected) => {
      const { body } = await context
        .api()
        .call('POST', context.core('pods?dryRun=All'), { body: pod('token', 'nginx', more) });
      const volumes = records(body, 'spec', 'volumes').map(({ name }) => String(name));
      expect(volumes).toEqual(expected.map((name) => expect.stringMatching(name)));
      const mounts = records(records(body, 'spec', 'containers')[0], 'volumeMounts');
      expect(mounts.map(({ name }) => name)).toEqual(volumes);
    });

    it('may change their images and nothing else', async () => {
      await context.api().call('POST', context.core('pods'), { body: pod('frozen') });
      const path = context.core('pods/frozen');
      const image = [{ op: 'replace', path: '/spec/containers/0/image', value: 'nginx:1.28' }];
      expect((await context.api().call('PATCH', path, { contentType: json, body: image })).code).toBe(200);
      const command = [{ op: 'add', path: '/spec/containers/0/command', value: ['sh'] }];
      expect((await context.api().call('PATCH', path, { contentType: json, body: command })).code).toBe(422);
    });

    it('are not deleted when the given uid is another one’s', async () => {
      await context.api().call('POST', context.core('pods'), { body: pod('guarded-pod') });
      const wrong = { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } };
      expect((await context.api().call('DELETE', context.core('pods/guarded-pod'), { body: wrong })).code).toBe(409);
      expect((await context.api().call('DELETE', context.core('pods/guarded-pod'))).code).toBe(200);
    });
  });
}

/** Controllers, garbage collection, custom kinds. */
export function controllersContract(context: ContractContext): void {
  describe('controllers', () => {
    it('create the ReplicaSet and pods of a Deployment, and delete them with it', async () => {
      await context.api().call('POST', context.apps('deployments'), { body: deployment('owner', 'nginx:1.27', 2) });
      const pods = async () =>
        (await context.api().call('GET', context.core('pods?labelSelector=app%3Downer'))).body.items ?? [];
      await eventually(async () => (await pods()).length, { timeout: 10_000 }).toBe(2);
      const [first] = await pods();
      const replicaSet = first?.metadata.ownerReferences?.[0];
      expect(replicaSet).toMatchObject({ kind: 'ReplicaSet', controller: true });
      const { body: set } = await context.api().call('GET', context.apps(`replicasets/${replicaSet?.name ?? ''}`));
      expect(set.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
      expect(set.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'owner' });
      expect(set.metadata.labels?.['pod-template-hash']).toBe(first?.metadata.labels?.['pod-template-hash']);
      await context
        .api()
        .call('DELETE', context.apps('deployments/owner'), { body: { propagationPolicy: 'Background' } });
      await eventually(async () => (await pods()).length, { timeout: 20_000 }).toBe(0);
    });

    it('create a revision when the template changes, and reuse the old one when it changes back', async () => {
      await context.api().call('POST', context.apps('deployments'), { body: deployment('revised', 'nginx:1', 0) });
      const sets = async () =>
        (await context.api().call('GET', context.apps('replicasets?labelSelector=app%3Drevised'))).body.items ?? [];
      await eventually(async () => (await sets()).length, { timeout: 10_000 }).toBe(1);
      const setImage = (image: string) =>
        context.api().call('PATCH', context.apps('deployments/revised'), {
          contentType: json,
          body: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }],
        });
      const revisions = async () =>
        (await sets())
          .map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'] ?? '')
          .toSorted();
      await setImage('nginx:2');
      await eventually(revisions, { timeout: 10_000 }).toEqual(['1', '2']);
      await setImage('nginx:1');
      await eventually(revisions, { timeout: 10_000 }).toEqual(['2', '3']);
    });

    it('replace a pod that is deleted', async () => {
      await context.api().call('POST', context.apps('deployments'), { body: deployment('replaced', 'nginx:1', 1) });
      const names = async () =>
        ((await context.api().call('GET', context.core('pods?labelSelector=app%3Dreplaced'))).body.items ?? []).map(
          ({ metadata }) => metadata.name,
        );
      await eventually(async () => (await names()).length, { timeout: 10_000 }).toBe(1);
      const [old = ''] = await names();
      await context.api().call('DELETE', context.core(`pods/${old}`), { body: { gracePeriodSeconds: 0 } });
      await eventually(names, { timeout: 10_000 }).toSatisfy((now: string[]) => now.length === 1 && now[0] !== old);
    });

    it('keep objects of any kind that a CustomResourceDefinition describes, including owners', async () => {
      const group = `${context.namespace()}.example.dev`;
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
        (await context.api().call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: crd }))
          .code,
      ).toBe(201);
      const path = `/apis/${group}/v1/namespaces/${context.namespace()}/daskclusters`;
      const body = { apiVersion: `${group}/v1`, kind: 'DaskCluster', metadata: { name: 'c1' }, spec: { size: 3 } };
      await eventually(async () => (await context.api().call('POST', path, { body })).code, { timeout: 10_000 }).toBe(
        201,
      );
      const { body: created } = await context.api().call('GET', `${path}/c1`);
      const owner = {
        apiVersion: `${group}/v1`,
        kind: 'DaskCluster',
        name: 'c1',
        uid: created.metadata.uid,
        controller: true,
      };
      const owned = { metadata: { name: 'of-dask', ownerReferences: [owner] } };
      expect((await context.api().call('POST', context.core('configmaps'), { body: owned })).code).toBe(201);
      await context.api().call('DELETE', `${path}/c1`);
      await eventually(async () => (await context.api().call('GET', context.core('configmaps/of-dask'))).code, {
        timeout: 60_000,
      }).toBe(404);
      await context
        .api()
        .call('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/daskclusters.${group}`);
    }, 90_000);
  });
}
