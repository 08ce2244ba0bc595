import { describe, expect, it } from 'vitest';
import { at, type Fields, records } from '../../../src/sandbox/cluster/objects/object.ts';
import { deployment } from './client.ts';
import type { ContractContext } from './contract-context.ts';

const strategic = 'application/strategic-merge-patch+json';
const merge = 'application/merge-patch+json';

const containers = [
  {
    name: 'app',
    image: 'app:1',
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ],
    ports: [{ containerPort: 80, protocol: 'TCP' }],
    args: ['one', 'two'],
  },
  { name: 'side', image: 'side:1' },
];

function two(name: string): Fields {
  const labels = { app: name };
  const tolerations = [{ key: 'old', operator: 'Exists' }];
  const template = {
    metadata: { labels },
    spec: { containers, tolerations, imagePullSecrets: [{ name: 'first' }], volumes: [{ name: 'v', emptyDir: {} }] },
  };
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } };
  return { metadata: { name }, spec: { replicas: 0, selector: { matchLabels: labels }, strategy, template } };
}

const spec = (change: Fields) => ({ spec: { template: { spec: change } } });
const names = (body: unknown, ...path: string[]) => records(body, ...path).map(({ name }) => String(name));
const alphabetically = (left: string, right: string) => left.localeCompare(right);

/** What a patch does to a Deployment with two containers: `see` selects part of the response. */
const cases: readonly {
  readonly what: string;
  readonly patch: Fields;
  readonly see: (body: Fields) => unknown;
  readonly expected: unknown;
}[] = [
  {
    what: 'changes one container and leaves the others, as kubectl set image does',
    patch: spec({
      '$setElementOrder/containers': [{ name: 'app' }, { name: 'side' }],
      containers: [{ name: 'app', image: 'app:2' }],
    }),
    see: (body) => records(body, 'spec', 'template', 'spec', 'containers').map(({ image, args }) => [image, args]),
    expected: [
      ['app:2', ['one', 'two']],
      ['side:1', undefined],
    ],
  },
  {
    what: 'merges lists in lists by their keys',
    patch: spec({
      containers: [
        {
          name: 'app',
          env: [
            { name: 'B', value: '3' },
            { name: 'C', value: '4' },
          ],
        },
      ],
    }),
    see: (body) =>
      Object.fromEntries(
        records(records(body, 'spec', 'template', 'spec', 'containers')[0], 'env').map(({ name, value }) => [
          name,
          value,
        ]),
      ),
    expected: { A: '1', B: '3', C: '4' },
  },
  {
    what: 'adds containers, and takes away those marked with $patch: delete',
    patch: spec({
      containers: [
        { name: 'side', $patch: 'delete' },
        { name: 'new', image: 'new:1' },
      ],
    }),
    see: (body) => names(body, 'spec', 'template', 'spec', 'containers').toSorted(alphabetically),
    expected: ['app', 'new'],
  },
  {
    what: 'replaces a list with $patch: replace',
    patch: spec({ containers: [{ $patch: 'replace' }, { name: 'only', image: 'only:1' }] }),
    see: (body) => names(body, 'spec', 'template', 'spec', 'containers'),
    expected: ['only'],
  },
  {
    what: 'orders a list as $setElementOrder says',
    patch: spec({ '$setElementOrder/containers': [{ name: 'side' }, { name: 'app' }] }),
    see: (body) => names(body, 'spec', 'template', 'spec', 'containers'),
    expected: ['side', 'app'],
  },
  {
    what: 'keeps only the keys that $retainKeys names',
    patch: { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    see: (body) => at(body, 'spec', 'strategy'),
    expected: { type: 'Recreate' },
  },
  {
    what: 'knows ports by their number',
    patch: spec({ containers: [{ name: 'app', ports: [{ containerPort: 81 }] }] }),
    see: (body) =>
      records(records(body, 'spec', 'template', 'spec', 'containers')[0], 'ports')
        .map(({ containerPort }) => String(containerPort))
        .toSorted(alphabetically),
    expected: ['80', '81'],
  },
  {
    what: 'replaces lists that have no key',
    patch: spec({ tolerations: [{ key: 'new', operator: 'Exists' }], containers: [{ name: 'app', args: ['three'] }] }),
    see: (body) => [
      records(body, 'spec', 'template', 'spec', 'tolerations').map(({ key }) => key),
      records(body, 'spec', 'template', 'spec', 'containers')[0]?.['args'],
    ],
    expected: [['new'], ['three']],
  },
  {
    what: 'adds pull secrets',
    patch: spec({ imagePullSecrets: [{ name: 'second' }] }),
    see: (body) => names(body, 'spec', 'template', 'spec', 'imagePullSecrets').toSorted(alphabetically),
    expected: ['first', 'second'],
  },
  {
    what: 'removes what is null, and keeps the rest of a map',
    patch: { metadata: { annotations: { a: '1', b: null } }, spec: { minReadySeconds: null } },
    see: (body) => [at(body, 'metadata', 'annotations', 'a'), at(body, 'metadata', 'annotations', 'b')],
    expected: ['1', undefined],
  },
  {
    what: 'annotates the template, as kubectl rollout restart does',
    patch: { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } },
    see: (body) => [
      at(body, 'spec', 'template', 'metadata', 'annotations'),
      at(body, 'metadata', 'generation'),
      names(body, 'spec', 'template', 'spec', 'containers'),
    ],
    expected: [{ 'kubectl.kubernetes.io/restartedAt': 'now' }, 2, ['app', 'side']],
  },
];

/** Strategic merge patches (API conventions, "Strategic merge patch"). */
export function patchesContract(context: ContractContext): void {
  describe('strategic merge patches', () => {
    it.each(cases.map((each, index) => ({ ...each, name: `strategic-${index}` })))(
      '$what',
      async ({ name, patch, see, expected }) => {
        const created = await context.api().call('POST', context.apps('deployments'), { body: two(name) });
        expect(created.code).toBe(201);
        const path = context.apps(`deployments/${name}`);
        const { code, body } = await context.api().call('PATCH', path, { contentType: strategic, body: patch });
        expect([code, see(body)]).toEqual([200, expected]);
        expect(see((await context.api().call('GET', path)).body)).toEqual(expected);
      },
    );

    it('merge finalizers and conditions, and delete from lists of strings', async () => {
      await context.map('words');
      const path = context.core('configmaps/words');
      const send = (body: Fields) => context.api().call('PATCH', path, { contentType: strategic, body });
      await send({ metadata: { finalizers: ['example.dev/a', 'example.dev/b'] } });
      const { body: more } = await send({ metadata: { finalizers: ['example.dev/c'] } });
      expect(more.metadata.finalizers?.toSorted(alphabetically)).toEqual([
        'example.dev/a',
        'example.dev/b',
        'example.dev/c',
      ]);
      const deletion = { '$deleteFromPrimitiveList/finalizers': ['example.dev/a', 'example.dev/c'] };
      const { body: less } = await send({ metadata: deletion });
      expect(less.metadata.finalizers).toEqual(['example.dev/b']);
      await context.api().call('PATCH', path, { contentType: merge, body: { metadata: { finalizers: null } } });
      await context.api().call('POST', context.core('pods'), {
        body: { metadata: { name: 'conditions' }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      });
      const status = (type: string, value: string) =>
        context.api().call('PATCH', context.core('pods/conditions/status'), {
          contentType: strategic,
          body: { status: { conditions: [{ type, status: value }] } },
        });
      await status('Example', 'False');
      await status('Other', 'False');
      const { body } = await status('Example', 'True');
      const conditions = records(body, 'status', 'conditions').filter(({ type }) => type !== 'PodScheduled');
      expect(Object.fromEntries(conditions.map((each) => [each['type'], each['status']]))).toEqual({
        Example: 'True',
        Other: 'False',
      });
    });

    it('replace the pull secrets of an account, whose list has no merge key', async () => {
      const path = context.core('serviceaccounts/default');
      const send = (entry: Fields) =>
        context.api().call('PATCH', path, { contentType: strategic, body: { imagePullSecrets: [entry] } });
      await send({ name: 'one' });
      const { body } = await send({ name: 'two' });
      expect(names(body, 'imagePullSecrets')).toEqual(['two']);
      await context.api().call('PATCH', path, { contentType: merge, body: { imagePullSecrets: null } });
    });

    it.each([
      ['an element without its key', spec({ containers: [{ image: 'x' }] }), 500],
      ['an unknown directive', { spec: { $patch: 'nonsense' } }, 500],
      ['what is not valid afterwards', spec({ containers: [{ name: 'third' }] }), 422],
      ['another uid', { metadata: { uid: '00000000-0000-0000-0000-000000000000' } }, 422],
    ] as const)('refuse %s', async (what, body, code) => {
      const name = `refused-${what.replaceAll(/\W/g, '-')}`;
      await context.api().call('POST', context.apps('deployments'), { body: two(name) });
      const path = context.apps(`deployments/${name}`);
      const answer = await context.api().call('PATCH', path, { contentType: strategic, body });
      expect([answer.code, answer.body['message']]).toEqual([code, expect.anything()]);
      const { body: kept } = await context.api().call('GET', path);
      expect(kept.metadata.generation).toBe(1);
    });

    // Guards rely on this: an absent field tests as null if its parent exists.
    it.each([
      ['an absent map is null', [{ op: 'test', path: '/data', value: null }], 200],
      ['an absent map is not an empty one', [{ op: 'test', path: '/data', value: {} }], 422],
      ['an absent key is null', [{ op: 'test', path: '/metadata/labels/b', value: null }], 200],
      ['a present key is not null', [{ op: 'test', path: '/metadata/labels/a', value: null }], 422],
      ['a key of an absent map cannot be tested', [{ op: 'test', path: '/data/a', value: null }], 422],
      ['an absent key can be replaced', [{ op: 'replace', path: '/metadata/labels/b', value: '2' }], 200],
      ['an absent key cannot be removed', [{ op: 'remove', path: '/metadata/labels/b' }], 422],
      ['a key with a slash', [{ op: 'add', path: '/metadata/labels/x.io~1y', value: 'z' }], 200],
    ] as const)('of JSON: %s', async (what, body, code) => {
      const name = `json-${what.replaceAll(/\W/g, '-')}`;
      await context
        .api()
        .call('POST', context.core('configmaps'), { body: { metadata: { name, labels: { a: '1' } } } });
      const contentType = 'application/json-patch+json';
      const answer = await context.api().call('PATCH', context.core(`configmaps/${name}`), { contentType, body });
      expect(answer.code).toBe(code);
      if (code === 422) expect(answer.body).toMatchObject({ reason: 'Invalid', details: {} });
    });

    it('are refused for old versions', async () => {
      await context.api().call('POST', context.apps('deployments'), { body: deployment('versions', 'nginx:1', 0) });
      const path = context.apps('deployments/versions');
      const body = { metadata: { resourceVersion: '1', labels: { a: 'b' } } };
      for (const contentType of [strategic, merge]) {
        expect((await context.api().call('PATCH', path, { contentType, body })).code).toBe(409);
      }
    });
  });
}
