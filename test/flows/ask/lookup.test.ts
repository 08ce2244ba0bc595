import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { known, unknown } from '../../../src/model/values/fact.ts';
import type { WorkloadRef } from '../../../src/model/workload/workload.ts';
import type { ClusterReader } from '../../../src/ports/cluster.ts';
import { openBot, openWorker, type TestBot, type TestWorker } from '../../support/asking.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

const refs: readonly WorkloadRef[] = [
  { kind: 'Deployment', namespace: 'prod', name: 'web' },
  { kind: 'Deployment', namespace: 'prod', name: 'api-web' },
  { kind: 'StatefulSet', namespace: 'prod', name: 'WebStore' },
  { kind: 'Deployment', namespace: 'test', name: 'web' },
];

const reader: Partial<ClusterReader> = {
  namespaces: () => Promise.resolve(known(['prod', 'preview', 'kube-system'])),
  workloadNames: ({ namespace, kinds }) =>
    Promise.resolve(
      namespace === 'secret'
        ? unknown('forbidden', 'list deployments')
        : known(
            refs
              .filter((ref) => namespace === undefined || ref.namespace === namespace)
              .filter((ref) => kinds === undefined || kinds.includes(ref.kind)),
          ),
    ),
};

let redis: TestRedis;
let bot: TestBot;
let worker: TestWorker;

beforeAll(async () => {
  redis = await startRedis();
  bot = await openBot(redis.url, 'lookup', { loops: false });
  worker = await openWorker(redis.url, 'lookup', () => Promise.reject(new Error('not asked')), { reader });
});
afterAll(async () => {
  await worker.end();
  await bot.end();
  await redis.close();
});

describe('lookup', () => {
  test.each([
    ['namespaces, all', { what: 'namespaces', prefix: '' }, ['kube-system', 'preview', 'prod']],
    ['namespaces that begin so', { what: 'namespaces', prefix: 'PR' }, ['preview', 'prod']],
    ['namespaces that contain it', { what: 'namespaces', prefix: 'system' }, ['kube-system']],
    [
      'workloads of a kind, what begins so first',
      { what: 'workloads', kind: 'Deployment', namespace: 'prod', prefix: 'web' },
      ['web', 'api-web'],
    ],
    [
      'workloads of every kind',
      { what: 'workloads', namespace: 'prod', prefix: 'web' },
      ['deployment/web', 'statefulset/WebStore', 'deployment/api-web'],
    ],
    ['a name in two namespaces, once', { what: 'workloads', kind: 'Deployment', prefix: 'web' }, ['web', 'api-web']],
    ['what may not be read', { what: 'workloads', namespace: 'secret', prefix: '' }, []],
  ] as const)('%s', async (_, question, names) => {
    const answerId = randomUUID();
    await bot.queue.enqueue('dev-eu', 'lookup', { version: 1, answerId, cluster: 'dev-eu', ...question });
    expect(await bot.answers.wait(answerId, 5000)).toEqual(names);
  });
});
