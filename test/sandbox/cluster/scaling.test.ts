import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../../../src/flows/change/verify/verify.ts';
import type { KubernetesReader } from '../../../src/kubernetes/cluster-reader.ts';
import type { IntentTarget } from '../../../src/model/change/plan.ts';
import { type SandboxCluster, startCluster } from '../../../src/sandbox/cluster/cluster.ts';
import { at, fields, type KubeObject, number, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { digestOf } from '../../support/probes.ts';
import { type Client, createClient, deployment, eventually } from './client.ts';
import { openReader } from './reader.ts';

const merge = 'application/merge-patch+json';
const revision = 'deployment.kubernetes.io/revision';
const desired = 'deployment.kubernetes.io/desired-replicas';
const most = 'deployment.kubernetes.io/max-replicas';

describe('a Deployment of the simulated cluster that is scaled', () => {
  let cluster: SandboxCluster;
  let api: Client;
  let reader: KubernetesReader;
  let ns: string;
  beforeAll(async () => {
    cluster = await startCluster();
    api = createClient({ url: cluster.url, token: cluster.adminToken, stop: cluster.stop });
    reader = await openReader({ url: cluster.url, token: cluster.adminToken });
    ns = await api.namespace();
    for (const name of ['n1', 'n2']) await api.call('POST', '/api/v1/nodes', { body: { metadata: { name } } });
  });
  afterAll(async () => {
    await reader.close();
    await api.close();
    await cluster.stop();
  });

  const apps = (rest: string) => `/apis/apps/v1/namespaces/${ns}/${rest}`;
  const imageOf = (object: KubeObject, ...path: readonly string[]) =>
    text(records(object, ...path, 'containers')[0], 'image');
  const listed = async (path: string, app: string): Promise<readonly KubeObject[]> =>
    (await api.call('GET', `${path}?labelSelector=app%3D${app}`)).body.items ?? [];
  const pods = (app: string) => listed(`/api/v1/namespaces/${ns}/pods`, app);
  const replicaSets = (app: string) => listed(apps('replicasets'), app);
  /** Does what kubelets do: pods run the images they name and become ready, and deleted ones disappear. */
  const live = async (app: string) => {
    for (const pod of await pods(app)) {
      const { name, deletionTimestamp } = pod.metadata;
      const path = `/api/v1/namespaces/${ns}/pods/${name}`;
      if (deletionTimestamp !== undefined) await api.call('DELETE', path, { body: { gracePeriodSeconds: 0 } });
      else {
        const image = imageOf(pod, 'spec');
        const startedAt = new Date(Date.now() - 60_000).toISOString();
        const container = { name: 'app', image, imageID: `nginx@${digestOf(image)}`, ready: true, restartCount: 0 };
        const status = {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: [{ ...container, state: { running: { startedAt } } }],
        };
        await api.call('PATCH', `${path}/status`, { contentType: merge, body: { status } });
      }
    }
  };
  const sizes = async (app: string) =>
    Object.fromEntries(
      (await replicaSets(app)).map((one) => [
        imageOf(one, 'spec', 'template', 'spec'),
        number(one, 'spec', 'replicas'),
      ]),
    );
  const start = async (app: string, replicas: number, spec: object = {}) => {
    const made = deployment(app, 'nginx:1', replicas);
    await api.call('POST', apps('deployments'), { body: { ...made, spec: { ...fields(made, 'spec'), ...spec } } });
    await eventually(async () => {
      await live(app);
      return number((await api.call('GET', apps(`deployments/${app}`))).body, 'status', 'availableReplicas');
    }).toBe(replicas);
  };
  const change = (app: string, spec: object, image?: string) =>
    api.call('PATCH', apps(`deployments/${app}`), {
      contentType: 'application/strategic-merge-patch+json',
      body: {
        spec: {
          ...spec,
          ...(image === undefined ? {} : { template: { spec: { containers: [{ name: 'app', image }] } } }),
        },
      },
    });

  it('reports that it observed the new template before it creates its ReplicaSet', async () => {
    await start('both', 2);
    const watch = await api.watch(apps('deployments?watch=1&fieldSelector=metadata.name%3Dboth'));
    await change('both', { replicas: 4 }, 'nginx:2');
    const last = () => watch.events.at(-1)?.object.metadata.annotations?.[revision];
    await eventually(last).toBe('2');
    watch.stop();
    const states = watch.events
      .map(({ object }) => object as unknown as KubeObject)
      .filter((object) => imageOf(object, 'spec', 'template', 'spec') === 'nginx:2')
      .filter((object) => number(object, 'status', 'observedGeneration') === object.metadata.generation);
    expect(states[0]?.metadata.annotations?.[revision]).toBe('1');
    expect(number(states[0], 'status', 'updatedReplicas') ?? 0).toBe(0);
    expect(
      text(
        records(states[0], 'status', 'conditions').find(({ type }) => type === 'Progressing'),
        'reason',
      ),
    ).toBe('NewReplicaSetAvailable');
    await eventually(async () => {
      await live('both');
      return sizes('both');
    }).toEqual({ 'nginx:1': 0, 'nginx:2': 4 });
    for (const one of await replicaSets('both')) {
      expect(at(one, 'metadata', 'annotations')).toMatchObject({ [desired]: '4', [most]: '5' });
    }
  });

  it('together with a change of image ends as fixed, and is never judged by the old pods', async () => {
    await start('judged', 3);
    const uid = (await api.call('GET', apps('deployments/judged'))).body.metadata.uid;
    const target: IntentTarget = {
      subject: { kind: 'Deployment', namespace: ns, name: 'judged', uid },
      params: {},
      operations: [],
      expects: [{ container: { type: 'main', name: 'app' }, image: 'nginx:2', digests: [digestOf('nginx:2')] }],
    };
    const look = () =>
      judge(
        target,
        { until: new Date(Date.now() + 600_000) },
        { cluster: reader, changes: reader.changes, now: () => new Date() },
        { signal: AbortSignal.timeout(10_000) },
      );
    await change('judged', { replicas: 5 }, 'nginx:2');
    const outcomes = new Set<string>();
    await eventually(async () => {
      const verdict = await look();
      outcomes.add(verdict.settled ? verdict.outcome : 'waiting');
      await live('judged');
      return verdict;
    }).toMatchObject({ settled: true, outcome: 'fixed', pods: { desired: 5, updated: 5, onDigest: 5 } });
    expect([...outcomes].toSorted()).toEqual(expect.not.arrayContaining(['not-fixed', 'unknown', 'not-ready']));
  });

  it('in the middle of a rollout scales each ReplicaSet in proportion', async () => {
    await start('part', 4, { strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } } });
    await change('part', {}, 'nginx:2');
    await eventually(() => sizes('part')).toEqual({ 'nginx:1': 4, 'nginx:2': 2 });
    await change('part', { replicas: 8 });
    // Four and two of six become seven and three of ten.
    await eventually(() => sizes('part')).toEqual({ 'nginx:1': 7, 'nginx:2': 3 });
    for (const one of await replicaSets('part')) {
      expect(at(one, 'metadata', 'annotations')).toMatchObject({ [desired]: '8', [most]: '10' });
    }
  });

  it('while it is paused scales the running pods, even with a new template', async () => {
    await start('paused', 2);
    await change('paused', { paused: true }, 'nginx:2');
    await change('paused', { replicas: 3 });
    await eventually(() => sizes('paused')).toEqual({ 'nginx:1': 3 });
    await change('paused', { paused: false });
    await eventually(async () => {
      await live('paused');
      return sizes('paused');
    }).toEqual({ 'nginx:1': 0, 'nginx:2': 3 });
  });

  it('down to zero and up again continues with the newest', async () => {
    await start('zero', 2);
    await change('zero', { replicas: 0 });
    await eventually(() => sizes('zero')).toEqual({ 'nginx:1': 0 });
    await change('zero', { replicas: 3 }, 'nginx:2');
    await eventually(async () => {
      await live('zero');
      return sizes('zero');
    }).toEqual({ 'nginx:1': 0, 'nginx:2': 3 });
  });
});
