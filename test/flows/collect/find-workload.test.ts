import { describe, expect, test } from 'vitest';
import { findWorkload, nearWorkloads } from '../../../src/flows/collect/find-workload.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import type { WorkloadKind } from '../../../src/model/workload/workload.ts';
import type { WorkloadSummary } from '../../../src/ports/cluster.ts';
import { type ClusterStory, endless, memoryCluster, recorder } from '../../support/in-memory.ts';

function entry(kind: WorkloadKind, namespace: string, name: string): WorkloadSummary {
  return { ref: { kind, namespace, name }, containers: [], ready: 1 };
}

const shop = [entry('Deployment', 'shop', 'web'), entry('StatefulSet', 'shop', 'db'), entry('Job', 'shop', 'db')];
const all = [...shop, entry('Deployment', 'prod', 'web'), entry('Deployment', 'prod', 'worker')];
const cluster: ClusterStory = { neighbours: known(shop), everywhere: known(all) };

async function find(target: { kind?: WorkloadKind; namespace?: string; name: string }, story: ClusterStory = cluster) {
  const record = recorder();
  const found = await findWorkload({ type: 'workload', ...target }, memoryCluster(story, record), endless);
  return { found, asked: record.asked };
}

test('a complete target is taken at its word', async () => {
  const { found, asked } = await find({ kind: 'Pod', namespace: 'shop', name: 'x' });
  expect(found).toEqual({ kind: 'one', ref: { kind: 'Pod', namespace: 'shop', name: 'x' } });
  expect(asked).toEqual([]);
});

test('a name that is used once is found', async () => {
  expect((await find({ name: 'worker' })).found).toMatchObject({ kind: 'one', ref: { namespace: 'prod' } });
  expect((await find({ name: 'web', namespace: 'shop' })).found).toMatchObject({
    kind: 'one',
    ref: { kind: 'Deployment' },
  });
});

test('a name that is used more than once is asked back, never guessed', async () => {
  expect((await find({ name: 'web' })).found).toEqual({
    kind: 'many',
    candidates: [
      { kind: 'Deployment', namespace: 'shop', name: 'web' },
      { kind: 'Deployment', namespace: 'prod', name: 'web' },
    ],
  });
  const many = known(Array.from({ length: 50 }, (_, index) => entry('Job', `n${index}`, 'x')));
  expect((await find({ name: 'x' }, { everywhere: many })).found).toMatchObject({ candidates: { length: 20 } });
});

test('a pod that a workload made is found by its name, too', async () => {
  const { found, asked } = await find(
    { namespace: 'shop', name: 'web-7d9f-1' },
    { ...cluster, workload: { ref: { kind: 'Pod', namespace: 'shop', name: 'web-7d9f-1' } } },
  );
  expect(found).toEqual({ kind: 'one', ref: { kind: 'Pod', namespace: 'shop', name: 'web-7d9f-1' } });
  expect(asked).toEqual(['names of shop', 'workload Pod/web-7d9f-1']);
});

test('nothing of that name', async () => {
  const { found } = await find({ namespace: 'shop', name: 'wbe' });
  expect(found).toEqual({
    kind: 'none',
    certain: true,
    message: 'There is no wbe in namespace shop of cluster dev-eu.',
    near: [{ kind: 'Deployment', namespace: 'shop', name: 'web' }],
  });
});

describe('what could not be looked up is not said to be absent', () => {
  test('no right at all', async () => {
    const { found } = await find({ name: 'web' }, { everywhere: unknown('forbidden', 'list deployments') });
    expect(found).toMatchObject({
      kind: 'none',
      certain: false,
      message: 'web could not be looked up: forbidden. Name its kind and namespace.',
    });
  });

  test('some kinds only', async () => {
    const { found } = await find({ name: 'gone' }, { everywhere: known(all, ['no right to list jobs']) });
    expect(found).toMatchObject({
      kind: 'none',
      certain: false,
      message: expect.stringContaining('no right to list jobs'),
    });
    expect((await find({ name: 'worker' }, { everywhere: known(all, ['no right to list jobs']) })).found).toMatchObject(
      { kind: 'one' },
    );
  });
});

describe('near names of a workload that is not there', () => {
  const near = async (name: string, story: ClusterStory = cluster) =>
    (await nearWorkloads({ kind: 'Deployment', namespace: 'shop', name }, memoryCluster(story), endless)).map(
      ({ kind, namespace, name: found }) => `${namespace} ${kind} ${found}`,
    );

  test('the same name elsewhere, and names like it', async () => {
    expect(await near('web')).toEqual(['shop Deployment web', 'prod Deployment web']);
    expect(await near('workr')).toEqual(['prod Deployment worker']);
    expect(await near('db')).toEqual(['shop StatefulSet db', 'shop Job db']);
    expect(await near('zzzzzzzz')).toEqual([]);
  });

  test('of the namespace alone without the right to list the cluster, or none', async () => {
    expect(await near('wbe', { ...cluster, everywhere: unknown('forbidden') })).toEqual(['shop Deployment web']);
    expect(await near('web', { everywhere: unknown('no'), neighbours: unknown('no') })).toEqual([]);
  });
});
