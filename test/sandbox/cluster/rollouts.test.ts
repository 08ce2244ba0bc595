import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxCluster, startCluster } from '../../../src/sandbox/cluster/cluster.ts';
import { at, type KubeObject, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { type Client, createClient, deployment, eventually } from './client.ts';

const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';

describe('rollouts of the simulated cluster', () => {
  let cluster: SandboxCluster;
  let api: Client;
  let ns: string;
  beforeAll(async () => {
    cluster = await startCluster();
    api = createClient({ url: cluster.url, token: cluster.adminToken, stop: cluster.stop });
    ns = await api.namespace();
    for (const name of ['n1', 'n2']) await api.call('POST', '/api/v1/nodes', { body: { metadata: { name } } });
  });
  afterAll(async () => {
    await api.close();
    await cluster.stop();
  });

  const apps = (rest: string) => `/apis/apps/v1/namespaces/${ns}/${rest}`;
  const podPath = (name: string) => `/api/v1/namespaces/${ns}/pods/${name}`;
  const imageOf = (pod: KubeObject) => text(records(pod, 'spec', 'containers')[0], 'image');
  const podsOf = async (app: string): Promise<readonly KubeObject[]> => {
    const { body } = await api.call('GET', `/api/v1/namespaces/${ns}/pods?labelSelector=app%3D${app}`);
    return (body.items ?? []).toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
  };
  const shown = async (app: string) =>
    (await podsOf(app)).map((pod) => `${pod.metadata.name.slice(-1)} ${imageOf(pod)}`);
  /** Does what kubelets do: pods run and become ready, and deleted ones disappear. */
  const live = async (app: string, isReady = (_pod: KubeObject) => true) => {
    for (const pod of await podsOf(app)) {
      const { name, deletionTimestamp } = pod.metadata;
      if (deletionTimestamp !== undefined) await api.call('DELETE', podPath(name), { body: { gracePeriodSeconds: 0 } });
      else {
        const conditions = [{ type: 'Ready', status: isReady(pod) ? 'True' : 'False' }];
        const body = { status: { phase: isReady(pod) ? 'Running' : 'Pending', conditions } };
        await api.call('PATCH', `${podPath(name)}/status`, { contentType: merge, body });
      }
    }
  };
  const setImage = (path: string, value: string) =>
    api.call('PATCH', apps(path), {
      contentType: json,
      body: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value }],
    });
  const statefulSet = (name: string, more: object) => ({
    ...deployment(name, 'nginx:1', 3),
    spec: { ...(deployment(name, 'nginx:1', 3)['spec'] as object), serviceName: name, ...more },
  });
  const started = async (name: string, more: object) => {
    await api.call('POST', apps('statefulsets'), { body: statefulSet(name, more) });
    await eventually(async () => {
      await live(name);
      return shown(name);
    }).toEqual(['0 nginx:1', '1 nginx:1', '2 nginx:1']);
    await live(name);
  };

  it('update a StatefulSet from its highest pod down to the partition', async () => {
    await started('part', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } });
    await setImage('statefulsets/part', 'nginx:2');
    const seen: string[] = [];
    await eventually(async () => {
      await live('part');
      const now = (await shown('part')).join(', ');
      if (seen.at(-1) !== now) seen.push(now);
      return now;
    }).toBe('0 nginx:1, 1 nginx:2, 2 nginx:2');
    // The highest was replaced first.
    expect(seen.some((each) => each.includes('1 nginx:2') && each.includes('2 nginx:1'))).toBe(false);
  });

  it('replace pods of OnDelete only when someone deletes them', async () => {
    await started('mine', { updateStrategy: { type: 'OnDelete' } });
    await setImage('statefulsets/mine', 'nginx:2');
    const status = async () => at((await api.call('GET', apps('statefulsets/mine'))).body, 'status', 'updatedReplicas');
    await eventually(status).toBe(0);
    await api.call('DELETE', podPath('mine-1'), { body: { gracePeriodSeconds: 0 } });
    await eventually(async () => {
      await live('mine');
      return shown('mine');
    }).toEqual(['0 nginx:1', '1 nginx:2', '2 nginx:1']);
  });

  it('stop at a pod of a StatefulSet that never becomes ready, until someone deletes it', async () => {
    const isNew = (pod: KubeObject) => imageOf(pod) === 'nginx:2';
    await api.call('POST', apps('statefulsets'), { body: statefulSet('broken', { replicas: 1 }) });
    await eventually(() => shown('broken')).toEqual(['0 nginx:1']);
    await live('broken', isNew);
    await setImage('statefulsets/broken', 'nginx:2');
    const observed = async () => at((await api.call('GET', apps('statefulsets/broken'))).body, 'status');
    await eventually(async () => at(await observed(), 'observedGeneration')).toBe(2);
    expect(await shown('broken')).toEqual(['0 nginx:1']);
    await api.call('DELETE', podPath('broken-0'), { body: { gracePeriodSeconds: 0 } });
    await eventually(() => shown('broken')).toEqual(['0 nginx:2']);
  });

  it('stop while a Deployment is paused, and report that', async () => {
    await api.call('POST', apps('deployments'), { body: deployment('still', 'nginx:1', 2) });
    await eventually(async () => (await podsOf('still')).length).toBe(2);
    await live('still');
    const pause = (paused: boolean) =>
      api.call('PATCH', apps('deployments/still'), { contentType: merge, body: { spec: { paused } } });
    const progress = async () => {
      const conditions = records((await api.call('GET', apps('deployments/still'))).body, 'status', 'conditions');
      const found = conditions.find(({ type }) => type === 'Progressing');
      return `${text(found, 'status')} ${text(found, 'reason')}`;
    };
    await eventually(progress).toBe('True NewReplicaSetAvailable');
    await pause(true);
    await setImage('deployments/still', 'nginx:2');
    await eventually(progress).toBe('Unknown DeploymentPaused');
    expect((await podsOf('still')).map(imageOf)).toEqual(['nginx:1', 'nginx:1']);
    await pause(false);
    await eventually(async () => {
      await live('still');
      return (await podsOf('still')).map(imageOf);
    }).toEqual(['nginx:2', 'nginx:2']);
    await live('still');
    await eventually(progress).toBe('True NewReplicaSetAvailable');
  });

  it('are given up when nothing moves within the progress deadline', async () => {
    const body = deployment('late', 'nginx:1', 1);
    const spec = { ...(body['spec'] as object), progressDeadlineSeconds: 1 };
    await api.call('POST', apps('deployments'), { body: { ...body, spec } });
    const reasons = async () =>
      records((await api.call('GET', apps('deployments/late'))).body, 'status', 'conditions').map(
        ({ status, reason }) => `${String(status)} ${String(reason)}`,
      );
    await eventually(reasons).toContain('False ProgressDeadlineExceeded');
  });
});
