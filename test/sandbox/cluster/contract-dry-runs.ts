import { describe, expect, it } from 'vitest';
import { at, type Fields, records } from '../../../src/sandbox/cluster/objects/object.ts';
import { type Answer, deployment, pod } from './client.ts';
import type { ContractContext } from './contract-context.ts';

const strategic = 'application/strategic-merge-patch+json';
const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';

/** The response without the fields that every write changes, even with the same content. */
function content({ code, body }: Answer): unknown {
  const { managedFields: _m, uid: _u, resourceVersion: _r, creationTimestamp: _c, ...metadata } = body.metadata;
  return { code, body: { ...body, metadata } };
}

/** `?dryRun=All`: all stages of a write, with nothing stored in the end (API concepts, "Dry-run"). */
export function dryRunsContract(context: ContractContext): void {
  describe('dry runs', () => {
    const image = (value: string) => [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value }];
    const spec = { template: { spec: { containers: [{ name: 'app', image: 'nginx:2' }] } } };

    it.each([
      ['a JSON patch', 'PATCH', '', json, image('nginx:2')],
      ['a strategic merge patch', 'PATCH', '', strategic, { spec }],
      ['a merge patch', 'PATCH', '', merge, { spec: { replicas: 7 } }],
      ['a patch of the status', 'PATCH', '/status', merge, { status: { collisionCount: 3 } }],
      ['a scale', 'PATCH', '/scale', merge, { spec: { replicas: 4 } }],
    ] as const)('%s answers like the real thing and stores nothing', async (what, method, rest, contentType, body) => {
      const name = `dry-${what.replaceAll(/\W/g, '-').toLowerCase()}`;
      const path = context.apps(`deployments/${name}`);
      await context.api().call('POST', context.apps('deployments'), { body: deployment(name, 'nginx:1', 0) });
      const settled = async () => at((await context.api().call('GET', path)).body, 'status', 'observedGeneration');
      await expect.poll(settled, { timeout: 10_000 }).toBe(1);
      const before = (await context.api().call('GET', path)).body;
      const dry = await context.api().call(method, `${path}${rest}?dryRun=All`, { contentType, body });
      expect((await context.api().call('GET', path)).body).toEqual(before);
      const real = await context.api().call(method, `${path}${rest}`, { contentType, body });
      expect(real.code).toBe(200);
      expect(content(dry)).toEqual(content(real));
      expect((await context.api().call('GET', path)).body.metadata.resourceVersion).not.toBe(
        before.metadata.resourceVersion,
      );
    });

    it('an update and a deletion', async () => {
      const { body: created } = await context.map('dry-map', { a: '1' });
      const path = context.core('configmaps/dry-map');
      const updated = await context.api().call('PUT', `${path}?dryRun=All`, { body: { ...created, data: { a: '2' } } });
      expect([updated.code, updated.body['data']]).toEqual([200, { a: '2' }]);
      expect((await context.api().call('DELETE', `${path}?dryRun=All`)).code).toBe(200);
      const options = { apiVersion: 'v1', kind: 'DeleteOptions', dryRun: ['All'] };
      expect((await context.api().call('DELETE', path, { body: options })).code).toBe(200);
      expect((await context.api().call('GET', path)).body).toEqual(created);
    });

    it('a creation is defaulted, admitted and named', async () => {
      const body = { ...pod('', 'nginx'), metadata: { generateName: 'dry-' } };
      const { code, body: made } = await context.api().call('POST', context.core('pods?dryRun=All'), { body });
      expect([code, made.metadata.name]).toEqual([201, expect.stringMatching(/^dry-.{5}$/)]);
      expect(at(made, 'spec', 'serviceAccountName')).toBe('default');
      expect(records(made, 'spec', 'containers')[0]?.['imagePullPolicy']).toBe('Always');
      expect((await context.api().call('GET', context.core(`pods/${made.metadata.name}`))).code).toBe(404);
    });

    it('is refused like the real thing', async () => {
      const { body: created } = await context.map('dry-refused', { a: '1' });
      const path = context.core('configmaps/dry-refused?dryRun=All');
      const old = { ...created, metadata: { ...created.metadata, resourceVersion: '1' } };
      const refusals: [Promise<Answer>, number][] = [
        [context.api().call('PUT', path, { body: old }), 409],
        [context.api().call('POST', context.core('configmaps?dryRun=All'), { body: asNew('dry-refused') }), 409],
        [context.api().call('POST', context.core('configmaps?dryRun=All'), { body: asNew('Bad_Name') }), 422],
        [
          context.api().call('PATCH', path, { contentType: json, body: [{ op: 'test', path: '/data/a', value: '2' }] }),
          422,
        ],
        [context.api().call('POST', context.core('configmaps?dryRun=Some'), { body: asNew('some') }), 422],
      ];
      for (const [answer, code] of refusals) expect((await answer).code).toBe(code);
    });
  });
}

function asNew(name: string): Fields {
  return { metadata: { name } };
}
