import { describe, expect, it } from 'vitest';
import { at, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { eventually } from '../cluster/client.ts';
import { useWorld } from './world.ts';

describe('simulated kubelets bring images to pods', () => {
  const world = useWorld();

  it('register nodes that a scheduler can use, with a Lease', async () => {
    const { body } = await world.api().call('GET', '/api/v1/nodes/arm');
    expect(body.metadata.labels).toMatchObject({
      'kubernetes.io/arch': 'arm64',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/hostname': 'arm',
    });
    expect(at(body, 'status', 'nodeInfo')).toMatchObject({
      architecture: 'arm64',
      kubeletVersion: 'v1.33.1',
      containerRuntimeVersion: 'containerd://1.7.27',
    });
    expect(records(body, 'status', 'conditions').find(({ type }) => type === 'Ready')?.['status']).toBe('True');
    expect(records(body, 'spec', 'taints')).toEqual([]);
    expect(
      (await world.api().call('GET', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/arm')).code,
    ).toBe(200);
  });

  it('run a pod: the index’s digest as imageID, conditions, events, ready', async () => {
    await world.run('fine', 'open.example.org/app:1');
    await eventually(() => world.running('fine')).toBe(true);
    const status = await world.statusOf('fine');
    expect(status).toMatchObject({
      ready: true,
      restartCount: 0,
      image: 'open.example.org/app:1',
      imageID: `open.example.org/app@${world.content.digest}`,
    });
    expect(text(status, 'containerID')).toMatch(/^containerd:\/\/[a-f0-9]{64}$/);
    const { body } = await world.api().call('GET', world.core('pods/fine'));
    expect(at(body, 'status', 'phase')).toBe('Running');
    const conditions = Object.fromEntries(
      records(body, 'status', 'conditions').map(({ type, status: value }) => [type, value]),
    );
    expect(conditions).toMatchObject({
      PodScheduled: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
    });
    await eventually(() => world.said('fine')).toEqual(
      expect.arrayContaining([
        'Pulling: Pulling image "open.example.org/app:1"',
        expect.stringMatching(
          /^Pulled: Successfully pulled image "open.example.org\/app:1" in [\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes\.$/,
        ),
        'Created: Container created',
        'Started: Container started',
      ]),
    );
    const [first] = (await world.events('fine')).filter((event) => event['reason'] === 'Started');
    expect(first).toMatchObject({
      involvedObject: { kind: 'Pod', fieldPath: 'spec.containers{app}' },
      source: { component: 'kubelet', host: 'amd' },
    });
  });

  it('keep the old image of a reused tag, unless told to pull always', async () => {
    await world.run('earlier', 'open.example.org/reused:1');
    await eventually(() => world.running('earlier')).toBe(true);
    world.move('reused');
    await world.run('stale', 'open.example.org/reused:1');
    await world.run('fresh', 'open.example.org/reused:1', {}, 'amd64', { imagePullPolicy: 'Always' });
    const imageId = async (name: string) => text(await world.statusOf(name), 'imageID');
    await eventually(async () => [await imageId('stale'), await imageId('fresh')]).toEqual([
      `open.example.org/reused@${world.content.digest}`,
      `open.example.org/reused@${world.newer.digest}`,
    ]);
    await eventually(() => world.said('stale')).toContain(
      'Pulled: Container image "open.example.org/reused:1" already present on machine and can be accessed by the pod',
    );
  });

  it('alternate between ErrImagePull and ImagePullBackOff, keep the cause, and recover', async () => {
    await world.run('denied', 'closed.example.org/app:1');
    await eventually(() => world.waiting('denied')).toBe('ImagePullBackOff');
    const cause =
      'failed to pull and unpack image "closed.example.org/app:1": failed to resolve image: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials';
    expect(text(await world.statusOf('denied'), 'state', 'waiting', 'message')).toBe(
      `Back-off pulling image "closed.example.org/app:1": ErrImagePull: ${cause}`,
    );
    await eventually(() => world.said('denied')).toEqual(
      expect.arrayContaining([
        `Failed: Failed to pull image "closed.example.org/app:1": ${cause}`,
        'Failed: Error: ErrImagePull',
        'BackOff: Back-off pulling image "closed.example.org/app:1"',
        'Failed: Error: ImagePullBackOff',
      ]),
    );
    await eventually(async () =>
      Number((await world.events('denied')).find((event) => event['reason'] === 'BackOff')?.['count']),
    ).toBeGreaterThan(1);
    expect(new Set(await world.said('denied')).size).toBe((await world.said('denied')).length);
  });

  it('try every matching credential in turn, and say which secrets are missing', async () => {
    await world.secret('pull', { 'closed.example.org/app': 'eve', 'closed.example.org': 'ana' });
    await world.run('allowed', 'closed.example.org/app:1', { imagePullSecrets: [{ name: 'gone' }, { name: 'pull' }] });
    await eventually(() => world.running('allowed')).toBe(true);
    await eventually(() => world.said('allowed')).toContain(
      'FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (gone); attempting to pull the image may not succeed.',
    );
  });

  it('pull again for a pod without the credential that brought the image (KEP-2535)', async () => {
    await world.secret('mine', { 'closed.example.org': 'ana' });
    await world.run('with-secret', 'closed.example.org/kept:1', { imagePullSecrets: [{ name: 'mine' }] });
    await eventually(() => world.running('with-secret')).toBe(true);
    await world.run('without', 'closed.example.org/kept:1');
    await eventually(() => world.waiting('without')).toMatch(/ErrImagePull|ImagePullBackOff/);
  });

  it('use the node’s own identity', async () => {
    await world.run('identity', 'closed.example.org/app:1', {}, 'arm64');
    await eventually(() => world.running('identity')).toBe(true);
    await eventually(() => world.said('identity')).toContain('Created: Created container: app');
  });

  it.each([
    [
      'never',
      'open.example.org/app:9',
      { imagePullPolicy: 'Never' },
      'ErrImageNeverPull',
      'Container image "open.example.org/app:9" is not present with pull policy of Never',
    ],
    [
      'unreadable',
      'Open/App:1',
      {},
      'InvalidImageName',
      'Failed to apply default image tag "Open/App:1": couldn\'t parse image name "Open/App:1": invalid reference format: repository name (Open/App) must be lowercase',
    ],
    [
      'keyless',
      'open.example.org/app:1',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'aws-ecr-credentials', key: 'AWS_ACCESS_KEY_ID' } } }] },
      'CreateContainerConfigError',
      'secret "aws-ecr-credentials" not found',
    ],
  ])('%s waits with %s %o: %s', async (name, image, container, reason, message) => {
    await world.run(name, image, {}, 'amd64', container);
    await eventually(async () => [
      await world.waiting(name),
      text(await world.statusOf(name), 'state', 'waiting', 'message'),
    ]).toEqual([reason, message]);
    await eventually(async () => (await world.said(name)).some((line) => line.startsWith('Failed: Error: '))).toBe(
      true,
    );
  });

  it('do not mount a volume of a missing Secret', async () => {
    await world.run('unmounted', 'open.example.org/app:1', {
      volumes: [{ name: 'v', secret: { secretName: 'nowhere' } }],
    });
    await eventually(() => world.said('unmounted')).toContain(
      'FailedMount: MountVolume.SetUp failed for volume "v" : secret "nowhere" not found',
    );
    expect(await world.waiting('unmounted')).toBe('ContainerCreating');
  });

  it('crash an image of another architecture in a loop, with the kernel’s error in the log', async () => {
    await world.run('foreign', 'open.example.org/arm/app:1');
    // Everything in one poll: between two polls the container is started again.
    await eventually(async () => {
      const status = await world.statusOf('foreign');
      return { waiting: at(status, 'state', 'waiting'), last: at(status, 'lastState', 'terminated') };
    }).toMatchObject({
      waiting: {
        reason: 'CrashLoopBackOff',
        message: expect.stringMatching(
          /^back-off (10|20|40|80|160|300)s restarting failed container=app pod=foreign_.*\(.*\)$/,
        ),
      },
      last: { exitCode: 255, reason: 'Error' },
    });
    const log = await world.api().call('GET', world.core('pods/foreign/log'));
    expect(log.body['message']).toBe('exec /bin/run: exec format error\n');
  });
});
