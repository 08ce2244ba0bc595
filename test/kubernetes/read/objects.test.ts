import { describe, expect, test } from 'vitest';
import { runChecks } from '../../../src/checks/index.ts';
import { known } from '../../../src/model/values/fact.ts';
import { event, meta, node, pod, secret } from '../../support/kubernetes-objects.ts';
import { soon, startCluster } from '../../support/kubernetes-reader.ts';
import { forbidden, status } from '../../support/kubernetes-server.ts';
import { aContainer, anEvent, aPod, aSnapshot, aState, waiting } from '../../support/snapshot.ts';

const prod = '/api/v1/namespaces/prod';

describe('events', () => {
  const cases = [
    {
      name: 'counts of the core API',
      given: { count: 7, firstTimestamp: '2026-11-20T10:00:00Z', lastTimestamp: '2026-11-20T11:00:00Z' },
      wanted: { count: 7, firstAt: '2026-11-20T10:00:00Z', lastAt: '2026-11-20T11:00:00Z' },
    },
    {
      name: 'a series of events.k8s.io',
      given: {
        eventTime: '2026-11-20T10:00:00.000000Z',
        series: { count: 31, lastObservedTime: '2026-11-20T11:30:00.000000Z' },
      },
      wanted: { count: 31, firstAt: '2026-11-20T10:00:00.000000Z', lastAt: '2026-11-20T11:30:00.000000Z' },
    },
    {
      name: 'a single event',
      given: { eventTime: '2026-11-20T10:00:00.000000Z' },
      wanted: { count: 1, firstAt: '2026-11-20T10:00:00.000000Z', lastAt: '2026-11-20T10:00:00.000000Z' },
    },
  ];
  test.each(cases)('$name', async ({ given, wanted }) => {
    const { server, reader } = await startCluster();
    server.serve(`${prod}/events`, 'Event', [event(given)]);
    expect(await reader.events({ namespace: 'prod' }, soon())).toEqual({
      known: true,
      value: [
        {
          object: { kind: 'Pod', name: 'web-1', uid: 'uid-web-1' },
          type: 'Warning',
          reason: 'Failed',
          message: 'Failed to pull image "ghcr.io/acme/web:1": not found',
          ...wanted,
        },
      ],
    });
  });

  test('a message of 640 KiB is cut before anyone looks at it, and explained in no time', async () => {
    const { server, reader } = await startCluster();
    server.serve(`${prod}/events`, 'Event', [event({ message: 'arn:awsu'.repeat(81_920) })]);
    const fact = await reader.events({ namespace: 'prod' }, soon());
    const [seen] = fact.known ? fact.value : [];
    expect(seen?.message.length).toBeGreaterThan(1000);
    expect(seen?.message.length).toBeLessThanOrEqual(4096);
    const startedMs = performance.now();
    const pods = known([aPod([aState(aContainer(), waiting('ErrImagePull', seen?.message))])]);
    runChecks(aSnapshot({ pods, events: known([anEvent('web-7d9f-1', 'Failed', seen?.message ?? '')]) }));
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  test('newest first', async () => {
    const { server, reader } = await startCluster();
    const at = (lastTimestamp: string) => event({ lastTimestamp });
    server.serve(`${prod}/events`, 'Event', [at('2026-11-20T10:00:00Z'), at('2026-11-20T12:00:00Z')]);
    const fact = await reader.events({ namespace: 'prod' }, soon());
    expect(fact.known && fact.value.map(({ lastAt }) => lastAt)).toEqual([
      '2026-11-20T12:00:00Z',
      '2026-11-20T10:00:00Z',
    ]);
  });
});

describe('nodes', () => {
  test('what the kubelet says of itself wins over labels', async () => {
    const { server, reader } = await startCluster();
    server.serve('/api/v1/nodes', 'Node', [node('node-1')]);
    expect(await reader.nodes(soon())).toEqual({
      known: true,
      value: [
        {
          name: 'node-1',
          platform: { os: 'linux', architecture: 'arm64' },
          labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
          taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
          kubeletVersion: 'v1.36.3',
          runtime: 'containerd://2.1.3',
          osImage: 'Debian GNU/Linux 12',
          ready: true,
          diskPressure: true,
          unschedulable: false,
        },
      ],
    });
  });

  const windows = [
    { kernelVersion: '10.0.20348.2113', build: '10.0.20348', wanted: '10.0.20348.2113' },
    { kernelVersion: '', build: '10.0.17763', wanted: '10.0.17763' },
  ];
  test.each(windows)('Windows $wanted', async ({ kernelVersion, build, wanted }) => {
    const { server, reader } = await startCluster();
    const labels = { 'node.kubernetes.io/windows-build': build };
    const given = node('win', { metadata: meta('win', { labels }) });
    const info = { ...given.status!.nodeInfo!, operatingSystem: 'windows', architecture: 'amd64', kernelVersion };
    given.status!.nodeInfo = info;
    server.serve('/api/v1/nodes', 'Node', [given]);
    const fact = await reader.nodes(soon());
    expect(fact).toMatchObject({ value: [{ platform: { os: 'windows', architecture: 'amd64', osVersion: wanted } }] });
  });

  test('a node that has not reported yet has its labels', async () => {
    const { server, reader } = await startCluster();
    server.serve('/api/v1/nodes', 'Node', [node('new', { status: {}, spec: { unschedulable: true } })]);
    const fact = await reader.nodes(soon());
    expect(fact).toMatchObject({
      value: [
        { platform: { os: 'linux', architecture: 'amd64' }, ready: false, diskPressure: false, unschedulable: true },
      ],
    });
  });
});

test('namespaces by name, service accounts, ConfigMaps', async () => {
  const { server, reader } = await startCluster();
  server.serve(
    '/api/v1/namespaces',
    'Namespace',
    ['prod', 'dev'].map((name) => ({ metadata: meta(name) })),
  );
  const account = {
    metadata: meta('web', { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' } }),
    imagePullSecrets: [{ name: 'regcred' }, {}],
  };
  server.serve(`${prod}/serviceaccounts`, 'ServiceAccount', [account, { metadata: meta('plain') }]);
  server.serve(`${prod}/configmaps`, 'ConfigMap', [
    Object.assign({ metadata: meta('app') }, { data: { registry: 'ghcr.io' }, binaryData: { blob: 'AA==' } }),
    { metadata: meta('empty') },
  ]);
  expect(await reader.namespaces(soon())).toEqual({ known: true, value: ['dev', 'prod'] });
  expect(await reader.serviceAccount('prod', 'web', soon())).toEqual({
    kind: 'found',
    value: {
      pullSecretNames: ['regcred'],
      annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' },
    },
  });
  expect(await reader.serviceAccount('prod', 'plain', soon())).toEqual({
    kind: 'found',
    value: { pullSecretNames: [], annotations: {} },
  });
  expect(await reader.serviceAccount('prod', 'nobody', soon())).toEqual({ kind: 'absent' });
  expect(await reader.configMap('prod', 'app', soon())).toEqual({ kind: 'found', value: { registry: 'ghcr.io' } });
  expect(await reader.configMap('prod', 'empty', soon())).toEqual({ kind: 'found', value: {} });
});

test('a pull secret that may not be read names the right; its content cannot be printed', async () => {
  const { server, reader } = await startCluster();
  const config = JSON.stringify({ auths: { 'ghcr.io': { username: 'bot', password: 's3cret' } } });
  server.serve(`${prod}/secrets`, 'Secret', [secret('kubernetes.io/dockerconfigjson', '.dockerconfigjson', config)]);
  const found = await reader.pullSecret('prod', 'regcred', soon());
  expect(found).toMatchObject({ kind: 'found', value: { entries: [{ key: 'ghcr.io' }] } });
  expect(JSON.stringify(found)).not.toContain('s3cret');
  server.on(`${prod}/secrets/regcred`, () => forbidden('secrets "regcred"'));
  expect(await reader.pullSecret('prod', 'regcred', soon())).toMatchObject({ missingRight: 'get secrets in prod' });
  expect(await reader.pullSecret('prod', 'none', soon())).toEqual({ kind: 'absent' });
});

describe('log', () => {
  const place = { namespace: 'prod', pod: 'web-1', container: 'app', previous: true };
  const path = `${prod}/pods/web-1/log`;
  const text = (body: string) => ({ type: 'text/plain', body });

  test('asks for the tail with timestamps', async () => {
    const { server, reader } = await startCluster();
    server.on(path, () => text('2026-11-20T10:00:00.1Z exec format error\n'));
    const lookup = await reader.log(place, soon());
    expect(lookup).toEqual({ kind: 'found', value: '2026-11-20T10:00:00.1Z exec format error\n' });
    expect(Object.fromEntries(server.requests[0]!.query)).toMatchObject({
      container: 'app',
      previous: 'true',
      timestamps: 'true',
      tailLines: '200',
    });
  });

  test('the last 64 KiB are kept, from the start of a line', async () => {
    const { server, reader } = await startCluster();
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ${'é'.repeat(500)}`);
    server.on(path, () => text(lines.join('\n')));
    const lookup = await reader.log(place, soon());
    const kept = lookup.kind === 'found' ? lookup.value : '';
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(65_536);
    expect(Buffer.byteLength(kept)).toBeGreaterThan(64_000);
    expect(kept).toMatch(/^line \d+ é/);
    expect(kept.endsWith(lines.at(-1)!)).toBe(true);
  });

  test('a tail that the kubelet cut is asked for again with fewer lines', async () => {
    const { server, reader } = await startCluster();
    const line = 'x'.repeat(30_000);
    server.on(path, ({ query }) => {
      const all = [...Array.from({ length: 199 }, () => line), 'the end'];
      const tail = all.slice(-Number(query.get('tailLines'))).join('\n');
      return text(tail.slice(0, Number(query.get('limitBytes'))));
    });
    const lookup = await reader.log(place, soon());
    expect(lookup.kind === 'found' && lookup.value.endsWith('\nthe end')).toBe(true);
  });

  const refusals = [
    'previous terminated container "app" in pod "web-1" not found',
    'container "app" in pod "web-1" is waiting to start: trying and failing to pull image',
    'container gone is not valid for pod web-1',
  ];
  test.each(refusals)('absent: %s', async (message) => {
    const { server, reader } = await startCluster();
    server.on(path, () => status(400, 'BadRequest', message));
    expect(await reader.log(place, soon())).toEqual({ kind: 'absent' });
  });

  test('a missing right, a dead kubelet, a removed file and a login page are unknown', async () => {
    const { server, reader } = await startCluster();
    server.on(path, () => forbidden('pods "web-1"'));
    expect(await reader.log(place, soon())).toMatchObject({ kind: 'unknown', missingRight: 'get pods/log' });
    server.on(path, () => status(500, 'InternalError', 'Get "https://10.0.0.1:10250/containerLogs": i/o timeout'));
    expect(await reader.log(place, soon())).toMatchObject({ kind: 'unknown', why: expect.stringContaining('10250') });
    server.on(path, () => text('unable to retrieve container logs for containerd://abc'));
    expect(await reader.log(place, soon())).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('no longer'),
    });
    server.on(path, () => ({ type: 'text/html', body: '<html>Log in</html>' }));
    expect(await reader.log(place, soon())).toMatchObject({ kind: 'unknown', why: expect.stringContaining('HTML') });
    server.on(path, () => status(400, 'BadRequest', 'a container name must be specified'));
    expect(await reader.log(place, soon())).toMatchObject({ kind: 'unknown' });
  });

  test('a pod that is gone has no log', async () => {
    const { reader } = await startCluster();
    expect(await reader.log(place, soon())).toEqual({ kind: 'absent' });
  });
});

test('rights are asked for one by one, at once', async () => {
  const { server, reader } = await startCluster();
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  server.on(path, ({ body }) => {
    const { resource, subresource } = JSON.parse(body).spec.resourceAttributes;
    if (resource === 'nodes') return { status: 201, body: { status: {} } };
    return { status: 201, body: { status: { allowed: subresource !== 'log' } } };
  });
  const rights = [
    { verb: 'list', resource: 'pods' },
    { verb: 'get', resource: 'pods', subresource: 'log', namespace: 'prod' },
    { verb: 'list', resource: 'nodes' },
  ] as const;
  const answers = await reader.canI(rights, soon());
  expect(answers.map(({ allowed }) => allowed)).toEqual([
    { known: true, value: true },
    { known: true, value: false },
    { known: false, why: expect.stringContaining('list nodes') },
  ]);
  expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
});

test('metadata of many objects is asked for without their bodies', async () => {
  const { server, reader } = await startCluster();
  server.serve('/api/v1/pods', 'Pod', [pod('solo')]);
  await reader.workloads({ kinds: ['Pod'] }, soon());
  expect(server.requests[0]?.headers.accept).toMatch(/^application\/json;as=PartialObjectMetadataList/);
});
