import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxCluster, startCluster } from '../../../src/sandbox/cluster/cluster.ts';
import { at, type KubeObject, records } from '../../../src/sandbox/cluster/objects/object.ts';
import { type Client, createClient, deployment, eventually } from './client.ts';

const merge = 'application/merge-patch+json';

describe('controllers of the simulated cluster', () => {
  let cluster: SandboxCluster;
  let api: Client;
  let ns: string;
  beforeAll(async () => {
    cluster = await startCluster();
    api = createClient({ url: cluster.url, token: cluster.adminToken, stop: cluster.stop });
    ns = await api.namespace();
    for (const [name, arch] of [
      ['n1', 'amd64'],
      ['n2', 'arm64'],
    ]) {
      await api.call('POST', '/api/v1/nodes', { body: { metadata: { name, labels: { 'kubernetes.io/arch': arch } } } });
    }
  });
  afterAll(async () => {
    await api.close();
    await cluster.stop();
  });
  const path = (group: string, rest: string) =>
    `${group === '' ? '/api/v1' : `/apis/${group}`}/namespaces/${ns}/${rest}`;
  const podsOf = async (app: string): Promise<readonly KubeObject[]> => {
    const { body } = await api.call('GET', path('', `pods?labelSelector=app%3D${app}`));
    return (body.items ?? []).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  /** Reports what a kubelet would report. */
  const report = (pod: KubeObject, phase: string, ready: boolean) =>
    api.call('PATCH', path('', `pods/${pod.metadata.name}/status`), {
      contentType: merge,
      body: { status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } },
    });
  const workload = (kind: string, name: string, more: object = {}) => {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'nginx:1' }] } };
    return { kind, metadata: { name }, spec: { selector: { matchLabels: labels }, template, ...more } };
  };

  it('roll a Deployment without going below what must be available', async () => {
    await api.call('POST', path('apps/v1', 'deployments'), { body: deployment('roll', 'nginx:1', 4) });
    await eventually(async () => (await podsOf('roll')).length).toBe(4);
    for (const pod of await podsOf('roll')) await report(pod, 'Running', true);
    const status = async () => at((await api.call('GET', path('apps/v1', 'deployments/roll'))).body, 'status');
    await eventually(async () => at(await status(), 'availableReplicas')).toBe(4);
    const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'nginx:2' }];
    await api.call('PATCH', path('apps/v1', 'deployments/roll'), {
      contentType: 'application/json-patch+json',
      body: image,
    });
    const images = async () =>
      (await podsOf('roll')).map((pod) => String(records(pod, 'spec', 'containers')[0]?.['image'])).toSorted();
    // 25% of 4 allows one pod more and one fewer; the two new pods are not ready, so three old ones stay.
    await eventually(images).toEqual(['nginx:1', 'nginx:1', 'nginx:1', 'nginx:2', 'nginx:2']);
    const reportNew = async () => {
      for (const pod of await podsOf('roll')) {
        if (JSON.stringify(pod['spec']).includes('nginx:2')) await report(pod, 'Running', true);
      }
      return images();
    };
    await eventually(reportNew).toEqual(['nginx:2', 'nginx:2', 'nginx:2', 'nginx:2']);
    await eventually(async () => records(await status(), 'conditions').map(({ reason }) => reason)).toEqual([
      'MinimumReplicasAvailable',
      'NewReplicaSetAvailable',
    ]);
  });

  it('recreate a Deployment only after the old pods are gone', async () => {
    const body = deployment('again', 'nginx:1', 2);
    await api.call('POST', path('apps/v1', 'deployments'), {
      body: { ...body, spec: { ...(body['spec'] as object), strategy: { type: 'Recreate' } } },
    });
    await eventually(async () => (await podsOf('again')).length).toBe(2);
    const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'nginx:2' }];
    await api.call('PATCH', path('apps/v1', 'deployments/again'), {
      contentType: 'application/json-patch+json',
      body: image,
    });
    const all = async () => (await api.call('GET', path('', 'pods?labelSelector=app%3Dagain'))).body.items ?? [];
    await eventually(
      async () => (await all()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length,
    ).toBe(2);
    expect((await all()).length).toBe(2);
    for (const pod of await all())
      await api.call('DELETE', path('', `pods/${pod.metadata.name}`), { body: { gracePeriodSeconds: 0 } });
    await eventually(async () => (await all()).map((pod) => records(pod, 'spec', 'containers')[0]?.['image'])).toEqual([
      'nginx:2',
      'nginx:2',
    ]);
  });

  it('put one pod of a DaemonSet on every node, with its revision', async () => {
    await api.call('POST', path('apps/v1', 'daemonsets'), { body: workload('DaemonSet', 'agent') });
    await eventually(async () =>
      (await podsOf('agent')).map((pod) => String(at(pod, 'spec', 'nodeName'))).toSorted(),
    ).toEqual(['n1', 'n2']);
    const { body } = await api.call('GET', path('apps/v1', 'controllerrevisions'));
    const revision = body.items?.find(({ metadata }) => metadata.ownerReferences?.[0]?.name === 'agent');
    expect(at(revision, 'data', 'spec', 'template', '$patch')).toBe('replace');
    expect((await podsOf('agent'))[0]?.metadata.labels?.['controller-revision-hash']).toBe(
      revision?.metadata.labels?.['controller-revision-hash'],
    );
  });

  it('create the pods of a StatefulSet in order', async () => {
    await api.call('POST', path('apps/v1', 'statefulsets'), {
      body: workload('StatefulSet', 'db', { replicas: 2, serviceName: 'db' }),
    });
    const names = async () => (await podsOf('db')).map(({ metadata }) => metadata.name);
    await eventually(names).toEqual(['db-0']);
    const [first] = await podsOf('db');
    if (first !== undefined) await report(first, 'Running', true);
    await eventually(names).toEqual(['db-0', 'db-1']);
  });

  it('run a Job to completion, and give up on one that fails too often', async () => {
    const job = (name: string) => ({
      metadata: { name },
      spec: {
        backoffLimit: 1,
        template: {
          metadata: { labels: { app: name } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'nginx:1' }] },
        },
      },
    });
    const condition = async (name: string) =>
      records((await api.call('GET', path('batch/v1', `jobs/${name}`))).body, 'status', 'conditions').map(
        ({ type }) => type,
      );
    for (const name of ['good', 'bad']) await api.call('POST', path('batch/v1', 'jobs'), { body: job(name) });
    await eventually(async () => (await podsOf('good')).length).toBe(1);
    for (const pod of await podsOf('good')) await report(pod, 'Succeeded', false);
    await eventually(() => condition('good')).toEqual(['Complete']);
    const failAll = async () => {
      for (const pod of await podsOf('bad')) await report(pod, 'Failed', false);
      return condition('bad');
    };
    await eventually(failAll).toEqual(['Failed']);
    expect((await podsOf('bad')).length).toBe(2);
    expect((await podsOf('bad'))[0]?.metadata.labels?.['batch.kubernetes.io/job-name']).toBe('bad');
  });

  it('report in an Event why pods cannot be created', async () => {
    const body = workload('Deployment', 'lost');
    const spec = {
      ...body.spec,
      template: { ...body.spec.template, spec: { ...body.spec.template.spec, serviceAccountName: 'nobody' } },
    };
    await api.call('POST', path('apps/v1', 'deployments'), { body: { ...body, spec } });
    const messages = async () => {
      const { body: events } = await api.call('GET', path('', 'events?fieldSelector=reason%3DFailedCreate'));
      return events.items?.map((event) => event['message']) ?? [];
    };
    await eventually(messages).toEqual([
      expect.stringMatching(
        /^Error creating: pods "lost-.*" is forbidden: error looking up service account .*\/nobody: serviceaccount "nobody" not found$/,
      ),
    ]);
    await api.call('POST', path('', 'serviceaccounts'), { body: { metadata: { name: 'nobody' } } });
    await eventually(async () => (await podsOf('lost')).length, { timeout: 5000 }).toBe(1);
  });
});
