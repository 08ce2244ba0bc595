import { describe, expect, test } from 'vitest';
import { collect, type Reach } from '../../../src/flows/collect/collect.ts';
import { sharedSurroundings } from '../../../src/flows/collect/surroundings.ts';
import type { Snapshot } from '../../../src/model/snapshot/snapshot.ts';
import type { WorkloadRef } from '../../../src/model/workload/workload.ts';
import { memoryKeychain, memoryRegistry } from '../../support/in-memory.ts';
import { controlledBy, meta, secret } from '../../support/kubernetes-objects.ts';
import { soon, startCluster } from '../../support/kubernetes-reader.ts';
import type { TestServer } from '../../support/kubernetes-server.ts';
import { digestOf } from '../../support/probes.ts';

const image = 'ghcr.io/acme/web:1';
const now = '2026-11-20T14:00:00Z';
const core = '/api/v1/namespaces/prod';
const apps = '/apis/apps/v1/namespaces/prod';
/** As much as pods of production have: about 5.7 kB with it. */
const env = Array.from({ length: 40 }, (_, at) => ({
  name: `SETTING_${at}`,
  value: `https://service-${at}.internal.example.com/api/v2`,
}));
const podSpec = (name: string) => ({
  serviceAccountName: 'default',
  nodeName: `node-${name.length % 50}`,
  imagePullSecrets: [{ name: 'regcred' }],
  containers: [{ name: 'app', image, imagePullPolicy: 'IfNotPresent', env }],
});

type State = 'healthy' | 'crashing';

function podOf(app: string, at: number, state: State) {
  const running = { state: { running: { startedAt: '2026-11-20T10:00:04Z' } }, ready: true, restartCount: 0 };
  const ended = { exitCode: 1, reason: 'Error', message: '', finishedAt: '2026-11-20T13:59:00Z' };
  const crashing = {
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
    lastState: { terminated: ended },
    ready: false,
    restartCount: 7,
  };
  return {
    metadata: meta(`${app}-1-${at}`, {
      labels: { app },
      ownerReferences: controlledBy('ReplicaSet', `${app}-1`) ?? [],
    }),
    spec: podSpec(app),
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: state === 'healthy' ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'app',
          image,
          imageID: `ghcr.io/acme/web@${digestOf(image)}`,
          ...(state === 'healthy' ? running : crashing),
        },
      ],
    },
  };
}

function serveApp(app: string, replicas: number, state: State) {
  const template = { metadata: { labels: { app } }, spec: podSpec(app) };
  const selector = { matchLabels: { app } };
  const ready = state === 'healthy' ? replicas : 0;
  return {
    deployment: {
      metadata: meta(app, { labels: { app }, annotations: { 'deployment.kubernetes.io/revision': '1' } }),
      spec: { replicas, selector, template },
      status: { replicas, updatedReplicas: replicas, readyReplicas: ready },
    },
    set: {
      metadata: meta(`${app}-1`, {
        labels: { app },
        annotations: { 'deployment.kubernetes.io/revision': '1' },
        ownerReferences: controlledBy('Deployment', app) ?? [],
      }),
      spec: { selector, template },
      status: { replicas },
    },
    pods: Array.from({ length: replicas }, (_, at) => podOf(app, at, state)),
  };
}

/** A namespace with these Deployments, and others until it has so many pods; each pod has three events. */
function serveNamespace(server: TestServer, apps_: readonly ReturnType<typeof serveApp>[], podCount: number): void {
  const own = apps_.reduce((sum, { pods }) => sum + pods.length, 0);
  const others = Array.from({ length: Math.ceil((podCount - own) / 33) }, (_, at) =>
    serveApp(`other-${at}`, Math.min(33, podCount - own - at * 33), 'healthy'),
  );
  const all = [...apps_, ...others];
  const pods = all.flatMap((app) => app.pods);
  const events = pods.flatMap(({ metadata }) =>
    ['Scheduled', 'Pulled', 'Started'].map((reason) => ({
      metadata: meta(`${metadata.name}.${reason}`),
      involvedObject: { kind: 'Pod', name: metadata.name, uid: metadata.uid },
      type: 'Normal',
      reason,
      message: `${reason} as it should be`,
      lastTimestamp: '2026-11-20T10:00:00Z',
    })),
  );
  server.serve(
    `${apps}/deployments`,
    'Deployment',
    all.map(({ deployment }) => deployment),
  );
  server.serve(
    `${apps}/replicasets`,
    'ReplicaSet',
    all.map(({ set }) => set),
  );
  server.serve(`${core}/pods`, 'Pod', pods);
  server.serve(`${core}/events`, 'Event', events);
  server.on(`${core}/events`, ({ query }) => {
    const name = /^involvedObject\.name=(.+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
    if (name === undefined) return undefined;
    const items = events.filter(({ involvedObject }) => involvedObject.name === name);
    return { body: { kind: 'EventList', apiVersion: 'v1', metadata: {}, items } };
  });
  for (const kind of ['statefulsets', 'daemonsets']) server.serve(`${apps}/${kind}`, 'Other', []);
  for (const kind of ['jobs', 'cronjobs']) server.serve(`/apis/batch/v1/namespaces/prod/${kind}`, 'Other', []);
  server.serve(`${core}/serviceaccounts`, 'ServiceAccount', [{ metadata: meta('default') }]);
  const auths = JSON.stringify({ auths: { 'ghcr.io': { username: 'robot', password: 'secret' } } });
  server.serve(`${core}/secrets`, 'Secret', [secret('kubernetes.io/dockerconfigjson', '.dockerconfigjson', auths)]);
  const nodeInfo = { architecture: 'amd64', operatingSystem: 'linux', containerRuntimeVersion: 'containerd://2.1.4' };
  const nodes = Array.from({ length: 50 }, (_, at) => ({
    metadata: meta(`node-${at}`, { labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } }),
    status: { nodeInfo, conditions: [{ type: 'Ready', status: 'True' }] },
  }));
  server.serve('/api/v1/nodes', 'Node', nodes);
}

const ref = (name: string): WorkloadRef => ({ kind: 'Deployment', namespace: 'prod', name });

async function world(own: readonly ReturnType<typeof serveApp>[], podCount: number) {
  const { server, reader } = await startCluster();
  serveNamespace(server, own, podCount);
  const reach: Reach = {
    cluster: reader,
    registry: memoryRegistry({ references: { [image]: image } }),
    keychain: memoryKeychain(),
    placeholders: [],
    messages: [],
    now: () => new Date(now),
  };
  const check = async (name: string, more: Partial<Reach> = {}): Promise<Snapshot> => {
    const found = await collect(ref(name), { ...reach, ...more }, soon(60_000), () => {});
    if (found.kind !== 'found') throw new Error(`${name} is ${found.kind}`);
    return found.value;
  };
  const paths = () => server.requests.map(({ path }) => path);
  return { server, reader, check, paths };
}

describe('what a check costs', () => {
  test.each([50, 5000])('a healthy Deployment of 33 pods in a namespace of %i', async (podCount) => {
    const { server, check, paths } = await world([serveApp('web', 33, 'healthy')], podCount);
    const snapshot = await check('web');
    expect(snapshot.pods.known && snapshot.pods.value.length).toBe(33);
    expect(snapshot.notSeen).toEqual([]);
    expect(paths().length).toBeLessThanOrEqual(6);
    expect(server.sentBytes()).toBeLessThanOrEqual(400_000);
  });

  test('it is the same in both', async () => {
    const cost = async (podCount: number) => {
      const { server, check, paths } = await world([serveApp('web', 33, 'healthy')], podCount);
      await check('web');
      return { bytes: server.sentBytes(), paths: paths().sort() };
    };
    expect(await cost(5000)).toEqual(await cost(50));
  });

  test('a few pods in trouble cost their events and no more', async () => {
    const { server, check, paths } = await world([serveApp('web', 3, 'crashing')], 5000);
    const snapshot = await check('web');
    expect(snapshot.events.known && snapshot.events.value.map(({ object }) => object.name).sort()).toEqual(
      ['web-1-0', 'web-1-1', 'web-1-2'].flatMap((name) => [name, name, name]),
    );
    expect(paths().filter((path) => path.endsWith('/events'))).toHaveLength(3);
    expect(server.sentBytes()).toBeLessThanOrEqual(100_000);
  });
});

test('a sweep reads nodes, events and workloads of a namespace once, and each pod once', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `web-${at}`);
  const { reader, check, server } = await world(
    names.map((name) => serveApp(name, 12, 'crashing')),
    144,
  );
  const alone = await check('web-3');

  server.requests.length = 0;
  const surroundings = sharedSurroundings(reader, soon(60_000));
  const swept = await Promise.all(names.map((name) => check(name, { surroundings })));
  expect(swept[3]).toEqual(alone);
  // Later pages of a list belong to its first one.
  const asked = server.requests.filter(({ query }) => !query.has('continue')).map(({ path }) => path);
  expect(asked.filter((path) => path === '/api/v1/nodes')).toHaveLength(1);
  expect(asked.filter((path) => path.endsWith('/events'))).toHaveLength(1);
  expect(asked.filter((path) => path.endsWith('/pods'))).toHaveLength(names.length);
});
