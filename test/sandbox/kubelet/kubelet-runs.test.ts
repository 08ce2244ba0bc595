import { describe, expect, it } from 'vitest';
import { at, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { deployment, eventually, pod } from '../cluster/client.ts';
import { startScripted } from './registry.ts';
import { useWorld } from './world.ts';

describe('simulated kubelets run pods as configured', () => {
  const world = useWorld();

  it('do what the pod’s annotation says, and serve logs in the way the API server requests them', async () => {
    const behaviour = {
      logs: ['one', 'two', 'Expecting value: line 1 column 1 (char 0)'],
      exitCode: 137,
      reason: 'OOMKilled',
      terminationMessage: 'too much',
    };
    const body = pod('told', 'open.example.org/app:1', { nodeSelector: { 'kubernetes.io/arch': 'amd64' } }) as {
      readonly metadata: object;
    };
    const metadata = {
      ...body.metadata,
      annotations: { 'sandbox.imagecheck.dev/behaviour': JSON.stringify(behaviour) },
    };
    await world.api().call('POST', world.core('pods'), { body: { ...body, metadata } });
    await eventually(async () => Number(at(await world.statusOf('told'), 'restartCount'))).toBeGreaterThan(0);
    expect(at(await world.statusOf('told'), 'lastState', 'terminated')).toMatchObject({
      exitCode: 137,
      reason: 'OOMKilled',
      message: 'too much',
    });
    const log = async (query: string) =>
      (await world.api().call('GET', world.core(`pods/told/log?${query}`))).body['message'];
    expect(await log('tailLines=1')).toBe('Expecting value: line 1 column 1 (char 0)\n');
    expect(await log('previous=true&tailLines=2&timestamps=true')).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z two\n\d{4}.*Z Expecting/,
    );
    expect(await log('limitBytes=4')).toBe('one\n');
    await world.run('calm', 'open.example.org/app:1');
    await world.run('absent', 'open.example.org/app:9', {}, 'amd64', { imagePullPolicy: 'Never' });
    await eventually(() => world.running('calm')).toBe(true);
    await eventually(() => world.waiting('absent')).toBe('ErrImageNeverPull');
    const fine = await world.api().call('GET', world.core('pods/calm/log?previous=true'));
    expect([fine.code, fine.body['message']]).toEqual([
      400,
      'previous terminated container "app" in pod "calm" not found',
    ]);
    const absent = await world.api().call('GET', world.core('pods/absent/log'));
    expect(absent.body['message']).toBe('container "app" in pod "absent" is waiting to start: ErrImageNeverPull');
  });

  it('become ready after the configured time', async () => {
    const behaviour = JSON.stringify({ readyAfterSeconds: 20 });
    const body = pod('slow', 'open.example.org/app:1', { nodeSelector: { 'kubernetes.io/arch': 'amd64' } });
    const metadata = { name: 'slow', annotations: { 'sandbox.imagecheck.dev/behaviour': behaviour } };
    await world.api().call('POST', world.core('pods'), { body: { ...body, metadata } });
    const seen: string[] = [];
    await eventually(async () => {
      const status = await world.statusOf('slow');
      const now = at(status, 'state', 'running') === undefined ? 'waits' : `ready ${String(at(status, 'ready'))}`;
      if (seen.at(-1) !== now) seen.push(now);
      return now;
    }).toBe('ready true');
    expect(seen).toContain('ready false');
  });

  it('follow rules of the control API per workload, and seed a node’s cache', async () => {
    const digest = `sha256:${'5'.repeat(64)}`;
    expect((await world.control('POST', '/images', { image: 'gone.example.org/old:88a216e', digest })).code).toBe(200);
    const rule = {
      match: { namespace: world.namespace(), workload: 'deployment/seeded' },
      behaviour: { ready: false, logs: ['still the old one'] },
    };
    expect((await world.control('POST', '/behaviours', rule)).code).toBe(200);
    await world.api().call('POST', `/apis/apps/v1/namespaces/${world.namespace()}/deployments`, {
      body: deployment('seeded', 'gone.example.org/old:88a216e', 2),
    });
    const pods = async () =>
      (await world.api().call('GET', world.core('pods?labelSelector=app%3Dseeded'))).body.items ?? [];
    const states = async () =>
      (await pods())
        .map((one) => records(one, 'status', 'containerStatuses')[0])
        .map((status) => [text(status, 'imageID'), status?.['ready'], status?.['started']]);
    await eventually(states).toEqual([
      [`gone.example.org/old@${digest}`, false, true],
      [`gone.example.org/old@${digest}`, false, true],
    ]);
    const node = await world.api().call('GET', '/api/v1/nodes/amd');
    expect(JSON.stringify(at(node.body, 'status', 'images'))).toContain('gone.example.org/old:88a216e');
    // Deleted pods come back with the same digest: a restart changed nothing.
    const [old] = await pods();
    await world.api().call('DELETE', world.core(`pods/${old?.metadata.name ?? ''}`));
    await eventually(async () => (await pods()).every(({ metadata }) => metadata.name !== old?.metadata.name)).toBe(
      true,
    );
    await eventually(states).toEqual([
      [`gone.example.org/old@${digest}`, false, true],
      [`gone.example.org/old@${digest}`, false, true],
    ]);
    await world.control('DELETE', '/behaviours');
    await world.control('DELETE', '/images?node=amd');
  });

  it('run init containers first', async () => {
    const initContainers = [{ name: 'first', image: 'open.example.org/app:1' }];
    await world.run('with-init', 'open.example.org/app:1', { initContainers });
    await eventually(() => world.running('with-init')).toBe(true);
    const { body } = await world.api().call('GET', world.core('pods/with-init'));
    expect(records(body, 'status', 'initContainerStatuses')[0]).toMatchObject({
      state: { terminated: { exitCode: 0, reason: 'Completed' } },
    });
    await world.run('bad-init', 'open.example.org/app:1', {
      initContainers: [{ name: 'first', image: 'open.example.org/none:2' }],
    });
    const bad = async () => (await world.api().call('GET', world.core('pods/bad-init'))).body;
    await eventually(async () =>
      text(records(await bad(), 'status', 'initContainerStatuses')[0], 'state', 'waiting', 'reason'),
    ).toMatch(/ErrImagePull|ImagePullBackOff/);
    expect(await world.waiting('bad-init')).toBe('PodInitializing');
    expect(at(await bad(), 'status', 'phase')).toBe('Pending');
  });

  it('restart a container whose image is changed in the pod', async () => {
    await world.run('changed', 'open.example.org/app:1');
    await eventually(() => world.running('changed')).toBe(true);
    const image = [{ op: 'replace', path: '/spec/containers/0/image', value: 'open.example.org/other:1' }];
    await world
      .api()
      .call('PATCH', world.core('pods/changed'), { contentType: 'application/json-patch+json', body: image });
    await eventually(async () => text(await world.statusOf('changed'), 'imageID')).toBe(
      `open.example.org/other@${world.content.digest}`,
    );
    expect(await world.statusOf('changed')).toMatchObject({ restartCount: 1, ready: true });
    await eventually(() => world.said('changed')).toContain(
      'Killing: Container app definition changed, will be restarted',
    );
  });

  it('let Jobs end', async () => {
    const spec = { restartPolicy: 'Never', containers: [{ name: 'app', image: 'open.example.org/app:1' }] };
    const metadata = { annotations: { 'sandbox.imagecheck.dev/behaviour': '{"exitCode":0}' } };
    await world.api().call('POST', `/apis/batch/v1/namespaces/${world.namespace()}/jobs`, {
      body: { metadata: { name: 'once' }, spec: { template: { metadata, spec } } },
    });
    const done = async () =>
      at(
        (await world.api().call('GET', `/apis/batch/v1/namespaces/${world.namespace()}/jobs/once`)).body,
        'status',
        'succeeded',
      );
    await eventually(done).toBe(1);
  });

  it('evict, and put a node under disk pressure', async () => {
    await world.run('heavy', 'open.example.org/app:1');
    await eventually(() => world.running('heavy')).toBe(true);
    expect((await world.control('POST', '/evictions', { namespace: world.namespace(), pod: 'heavy' })).code).toBe(200);
    const heavy = async () => at((await world.api().call('GET', world.core('pods/heavy'))).body, 'status');
    await eventually(async () => text(await heavy(), 'reason')).toBe('Evicted');
    expect(await heavy()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('ephemeral-storage') });
    await world.control('POST', '/nodes/amd', { diskPressure: true });
    const node = async () => (await world.api().call('GET', '/api/v1/nodes/amd')).body;
    expect(records(await node(), 'status', 'conditions').find(({ type }) => type === 'DiskPressure')?.['status']).toBe(
      'True',
    );
    expect(records(await node(), 'spec', 'taints')[0]?.['key']).toBe('node.kubernetes.io/disk-pressure');
    await world.control('POST', '/nodes/amd', { diskPressure: false });
    expect(records(await node(), 'spec', 'taints')).toEqual([]);
  });

  it('pull through the node’s mirror once it has one', async () => {
    const mirror = await startScripted(() => ({ status: 503 }));
    await world.control('POST', '/nodes/amd', { mirrors: [{ host: 'open.example.org', url: mirror.url }] });
    await world.run('mirrored', 'open.example.org/none:7');
    await eventually(async () => (await world.said('mirrored')).join('\n')).toContain(
      '/v2/none/manifests/7?ns=open.example.org: 503 Service Unavailable',
    );
    await world.control('POST', '/nodes/amd', { mirrors: [] });
    await mirror.stop();
  });

  it('reject invalid requests', async () => {
    expect((await world.control('POST', '/images', { image: 'x' })).code).toBe(400);
    expect(
      (await world.control('POST', '/images', { image: 'Bad Ref', digest: `sha256:${'a'.repeat(64)}` })).code,
    ).toBe(400);
    expect((await world.control('POST', '/nodes/nobody', {})).code).toBe(404);
    expect((await world.control('POST', '/evictions', { namespace: world.namespace(), pod: 'nobody' })).code).toBe(404);
    expect((await world.control('GET', '/nothing')).code).toBe(404);
    expect((await world.control('POST', '/clock', { speed: 0 })).code).toBe(400);
    expect((await world.control('GET', '/clock')).body).toMatchObject({ speed: 200 });
  });

  it('survive an API server that fails and loses its history', async () => {
    world.cluster().faults.set({ status: 500, times: 5 });
    world.cluster().faults.expireRevisions();
    await eventually(async () => (await world.api().call('GET', world.core('pods'))).code).toBe(200);
    world.cluster().faults.set(undefined);
    await world.run('after', 'open.example.org/app:1');
    await eventually(() => world.running('after'), { timeout: 5000 }).toBe(true);
    await world.api().call('PATCH', world.core('pods/after'), {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { a: 'b' } } },
    });
    expect(await world.running('after')).toBe(true);
  });
});
