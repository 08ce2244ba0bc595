import { describe, expect, test } from 'vitest';
import { collect } from '../../../src/flows/collect/collect.ts';
import { known } from '../../../src/model/values/fact.ts';
import { chains, collected, container, ref, restarted, web } from '../../support/collected.ts';
import { endless, memoryReach, secretFor } from '../../support/in-memory.ts';
import { amd64, anIndex, arm64, digestOf, refused } from '../../support/probes.ts';
import { aContainer, aNode, aPod, aState, crashed, minutesAgo, waiting } from '../../support/snapshot.ts';

describe('what is asked', () => {
  test('of a healthy workload: the cluster once each, the registry one HEAD', async () => {
    const { asked, rounds } = await collected();
    expect([...asked].sort()).toEqual(
      [`HEAD ${web}`, 'nodes', 'pods', 'revisions', 'service account default', 'workload Deployment/web'].sort(),
    );
    expect(chains(rounds)).toEqual({ cluster: 2, registry: 1 });
  });

  test('the chain in the cluster is workload, pods, logs; everything else goes beside it', async () => {
    const { rounds } = await collected({
      template: {
        pullSecretNames: ['regcred'],
        containers: [{ ...container, envFrom: [{ source: 'configMap/app', prefix: '' }] }],
      },
      pods: known([aPod([aState(container, crashed(1))])]),
      secrets: { regcred: secretFor({ 'ghcr.io': 'robot' }) },
    });
    expect(rounds[0]).toEqual(['workload Deployment/web', 'nodes']);
    expect(rounds[1]).toEqual(
      expect.arrayContaining(['pods', 'revisions', 'config map app', 'secret regcred', 'service account default']),
    );
    expect(rounds[2]).toContain('events of web-7d9f-1');
    expect(rounds.flat().filter((what) => what.startsWith('workloads'))).toEqual([]);
    expect(chains(rounds).cluster).toBeLessThanOrEqual(3);
  });

  test('an image that cannot be pulled asks for the other workloads and all events, beside the third link', async () => {
    const { rounds } = await collected({
      pods: known([aPod([aState(container, waiting('ImagePullBackOff'))])]),
      serviceAccount: { kind: 'found', value: { pullSecretNames: ['from-account'], annotations: {} } },
      secrets: { 'from-account': secretFor({ 'ghcr.io': 'robot' }) },
    });
    expect(rounds[2]).toEqual(expect.arrayContaining(['secret from-account', 'workloads of shop', 'events']));
    expect(chains(rounds).cluster).toBe(3);
  });

  test('an image that runs and is gone asks for them after the registry', async () => {
    const { rounds } = await collected(
      { template: { pullSecretNames: ['regcred'] }, secrets: { regcred: secretFor({ 'ghcr.io': 'robot' }) } },
      { references: {} },
    );
    expect(rounds.at(-1)).toEqual(expect.arrayContaining(['workloads of shop', 'events']));
  });

  test('events of many pods in trouble are those of the namespace', async () => {
    const ill = (count: number) =>
      known(Array.from({ length: count }, (_, at) => aPod([aState(container, crashed(1))], { name: `web-${at}` })));
    const asked = async (count: number) => (await collected({ pods: ill(count) })).asked;
    expect(await asked(2)).toContain('events of web-0, web-1');
    expect(await asked(9)).toContain('events');
  });

  test('secrets of the service account are the third link', async () => {
    const { rounds, snapshot } = await collected({
      serviceAccount: { kind: 'found', value: { pullSecretNames: ['from-account'], annotations: {} } },
      secrets: { 'from-account': secretFor({ 'ghcr.io': 'robot' }) },
    });
    expect(rounds[2]).toEqual(['secret from-account']);
    expect(chains(rounds).cluster).toBe(3);
    expect(snapshot.images[0]?.attempts).toMatchObject([{ secretName: 'from-account' }]);
  });

  test('a missing image costs a list of its tags and of the cluster’s images, and no GET', async () => {
    const { asked, snapshot } = await collected(
      {
        pods: known([aPod([aState(container, waiting('ImagePullBackOff'))])]),
        everywhere: known([
          { ref: { ...ref, name: 'far' }, containers: [aContainer({ image: 'quay.io/acme/far:1' })], ready: 1 },
          { ref: { ...ref, name: 'near' }, containers: [aContainer({ image: 'ghcr.io/acme/web-app:1' })], ready: 1 },
        ]),
      },
      { references: {}, tags: { 'ghcr.io/acme/web': ['1f2c9ab', 'main'] } },
    );
    expect(asked.filter((what) => what.startsWith('GET'))).toEqual([]);
    expect(snapshot.images[0]?.tags).toEqual(known(['1f2c9ab', 'main']));
    expect(snapshot.knownRepositories).toEqual(['ghcr.io/acme/web-app:1', 'quay.io/acme/far:1']);
  });

  test('tags and the cluster’s images are listed at the same time, once', async () => {
    const { asked, rounds } = await collected(
      { pods: known([aPod([aState(container, waiting('ImagePullBackOff'))])]) },
      { references: {}, tags: { 'ghcr.io/acme/web': [] } },
    );
    const listing = rounds.find((round) => round.includes('tags ghcr.io/acme/web'));
    expect(listing).toContain('workloads everywhere');
    expect(asked.filter((what) => what === 'workloads everywhere')).toHaveLength(1);
  });

  test.each([
    ['never published at GHCR', refused(403, { hint: 'never-published' }), true],
    ['hidden by Docker Hub', refused(401, { hint: 'absent-or-private' }), true],
    ['private', refused(401, { hint: 'exists-private' }), false],
    ['an expired credential', refused(401, { hint: 'credential-expired' }), false],
    ['a firewall', refused(403, { hint: 'network-acl' }), false],
  ])('near names are looked for when it may be missing: %s', async (_, outcome, expected) => {
    const { asked } = await collected({}, { references: { [web]: outcome } });
    expect(asked.includes('workloads everywhere')).toBe(expected);
  });

  test('a failing container costs the manifest and the config, once', async () => {
    const { asked, rounds } = await collected({ pods: known([aPod([aState(container, crashed(1))])]) });
    expect(asked.filter((what) => what.startsWith('GET'))).toEqual([
      'GET ghcr.io/acme/web@ghcr.io/acme/web:1f2c9aa',
      `GET ghcr.io/acme/web config of ${web}`,
    ]);
    expect(chains(rounds).registry).toBeLessThanOrEqual(5);
  });

  test('an older tag: tags are listed in parallel with the HEAD, and at most five are compared', async () => {
    const tags = ['1f2c9aa', 'latest', 'main', 'v1', 'v2', 'v3', 'aaaaaaa', 'bbbbbbb', 'pr-7', 'sha256-abc.sig'];
    const references = Object.fromEntries(tags.map((tag) => [`ghcr.io/acme/web:${tag}`, `ghcr.io/acme/web:${tag}`]));
    const { asked, rounds, snapshot } = await collected(restarted, { references, tags: { 'ghcr.io/acme/web': tags } });
    const firstOfRegistry = rounds.find((round) => round.some((what) => what.startsWith('HEAD')));
    expect(firstOfRegistry).toEqual(['tags ghcr.io/acme/web', `HEAD ${web}`]);
    expect(snapshot.images[0]?.candidates.length).toBe(5);
    expect(asked.filter((what) => /HEAD .*:(pr-7|sha256)/.test(what))).toEqual([]);
    expect(chains(rounds).registry).toBeLessThanOrEqual(5);
  });

  test('what was listed early with the wrong credential is listed again with the right one', async () => {
    const { asked, snapshot } = await collected(
      {
        ...restarted,
        template: { restartedAt: minutesAgo(90), pullSecretNames: ['regcred'] },
        secrets: { regcred: secretFor({ 'ghcr.io': 'robot' }) },
      },
      {
        references: { [web]: refused(401) },
        forUser: { bot: { [web]: web } },
        own: 'bot',
        tags: { 'ghcr.io/acme/web': [] },
      },
    );
    expect(asked.filter((what) => what.startsWith('tags'))).toEqual([
      'tags ghcr.io/acme/web as robot',
      'tags ghcr.io/acme/web as bot',
    ]);
    expect(snapshot.images[0]?.tags).toEqual(known([]));
  });

  test('of two nodes’ platforms each has its config read, and of the running digest the same', async () => {
    const index = anIndex(web, [amd64, arm64, { os: 'linux', architecture: 's390x' }]);
    const children = index.body.kind === 'index' ? index.body.children.map(({ digest }) => digest) : [];
    const manifestOf = (digest: string) =>
      ({
        kind: 'ok',
        value: {
          digest,
          mediaType: 'm',
          body: { kind: 'image', configDigest: digestOf(`${digest}c`), layersBytes: 1 },
        },
      }) as const;
    const { snapshot, asked } = await collected(
      {
        workload: { ref: { ...ref, kind: 'DaemonSet' } },
        nodes: known([
          aNode({ name: 'a' }),
          aNode({ name: 'b', platform: arm64 }),
          aNode({ name: 'c', platform: arm64 }),
        ]),
        pods: known(
          ['a', 'b', 'c'].map((node) => aPod([aState(container, crashed(1))], { name: `web-${node}`, node })),
        ),
      },
      {
        manifests: {
          [digestOf(web)]: { kind: 'ok', value: index },
          ...Object.fromEntries(children.map((digest) => [digest, manifestOf(digest)])),
        },
        configs: Object.fromEntries(
          children.map((digest, at) => [
            digestOf(`${digest}c`),
            { kind: 'ok', value: { digest: digestOf(`${digest}c`), platform: [amd64, arm64][at] ?? amd64, env: [] } },
          ]),
        ),
      },
    );
    const [probe] = snapshot.images;
    expect(probe?.configs.known && probe.configs.value.map(({ platform }) => platform.architecture)).toEqual([
      'amd64',
      'arm64',
    ]);
    expect(asked.filter((what) => what.startsWith('HEAD'))).toHaveLength(1);
  });
});

test('a thousand pods take time in proportion', async () => {
  const images = Array.from({ length: 300 }, (_, index) => `ghcr.io/acme/web:${index}`);
  const references = Object.fromEntries(images.map((image) => [image, image]));
  const podsOf = (count: number) =>
    known(
      Array.from({ length: count }, (_, index) =>
        aPod([aState({ ...container, image: images[index % 300] ?? '' }, index % 2 === 0 ? crashed(1) : {})], {
          name: `web-${index}`,
          uid: `u${index}`,
          node: `node-${index % 500}`,
        }),
      ),
    );
  const nodes = known(
    Array.from({ length: 500 }, (_, index) =>
      aNode({ name: `node-${index}`, platform: index % 2 === 0 ? amd64 : arm64 }),
    ),
  );
  const cost = async (count: number): Promise<number> => {
    const { reach, record } = memoryReach({ pods: podsOf(count), nodes }, { references });
    const before = process.cpuUsage();
    const found = await collect(ref, reach, endless, () => {});
    const { user, system } = process.cpuUsage(before);
    expect(found.kind).toBe('found');
    expect(record.asked.filter((what) => what.startsWith('HEAD'))).toHaveLength(301);
    expect(record.asked.filter((what) => what.startsWith('log'))).toHaveLength(4);
    return (user + system) / 1000;
  };
  const least = async (count: number): Promise<number> =>
    Math.min(await cost(count), await cost(count), await cost(count));
  // Quadratic work would take 64 times as long.
  expect(await least(8000)).toBeLessThan(24 * Math.max(await least(1000), 5));
});
