import { describe, expect, test } from 'vitest';
import type { Workload, WorkloadKind } from '../../../src/model/workload/workload.ts';
import {
  controlledBy,
  controllerRevision,
  deployment,
  job,
  pod,
  replicaSet,
} from '../../support/kubernetes-objects.ts';
import { soon, startCluster } from '../../support/kubernetes-reader.ts';
import { forbidden, type TestServer } from '../../support/kubernetes-server.ts';

const pods = '/api/v1/namespaces/prod/pods';
const apps = '/apis/apps/v1/namespaces/prod';

function workload(kind: WorkloadKind, name: string, more: Partial<Workload> = {}): Workload {
  return {
    ref: { kind, namespace: 'prod', name },
    uid: `uid-${name}`,
    template: {
      containers: [],
      serviceAccount: 'default',
      pullSecretNames: [],
      placement: { nodeSelector: {}, affinityTerms: [], tolerations: [] },
      labels: {},
    },
    selector: kind === 'Pod' || kind === 'CronJob' ? '' : 'app=web',
    ready: 0,
    paused: false,
    createdAt: '2026-11-20T10:00:00Z',
    owners: [],
    managers: [],
    annotations: {},
    ...more,
  };
}

function serveWeb(server: TestServer): void {
  server.serve(`${apps}/replicasets`, 'ReplicaSet', [
    replicaSet('web-a', 1, 'web:1'),
    replicaSet('web-b', 2, 'web:2', { annotations: { 'deployment.kubernetes.io/revision': '12' } }),
    replicaSet('other-a', 9, 'web:9', { ownerReferences: controlledBy('Deployment', 'other')! }),
  ]);
  server.serve(pods, 'Pod', [
    pod('web-a-1', { ownerReferences: controlledBy('ReplicaSet', 'web-a')! }),
    pod('web-b-1', { ownerReferences: controlledBy('ReplicaSet', 'web-b')! }),
    pod('other-a-1', { ownerReferences: controlledBy('ReplicaSet', 'other-a')! }),
    pod('orphan'),
    pod('unrelated', { labels: { app: 'db' } }),
  ]);
}

async function names(fact: { known: boolean; value?: readonly { name: string }[] }): Promise<string[]> {
  return (fact.value ?? []).map(({ name }) => name).toSorted();
}

describe('pods', () => {
  test('keeps of a pod what diagnoses need, times as text', async () => {
    const { server, reader } = await startCluster();
    server.serve(pods, 'Pod', [pod('solo', { deletionTimestamp: '2026-11-20T12:00:00Z' })]);
    const fact = await reader.pods(workload('Pod', 'solo'), soon());
    expect(fact).toEqual({
      known: true,
      value: [
        {
          name: 'solo',
          uid: 'uid-solo',
          phase: 'Running',
          createdAt: '2026-11-20T10:00:00Z',
          deletedAt: '2026-11-20T12:00:00Z',
          node: 'node-1',
          serviceAccount: 'web',
          pullSecretNames: ['regcred'],
          placement: { nodeSelector: {}, affinityTerms: [], tolerations: [] },
          conditions: [
            { type: 'PodScheduled', status: 'True' },
            { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status' },
          ],
          containers: [
            {
              name: 'migrate',
              type: 'init',
              image: 'ghcr.io/acme/migrate:1',
              imageId: 'ghcr.io/acme/migrate@sha256:aa',
              ready: true,
              restartCount: 0,
              terminated: { reason: 'Completed', exitCode: 0, message: '', finishedAt: '2026-11-20T10:00:05Z' },
            },
            {
              name: 'app',
              type: 'main',
              image: 'mirror.test/acme/web:1',
              pullPolicy: 'Always',
              imageId: 'ghcr.io/acme/web@sha256:bb',
              ready: false,
              restartCount: 4,
              waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' },
              lastTerminated: {
                reason: 'OOMKilled',
                exitCode: 137,
                message: 'killed',
                finishedAt: '2026-11-20T10:05:00Z',
              },
            },
            { name: 'debug', type: 'ephemeral', image: 'busybox', imageId: '', ready: false, restartCount: 0 },
          ],
        },
      ],
    });
  });

  test('an evicted pod and one that waits for a node say why', async () => {
    const { server, reader } = await startCluster();
    const evicted = pod('evicted');
    evicted.status = {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on resource: ephemeral-storage.',
    };
    const pending = pod('pending');
    delete pending.spec!.nodeName;
    pending.status = {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
    };
    server.serve(pods, 'Pod', [evicted, pending]);
    const read = async (name: string) => {
      const fact = await reader.pods(workload('Pod', name), soon());
      return fact.known ? fact.value[0] : undefined;
    };
    expect(await read('evicted')).toMatchObject({
      statusReason: 'Evicted',
      statusMessage: expect.stringMatching(/low/),
    });
    const waiting = await read('pending');
    expect(waiting).toMatchObject({ unschedulable: '0/3 nodes' });
    expect(waiting).not.toHaveProperty('node');
    expect(await read('nobody')).toBeUndefined();
  });

  test('pods of a Deployment are those of its ReplicaSets, not those that share its labels', async () => {
    const { server, reader } = await startCluster();
    serveWeb(server);
    const fact = await reader.pods(workload('Deployment', 'web'), soon());
    expect(await names(fact)).toEqual(['web-a-1', 'web-b-1']);
    expect(fact.known && fact.value.map(({ revision }) => revision)).toEqual(['web-a', 'web-b']);
    const sets = server.requests.find(({ path }) => path.endsWith('/replicasets'));
    expect(sets?.headers.accept).toContain('PartialObjectMetadataList');
  });

  test('without the right to read ReplicaSets their names decide, and that is said', async () => {
    const { server, reader } = await startCluster();
    serveWeb(server);
    server.on(`${apps}/replicasets`, () => forbidden('replicasets.apps'));
    const fact = await reader.pods(workload('Deployment', 'web'), soon());
    expect(await names(fact)).toEqual(['web-a-1', 'web-b-1']);
    expect(fact).toMatchObject({ incomplete: [expect.stringContaining('no right to list replicasets in prod')] });
  });

  test('without the right to read pods they are unknown, and the right is named', async () => {
    const { server, reader } = await startCluster();
    serveWeb(server);
    server.on(pods, () => forbidden('pods'));
    const fact = await reader.pods(workload('Deployment', 'web'), soon());
    expect(fact).toMatchObject({ known: false, missingRight: 'list pods in prod' });
  });

  const direct = [
    { kind: 'StatefulSet', hash: 'db-7c', revision: 'db-7c' },
    { kind: 'DaemonSet', hash: '7c', revision: 'db-7c' },
    { kind: 'Job', hash: '', revision: 'db' },
  ] as const;
  test.each(direct)('pods of a $kind are those that it controls', async ({ kind, hash, revision }) => {
    const { server, reader } = await startCluster();
    const labels = { app: 'web', ...(hash === '' ? {} : { 'controller-revision-hash': hash }) };
    server.serve(pods, 'Pod', [pod('db-0', { labels, ownerReferences: controlledBy(kind, 'db')! }), pod('orphan')]);
    const fact = await reader.pods(workload(kind, 'db'), soon());
    expect(fact).toMatchObject({ known: true, value: [{ name: 'db-0', revision }] });
    expect(fact.known && fact.value).toHaveLength(1);
  });

  test('pods of a CronJob are those of its Jobs, asked for together', async () => {
    const { server, reader } = await startCluster();
    const owned = { ownerReferences: controlledBy('CronJob', 'nightly', 'batch/v1')! };
    server.serve('/apis/batch/v1/namespaces/prod/jobs', 'Job', [job('n-1', owned), job('n-2', owned), job('other')]);
    const podOf = (name: string) =>
      pod(`${name}-x`, {
        labels: { 'batch.kubernetes.io/controller-uid': `uid-${name}` },
        ownerReferences: controlledBy('Job', name, 'batch/v1')!,
      });
    server.serve(pods, 'Pod', ['n-1', 'n-2', 'other'].map(podOf));
    const fact = await reader.pods(workload('CronJob', 'nightly'), soon());
    expect(await names(fact)).toEqual(['n-1-x', 'n-2-x']);
    expect(server.requests).toHaveLength(2);
  });

  test('pages are followed', async () => {
    const { server, reader } = await startCluster({ pageSize: 10 });
    const many = Array.from({ length: 34 }, (_, index) => pod(`web-${index}`));
    server.serve('/api/v1/pods', 'Pod', many);
    const fact = await reader.everyPod({}, soon());
    expect(fact.known && fact.value.map(({ name }) => name)).toEqual(many.map(({ metadata }) => metadata?.name));
    expect(server.requests.map(({ query }) => query.get('limit'))).toEqual(['10', '10', '10', '10']);
  });
});

describe('revisions', () => {
  test('ReplicaSets of a Deployment, newest first by number', async () => {
    const { server, reader } = await startCluster();
    serveWeb(server);
    const managers = [
      { name: 'kube-controller-manager', at: '2026-11-20T10:00:00Z', ownsImages: false },
      { name: 'kubectl-set', at: '2026-11-20T09:59:59Z', ownsImages: true },
      { name: 'helm', at: '2026-11-20T09:00:00Z', ownsImages: true },
    ];
    const fact = await reader.revisions(workload('Deployment', 'web', { managers }), soon());
    expect(fact).toEqual({
      known: true,
      value: [
        {
          name: 'web-b',
          number: 12,
          createdAt: '2026-11-20T10:00:00Z',
          images: { migrate: 'ghcr.io/acme/migrate:1', app: 'web:2' },
          restartedAt: '2026-11-20T14:02:00Z',
          replicas: 2,
          by: 'kubectl-set',
        },
        expect.objectContaining({ name: 'web-a', number: 1, images: expect.objectContaining({ app: 'web:1' }) }),
      ],
    });
    expect(fact.known && fact.value[1]).not.toHaveProperty('by');
  });

  test('a change cause says who', async () => {
    const { server, reader } = await startCluster();
    const annotations = { 'deployment.kubernetes.io/revision': '1', 'kubernetes.io/change-cause': 'ana: release 7' };
    server.serve(`${apps}/replicasets`, 'ReplicaSet', [replicaSet('web-a', 1, 'web:1', { annotations })]);
    const fact = await reader.revisions(workload('Deployment', 'web'), soon());
    expect(fact).toMatchObject({ value: [{ by: 'ana: release 7' }] });
  });

  test.each(['StatefulSet', 'DaemonSet'] as const)(
    'ControllerRevisions of a %s, with their pods counted',
    async (kind) => {
      const { server, reader } = await startCluster();
      server.serve(`${apps}/controllerrevisions`, 'ControllerRevision', [
        controllerRevision('db-1a', 1, 'db:1', 'db', kind),
        controllerRevision('db-2b', 2, 'db:2', 'db', kind),
        controllerRevision('other-1', 3, 'db:3', 'other', kind),
      ]);
      const hash = kind === 'StatefulSet' ? 'db-2b' : '2b';
      const labels = { app: 'web', 'controller-revision-hash': hash };
      const member = (name: string) => pod(name, { labels, ownerReferences: controlledBy(kind, 'db')! });
      server.serve(pods, 'Pod', [member('db-0'), member('db-1'), pod('orphan', { labels })]);
      const fact = await reader.revisions(workload(kind, 'db'), soon());
      expect(fact.known && fact.value.map(({ name, replicas, images }) => [name, replicas, images.app])).toEqual([
        ['db-2b', 2, 'db:2'],
        ['db-1a', 0, 'db:1'],
      ]);
      server.on(pods, () => forbidden('pods'));
      const uncounted = await reader.revisions(workload(kind, 'db'), soon());
      expect(uncounted).toMatchObject({ known: true, incomplete: [expect.stringContaining('list pods in prod')] });
    },
  );

  test('a bare pod has none', async () => {
    const { server, reader } = await startCluster();
    expect(await reader.revisions(workload('Pod', 'solo'), soon())).toEqual({ known: true, value: [] });
    expect(server.requests).toHaveLength(0);
  });
});

test('a workload read from the API finds its own pods', async () => {
  const { server, reader } = await startCluster();
  serveWeb(server);
  server.serve(`${apps}/deployments`, 'Deployment', [deployment()]);
  const found = await reader.workload({ kind: 'Deployment', namespace: 'prod', name: 'web' }, soon());
  if (found.kind !== 'found') throw new Error(JSON.stringify(found));
  expect(await names(await reader.pods(found.value, soon()))).toEqual(['web-a-1', 'web-b-1']);
});
