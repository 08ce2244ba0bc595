import { describe, expect, it } from 'vitest';
import { at, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { deployment } from './client.ts';
import type { ContractContext } from './contract-context.ts';

const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';

/** Lists: paging, selection, representations. */
export function listsContract(context: ContractContext): void {
  describe('lists', () => {
    it('pages with a token, one revision for all pages, and the remaining count', async () => {
      for (const index of [1, 2, 3, 4, 5]) await context.map(`page-${index}`, {}, { set: 'pages' });
      const names: string[] = [];
      const revisions = new Set<string>();
      let token = '';
      do {
        const query = new URLSearchParams({
          labelSelector: 'set=pages',
          limit: '2',
          ...(token === '' ? {} : { continue: token }),
        });
        const { code, body } = await context.api().call('GET', context.core(`configmaps?${query.toString()}`));
        expect(code).toBe(200);
        expect(body.items?.length).toBeLessThanOrEqual(2);
        names.push(...(body.items ?? []).map(({ metadata }) => metadata.name));
        revisions.add(body.metadata.resourceVersion);
        token = text(body, 'metadata', 'continue');
      } while (token !== '');
      expect(names).toEqual(['page-1', 'page-2', 'page-3', 'page-4', 'page-5']);
      expect(revisions.size).toBe(1);
    });

    it('shows every page as it was at the first one', async () => {
      for (const name of ['then-1', 'then-2', 'then-3']) await context.map(name, { when: 'then' }, { set: 'then' });
      const query = 'labelSelector=set%3Dthen&limit=1';
      const { body: first } = await context.api().call('GET', context.core(`configmaps?${query}`));
      await context.api().call('DELETE', context.core('configmaps/then-2'));
      await context.map('then-2b', {}, { set: 'then' });
      await context.api().call('PATCH', context.core('configmaps/then-3'), {
        contentType: merge,
        body: { data: { when: 'now' } },
      });
      const token = encodeURIComponent(text(first, 'metadata', 'continue'));
      const rest = `configmaps?labelSelector=set%3Dthen&continue=${token}`;
      const { body } = await context.api().call('GET', context.core(rest));
      expect(body.items?.map((item) => [item.metadata.name, at(item, 'data', 'when')])).toEqual([
        ['then-2', 'then'],
        ['then-3', 'then'],
      ]);
    });

    it('gives the remaining count when nothing is filtered', async () => {
      const { body } = await context.api().call('GET', context.core('configmaps?limit=1'));
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
      await context.map('sel-a', {}, { set: 'sel', tier: 'web' });
      await context.map('sel-b', {}, { set: 'sel', tier: 'db' });
      await context.map('sel-c', {}, { set: 'sel' });
      const { body } = await context
        .api()
        .call('GET', context.core(`configmaps?labelSelector=${encodeURIComponent(selector)}`));
      expect(body.items?.map(({ metadata }) => metadata.name)).toEqual(expected);
    });

    it('selects by fields, and refuses unsupported fields', async () => {
      await context.map('field-a');
      const { body } = await context
        .api()
        .call('GET', context.core('configmaps?fieldSelector=metadata.name%3Dfield-a'));
      expect(body.items?.map(({ metadata }) => metadata.name)).toEqual(['field-a']);
      const refused = await context.api().call('GET', context.core('configmaps?fieldSelector=data.x%3Dy'));
      expect(refused.code).toBe(400);
    });

    it.each([
      ['one object as the metadata of a list', 'configmaps/form-b', 'PartialObjectMetadataList', 406],
      ['a list as the metadata of one object', 'configmaps', 'PartialObjectMetadata', 406],
      ['one object as metadata', 'configmaps/form-b', 'PartialObjectMetadata', 200],
      ['a list as metadata', 'configmaps', 'PartialObjectMetadataList', 200],
    ])('%s', async (_, path, form, code) => {
      await context.map('form-b');
      const accept = `application/json;as=${form};g=meta.k8s.io;v=v1,application/json`;
      const answer = await context.api().call('GET', context.core(path), { accept });
      expect(answer.code).toBe(code);
      expect(answer.body['kind']).toBe(code === 200 ? form : 'Status');
      if (code === 406) expect(answer.body['reason']).toBe('NotAcceptable');
    });

    it('gives metadata only, and tables, when asked', async () => {
      await context.map('form-a', { key: 'value' });
      const partial = await context.api().call('GET', context.core('configmaps'), {
        accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      });
      expect(partial.body['kind']).toBe('PartialObjectMetadataList');
      expect(JSON.stringify(partial.body)).not.toContain('"key":"value"');
      const table = await context.api().call('GET', context.core('configmaps/form-a'), {
        accept: 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json',
      });
      expect(table.body['kind']).toBe('Table');
      expect(records(table.body, 'rows')[0]?.['cells']).toEqual(['form-a', expect.anything(), expect.any(String)]);
    });
  });
}

/** Writes: versions, generations, patches, managers. */
export function writesContract(context: ContractContext): void {
  describe('writes', () => {
    it('counts generations by the spec only, and changes status only through its subresource', async () => {
      const { body: created } = await context.api().call('POST', context.apps('deployments'), {
        body: deployment('generations', 'nginx:1.27', 0),
      });
      expect(created.metadata.generation).toBe(1);
      const path = context.apps('deployments/generations');
      const labelled = await context.api().call('PATCH', path, {
        contentType: merge,
        body: { metadata: { labels: { a: 'b' } } },
      });
      expect(labelled.body.metadata.generation).toBe(1);
      const changed = await context.api().call('PATCH', path, {
        contentType: merge,
        body: { spec: { minReadySeconds: 3 }, status: { replicas: 77 } },
      });
      expect(changed.body.metadata.generation).toBe(2);
      expect(at(changed.body, 'status', 'replicas')).not.toBe(77);
      const status = await context.api().call('PATCH', `${path}/status`, {
        contentType: merge,
        body: { spec: { minReadySeconds: 9 }, status: { collisionCount: 5 } },
      });
      expect(status.code).toBe(200);
      expect(at(status.body, 'spec', 'minReadySeconds')).toBe(3);
      expect(at(status.body, 'status', 'collisionCount')).toBe(5);
    });

    it('refuses a write to an old version with 409 Conflict', async () => {
      const { body } = await context.map('conflicts', { a: '1' });
      const path = context.core('configmaps/conflicts');
      const first = await context.api().call('PUT', path, { body: { ...body, data: { a: '2' } } });
      expect(first.code).toBe(200);
      const second = await context.api().call('PUT', path, { body: { ...body, data: { a: '3' } } });
      expect([second.code, second.body['reason']]).toEqual([409, 'Conflict']);
      expect(second.body['message']).toBe(
        'Operation cannot be fulfilled on configmaps "conflicts": the object has been modified; please apply your changes to the latest version and try again',
      );
    });

    it('applies merge patches and JSON patches', async () => {
      await context.map('patched', { keep: '1', drop: '2' });
      const path = context.core('configmaps/patched');
      await context.api().call('PATCH', path, { contentType: merge, body: { data: { drop: null, add: '3' } } });
      const { body } = await context.api().call('PATCH', path, {
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
      await context.map('guarded', { a: '1' });
      const path = context.core('configmaps/guarded');
      const operations = [
        { op: 'replace', path: '/data/a', value: '2' },
        { op: 'test', path: '/metadata/uid', value: 'another' },
      ];
      const refused = await context.api().call('PATCH', path, { contentType: json, body: operations });
      expect([refused.code, refused.body['reason']]).toEqual([422, 'Invalid']);
      expect((await context.api().call('GET', path)).body['data']).toEqual({ a: '1' });
    });

    it('encodes stringData of Secrets', async () => {
      const { body } = await context.api().call('POST', context.core('secrets'), {
        body: { metadata: { name: 's1' }, stringData: { user: 'ana' } },
      });
      expect(body['data']).toEqual({ user: Buffer.from('ana').toString('base64') });
      expect(body['stringData']).toBeUndefined();
      expect(body['type']).toBe('Opaque');
    });

    it('records who wrote the images', async () => {
      await context
        .api()
        .call('POST', context.apps('deployments'), { body: deployment('managed', 'nginx:1.27', 0), manager: 'helm' });
      const path = context.apps('deployments/managed');
      const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'nginx:1.28' }];
      const { body } = await context.api().call('PATCH', path, { contentType: json, body: image, manager: 'argocd' });
      const owns = (manager: string) => {
        const entries = records(body, 'metadata', 'managedFields').filter((entry) => entry['manager'] === manager);
        return JSON.stringify(entries).includes('"f:image":{}');
      };
      expect([owns('helm'), owns('argocd')]).toEqual([false, true]);
    });

    it('keeps the version when nothing changes', async () => {
      const { body } = await context.map('same', { a: '1' });
      const again = await context.api().call('PATCH', context.core('configmaps/same'), {
        contentType: merge,
        body: { data: { a: '1' } },
      });
      expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    });

    it('stores nothing in a dry run', async () => {
      const { code } = await context
        .api()
        .call('POST', context.core('configmaps?dryRun=All'), { body: { metadata: { name: 'dry' } } });
      expect(code).toBe(201);
      expect((await context.api().call('GET', context.core('configmaps/dry'))).code).toBe(404);
    });
  });
}
