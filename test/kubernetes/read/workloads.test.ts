import { describe, expect, test } from 'vitest';
import type { WorkloadKind } from '../../../src/model/workload/workload.ts';
import {
  controlledBy,
  cronJob,
  daemonSet,
  deployment,
  job,
  meta,
  pod,
  replicaSet,
  statefulSet,
} from '../../support/kubernetes-objects.ts';
import { soon, startCluster } from '../../support/kubernetes-reader.ts';
import { forbidden, notFound, status } from '../../support/kubernetes-server.ts';

const prod = '/namespaces/prod';
const apps = `/apis/apps/v1${prod}`;
const batch = `/apis/batch/v1${prod}`;
const ref = (kind: WorkloadKind, name: string) => ({ kind, namespace: 'prod', name });

describe('workload', () => {
  test('reads what decides about the images of a Deployment', async () => {
    const { server, reader } = await startCluster();
    server.serve(`${apps}/deployments`, 'Deployment', [deployment()]);
    const lookup = await reader.workload(ref('Deployment', 'web'), soon());
    expect(lookup).toEqual({
      kind: 'found',
      value: {
        ref: ref('Deployment', 'web'),
        uid: 'uid-web',
        selector: 'app=web',
        desired: 2,
        ready: 1,
        updateStrategy: 'RollingUpdate',
        paused: false,
        rollout: expect.objectContaining({ isSeen: true }),
        conditions: [
          { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
          { type: 'Available', status: 'False' },
        ],
        createdAt: '2026-11-20T10:00:00Z',
        owners: [],
        annotations: { team: 'web' },
        managers: [
          { name: 'kubectl-set', at: '2026-11-20T11:59:59Z', ownsImages: true, owns: ['image app'] },
          { name: 'helm', at: '2026-11-20T09:00:00Z', ownsImages: false, owns: [] },
        ],
        template: {
          serviceAccount: 'web',
          pullSecretNames: ['regcred'],
          labels: { app: 'web' },
          restartedAt: '2026-11-20T14:02:00Z',
          placement: {
            nodeSelector: { 'kubernetes.io/arch': 'amd64' },
            affinityTerms: [[{ key: 'pool', operator: 'In', values: ['web'] }]],
            tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
          },
          containers: [
            {
              name: 'migrate',
              type: 'init',
              image: 'ghcr.io/acme/migrate:1',
              env: [],
              envFrom: [],
              command: [],
              args: [],
            },
            {
              name: 'app',
              type: 'main',
              image: 'ghcr.io/acme/web:1',
              pullPolicy: 'IfNotPresent',
              command: ['/app'],
              args: ['--serve'],
              env: [
                { name: 'MODE', value: 'prod', from: 'env' },
                { name: 'EMPTY', value: '', from: 'env' },
                { name: 'REGISTRY', from: 'configMap/settings', key: 'registry' },
                { name: 'TOKEN', from: 'secret/tokens', key: 'web' },
                { name: 'POD', from: 'field' },
              ],
              envFrom: [
                { source: 'configMap/shared', prefix: 'APP_' },
                { source: 'secret/more', prefix: '' },
              ],
            },
          ],
        },
      },
    });
  });

  const counts = [
    { kind: 'StatefulSet', path: `${apps}/statefulsets`, object: statefulSet(), desired: 3, ready: 2 },
    { kind: 'DaemonSet', path: `${apps}/daemonsets`, object: daemonSet(), desired: 5, ready: 4 },
    { kind: 'Job', path: `${batch}/jobs`, object: job('import'), desired: 2, ready: 1 },
    { kind: 'CronJob', path: `${batch}/cronjobs`, object: cronJob(), desired: undefined, ready: 0 },
    { kind: 'Pod', path: `/api/v1${prod}/pods`, object: pod('solo'), desired: 1, ready: 0 },
  ] as const;
  test.each(counts)('reads a $kind', async ({ kind, path, object, desired, ready }) => {
    const { server, reader } = await startCluster();
    const name = object.metadata?.name ?? '';
    server.serve(path, kind, [object]);
    const lookup = await reader.workload(ref(kind, name), soon());
    expect(lookup.kind).toBe('found');
    if (lookup.kind !== 'found') return;
    expect(lookup.value.desired).toBe(desired);
    expect(lookup.value.ready).toBe(ready);
    expect(lookup.value.template.containers.map(({ name: container }) => container)).toContain('app');
    expect(lookup.value.paused).toBe(kind === 'CronJob');
    expect(lookup.value.template.serviceAccount).toBe('web');
  });

  test('ephemeral containers of a bare pod count', async () => {
    const { server, reader } = await startCluster();
    server.serve(`/api/v1${prod}/pods`, 'Pod', [pod('solo')]);
    const lookup = await reader.workload(ref('Pod', 'solo'), soon());
    const containers = lookup.kind === 'found' ? lookup.value.template.containers : [];
    expect(containers.map(({ name, type }) => [name, type])).toEqual([
      ['migrate', 'init'],
      ['app', 'main'],
      ['debug', 'ephemeral'],
    ]);
  });

  test('follows owners to the top, also through kinds that only the API server knows', async () => {
    const { server, reader } = await startCluster();
    server.serve(`/api/v1${prod}/pods`, 'Pod', [
      pod('web-1', { ownerReferences: controlledBy('ReplicaSet', 'web-a')! }),
    ]);
    server.serve(`${apps}/replicasets`, 'ReplicaSet', [replicaSet('web-a', 1, 'web:1')]);
    const dask = 'kubernetes.dask.org/v1';
    server.serve(`${apps}/deployments`, 'Deployment', [
      deployment('web', { ownerReferences: controlledBy('DaskCluster', 'sim', dask)! }),
    ]);
    server.on(`/apis/${dask}`, () => ({
      body: { resources: [{ name: 'daskclusters', kind: 'DaskCluster', namespaced: true }] },
    }));
    const sim = { metadata: meta('sim', { ownerReferences: controlledBy('Workflow', 'w', 'argoproj.io/v1alpha1')! }) };
    server.serve(`/apis/${dask}${prod}/daskclusters`, 'DaskCluster', [sim]);
    server.on('/apis/argoproj.io/v1alpha1', () => forbidden('discovery'));
    const lookup = await reader.workload(ref('Pod', 'web-1'), soon());
    expect(lookup.kind === 'found' && lookup.value.owners).toEqual([
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-a' },
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      { apiVersion: dask, kind: 'DaskCluster', name: 'sim' },
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name: 'w' },
    ]);
  });

  test('stops at an owner whose name another object has taken, and at the node of a mirror pod', async () => {
    const { server, reader } = await startCluster();
    const owners = controlledBy('ReplicaSet', 'web-a')!.map((owner) => ({ ...owner, uid: 'older' }));
    const node = controlledBy('Node', 'node-1', 'v1')!;
    server.serve(`/api/v1${prod}/pods`, 'Pod', [
      pod('web-1', { ownerReferences: owners }),
      pod('proxy', { ownerReferences: node }),
    ]);
    server.serve(`${apps}/replicasets`, 'ReplicaSet', [replicaSet('web-a', 1, 'web:1')]);
    const lookups = await Promise.all([
      reader.workload(ref('Pod', 'web-1'), soon()),
      reader.workload(ref('Pod', 'proxy'), soon()),
    ]);
    const owned = lookups.map((lookup) => lookup.kind === 'found' && lookup.value.owners.map(({ kind }) => kind));
    expect(owned).toEqual([['ReplicaSet'], ['Node']]);
  });

  test('absent, forbidden and unreadable are different', async () => {
    const { server, reader } = await startCluster();
    server.on(`${apps}/deployments/gone`, ({ path }) => notFound(path));
    server.on(`${apps}/deployments/secret`, () => forbidden('deployments.apps "secret"'));
    server.on(`${apps}/deployments/odd`, () => ({ body: { metadata: { name: 'odd' }, spec: { replicas: 'many' } } }));
    server.on(`${apps}/deployments/none`, () => ({ status: 404, type: 'text/plain', body: '404 page not found' }));
    const read = (name: string) => reader.workload(ref('Deployment', name), soon());
    expect(await read('gone')).toEqual({ kind: 'absent' });
    expect(await read('secret')).toMatchObject({ kind: 'unknown', missingRight: 'get deployments in prod' });
    expect(await read('odd')).toEqual({
      kind: 'unknown',
      why: 'deployments/odd has a shape that cannot be read (at spec.replicas)',
    });
    const none = await read('none');
    expect(none).toMatchObject({ kind: 'unknown', why: expect.stringContaining('does not serve this kind') });
    expect(none).not.toHaveProperty('missingRight');
  });

  test('a name cannot leave its place in the path', async () => {
    const { server, reader } = await startCluster();
    for (const name of ['..', '../../secrets/x', 'a?b', 'a#b']) {
      await reader.workload({ kind: 'Pod', namespace: 'prod', name }, soon());
    }
    for (const { path } of server.requests) expect(path).toMatch(/^\/api\/v1\/namespaces\/prod\/pods\/[^/]+$/);
    expect(server.requests).toHaveLength(4);
  });
});

describe('workloads', () => {
  test('lists all kinds of a namespace, and of pods only those without a controller', async () => {
    const { server, reader } = await startCluster();
    server.serve(`${apps}/deployments`, 'Deployment', [deployment()]);
    server.serve(`${apps}/statefulsets`, 'StatefulSet', [statefulSet()]);
    server.serve(`${apps}/daemonsets`, 'DaemonSet', [daemonSet()]);
    server.serve(`${batch}/jobs`, 'Job', [job('import')]);
    server.serve(`${batch}/cronjobs`, 'CronJob', [cronJob()]);
    const owned = pod('web-1', { ownerReferences: controlledBy('ReplicaSet', 'web-a')! });
    server.serve(`/api/v1${prod}/pods`, 'Pod', [owned, pod('solo')]);
    const fact = await reader.workloads({ namespace: 'prod' }, soon());
    expect(fact).not.toHaveProperty('incomplete');
    const found = fact.known ? fact.value.map(({ ref: { kind, name } }) => `${kind}/${name}`) : [];
    expect(found.toSorted()).toEqual([
      'CronJob/nightly',
      'DaemonSet/agent',
      'Deployment/web',
      'Job/import',
      'Pod/solo',
      'StatefulSet/db',
    ]);
    const web = fact.known ? fact.value.find(({ ref: { kind } }) => kind === 'Deployment') : undefined;
    expect(web).toMatchObject({
      ready: 1,
      desired: 2,
      containers: [{ name: 'migrate' }, { image: 'ghcr.io/acme/web:1' }],
    });
  });

  test('many bare pods are read as one list', async () => {
    const { server, reader } = await startCluster();
    const many = Array.from({ length: 25 }, (_, index) => pod(`solo-${index}`));
    server.serve('/api/v1/pods', 'Pod', many);
    const fact = await reader.workloads({ kinds: ['Pod'] }, soon());
    expect(fact.known && fact.value).toHaveLength(25);
    expect(server.requests.length).toBe(2);
  });

  test('a kind without the right makes the list incomplete; without any right it is unknown', async () => {
    const { server, reader } = await startCluster();
    server.serve('/apis/apps/v1/deployments', 'Deployment', [deployment()]);
    server.on('/apis/batch/v1/jobs', () => forbidden('jobs.batch'));
    const fact = await reader.workloads({ kinds: ['Deployment', 'Job'] }, soon());
    expect(fact).toMatchObject({ known: true, incomplete: [expect.stringContaining('no right to list jobs')] });
    const none = await reader.workloads({ kinds: ['Job'] }, soon());
    expect(none).toMatchObject({ known: false, missingRight: 'list jobs' });
  });

  test('an object of another shape is left out and named', async () => {
    const { server, reader } = await startCluster();
    const odd = { metadata: { name: 'odd', labels: { app: 7 } } };
    server.on('/apis/apps/v1/deployments', () => ({ body: { items: [odd, deployment(), null, 'x'] } }));
    const fact = await reader.workloads({ kinds: ['Deployment'] }, soon());
    expect(fact).toMatchObject({
      known: true,
      value: [{ ref: { name: 'web' } }],
      incomplete: [
        '3 deployments of a shape that cannot be read: odd, an object without a name, an object without a name',
      ],
    });
  });
});

test('a list can start again from the server’s inconsistent continuation, or afresh', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const answers = [
    { resume: 'resumed', expected: ['a', 'b', 'c', 'd'] },
    { resume: '', expected: ['c', 'd'] },
  ];
  for (const { resume, expected } of answers) {
    const { server, reader } = await startCluster({ pageSize: 2 });
    let expired = false;
    server.on('/api/v1/namespaces', ({ query }) => {
      const token = query.get('continue');
      const items = (from: number) => names.slice(from, from + 2).map((name) => ({ metadata: meta(name) }));
      if (token === 'old') {
        expired = true;
        return status(410, 'Expired', 'The provided continue parameter is too old', { continue: resume });
      }
      if (token === 'resumed' || expired) return { body: { items: items(2), metadata: {} } };
      return { body: { items: items(0), metadata: { continue: 'old' } } };
    });
    expect(await reader.namespaces(soon())).toEqual({ known: true, value: expected });
  }
});

test('a list that expires again and again is unknown, not endless', async () => {
  const { server, reader } = await startCluster({ pageSize: 1 });
  server.on('/api/v1/nodes', ({ query }) =>
    query.has('continue')
      ? status(410, 'Expired', 'too old')
      : { body: { items: [], metadata: { continue: 'token' } } },
  );
  expect(await reader.nodes(soon())).toMatchObject({ known: false, why: expect.stringContaining('410') });
  server.on('/api/v1/nodes', () => ({ body: { items: [], metadata: { continue: 'same' } } }));
  expect(await reader.nodes(soon())).toMatchObject({ known: false, why: expect.stringContaining('same page') });
});
