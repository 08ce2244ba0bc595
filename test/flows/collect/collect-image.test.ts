import { expect, test } from 'vitest';
import { collectImage } from '../../../src/flows/collect/collect-image.ts';
import type { ProbeFailure } from '../../../src/model/image/outcome.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import {
  type ClusterStory,
  endless,
  inRounds,
  memoryReach,
  type RegistryStory,
  secretFor,
} from '../../support/in-memory.ts';
import { amd64, anIndex, arm64, digestOf, serverError } from '../../support/probes.ts';
import { aContainer, aNode } from '../../support/snapshot.ts';

const reference = 'ghcr.io/acme/web:1';
const as = { namespace: 'shop', serviceAccount: 'builder' };

async function seen(
  target: { as?: typeof as },
  cluster: ClusterStory = {},
  registry: RegistryStory = { references: { [reference]: 'one' } },
) {
  const { reach, record } = memoryReach(cluster, registry);
  const work = () => collectImage({ type: 'image', reference, ...target }, reach, endless, () => {});
  const { value, rounds } = await inRounds(record, work);
  return { snapshot: value, rounds, asked: record.asked };
}

test('as nobody: nodes, then the registry; manifest and config are the question', async () => {
  const { snapshot, rounds } = await seen({});
  expect(rounds).toEqual([
    ['nodes'],
    [`HEAD ${reference}`],
    ['GET ghcr.io/acme/web@one'],
    ['GET ghcr.io/acme/web config of one'],
  ]);
  expect(snapshot.asked).toEqual({ reference });
  expect(snapshot.notSeen).toEqual([]);
});

test('as a service account: with its pull secrets', async () => {
  const { snapshot, asked } = await seen(
    { as },
    {
      serviceAccount: { kind: 'found', value: { pullSecretNames: ['regcred'], annotations: {} } },
      secrets: { regcred: secretFor({ 'ghcr.io': 'robot' }) },
    },
  );
  expect(asked).toContain(`HEAD ${reference} as robot`);
  expect(snapshot.asked).toEqual({ reference, as: 'shop/builder' });
  expect(snapshot.pullSecrets).toMatchObject([{ name: 'regcred', referencedBy: 'serviceAccount' }]);
});

test('the configs of the platforms that the cluster has, each once', async () => {
  const index = anIndex('one', [amd64, arm64]);
  const { asked } = await seen(
    {},
    { nodes: known([aNode({ name: 'a' }), aNode({ name: 'b' }), aNode({ name: 'c', platform: arm64 })]) },
    { references: { [reference]: 'one' }, manifests: { [digestOf('one')]: { kind: 'ok', value: index } } },
  );
  expect(asked.filter((what) => what.startsWith('GET'))).toHaveLength(3);
});

test('a missing image: its repository’s tags and near names of the cluster', async () => {
  const elsewhere = [
    {
      ref: { kind: 'Job', namespace: 'x', name: 'x' },
      containers: [aContainer({ image: 'ghcr.io/acme/web:2' })],
      ready: 1,
    },
  ] as const;
  const { snapshot } = await seen({}, { everywhere: known(elsewhere) }, { tags: { 'ghcr.io/acme/web': ['2'] } });
  expect(snapshot.images[0]?.tags).toEqual(known(['2']));
  expect(snapshot.knownRepositories).toEqual(['ghcr.io/acme/web:2']);
});

test('says what it could not see', async () => {
  const { snapshot } = await seen(
    { as },
    { nodes: unknown('forbidden', 'list nodes'), serviceAccount: { kind: 'absent' }, everywhere: unknown('slow') },
    {},
  );
  expect(snapshot.notSeen).toEqual([
    'nodes (no right to list nodes)',
    'service account (service account builder does not exist)',
    'images used in the cluster (slow)',
  ]);
});

test('an index whose image for the nodes was deleted: 404 of the registry, and tags that are complete', async () => {
  const index = anIndex('one', [amd64, arm64]);
  const registry: RegistryStory = {
    references: { [reference]: 'one', 'ghcr.io/acme/web:0.9': 'older' },
    manifests: { [digestOf('one')]: { kind: 'ok', value: index } },
    tags: { 'ghcr.io/acme/web': ['0.9', '1'] },
  };
  const { snapshot } = await seen({}, { nodes: known([aNode()]) }, registry);
  const [probe] = snapshot.images;
  expect(probe?.absentChildren).toEqual([{ digest: digestOf('one amd64'), platform: amd64 }]);
  expect(probe?.completeTags).toEqual(['0.9']);
  expect(probe?.configs.known).toBe(false);
});

test('a child that cannot be read is not called absent', async () => {
  const index = anIndex('one', [amd64]);
  const down = serverError() as ProbeFailure;
  const { snapshot } = await seen(
    {},
    { nodes: known([aNode()]) },
    {
      references: { [reference]: 'one' },
      manifests: { [digestOf('one')]: { kind: 'ok', value: index }, [digestOf('one amd64')]: down },
    },
  );
  expect(snapshot.images[0]?.absentChildren).toBeUndefined();
});
