import { expect, test } from 'vitest';
import type { WorkloadKind } from '../../../src/model/workload/workload.ts';
import { daemonSet, deployment, replicaSet } from '../../support/kubernetes-objects.ts';
import { soon, startCluster } from '../../support/kubernetes-reader.ts';
import { type Answer, forbidden, status } from '../../support/kubernetes-server.ts';

const apps = '/apis/apps/v1/namespaces/prod';

test.each<[string, WorkloadKind, string, Answer, string]>([
  ['ReplicaSets may not be listed', 'Deployment', 'replicasets', forbidden('replicasets'), 'replicasets'],
  ['ReplicaSets are not answered', 'Deployment', 'replicasets', status(500, 'InternalError', 'broken'), ''],
  ['ControllerRevisions may not be listed', 'DaemonSet', 'controllerrevisions', forbidden('controllerrevisions'), ''],
])('%s: the rollout is told, and why its revision is not', async (_, kind, resource, answer, why) => {
  const { server, reader } = await startCluster();
  server.serve(`${apps}/deployments`, 'Deployment', [deployment()]);
  server.serve(`${apps}/daemonsets`, 'DaemonSet', [daemonSet()]);
  server.on(`${apps}/${resource}`, () => answer);
  const name = kind === 'Deployment' ? 'web' : 'agent';
  const workload = await reader.workload({ kind, namespace: 'prod', name }, soon());
  if (workload.kind !== 'found') throw new Error('there is no workload');
  const rollout = await reader.changes.rollout(workload.value, soon());
  expect(rollout).toMatchObject({
    kind: 'found',
    value: { uid: workload.value.uid, strategy: 'RollingUpdate', revisionUnread: expect.stringContaining(why) },
  });
  expect(rollout).not.toHaveProperty('value.revision');
});

test('ReplicaSets that can be read: nothing is unread', async () => {
  const { server, reader } = await startCluster();
  server.serve(`${apps}/deployments`, 'Deployment', [deployment()]);
  server.serve(`${apps}/replicasets`, 'ReplicaSet', [replicaSet('web-a', 1, 'web:1')]);
  const workload = await reader.workload({ kind: 'Deployment', namespace: 'prod', name: 'web' }, soon());
  if (workload.kind !== 'found') throw new Error('there is no workload');
  expect(await reader.changes.rollout(workload.value, soon())).not.toHaveProperty('value.revisionUnread');
});
