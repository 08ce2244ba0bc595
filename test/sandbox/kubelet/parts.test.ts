import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { behaviourAnnotation, behaviourOf } from '../../../src/sandbox/kubelet/behaviour.ts';
import { createBackOff } from '../../../src/sandbox/kubelet/clock.ts';
import { createImageCache, imageIdOf } from '../../../src/sandbox/kubelet/image-cache.ts';
import { lookup } from '../../../src/sandbox/kubelet/keyring.ts';
import { parseChallenges } from '../../../src/sandbox/kubelet/pull/challenge.ts';
import { bodyErrors, dialectOf } from '../../../src/sandbox/kubelet/pull/dialect.ts';
import { goDuration } from '../../../src/sandbox/kubelet/pull/go-text.ts';
import { nodePlatform, platformRank } from '../../../src/sandbox/kubelet/pull/platform.ts';

const secret = (auths: unknown, type = 'kubernetes.io/dockerconfigjson') => {
  const isLegacy = type === 'kubernetes.io/dockercfg';
  const content = Buffer.from(JSON.stringify(isLegacy ? auths : { auths })).toString('base64');
  return { metadata: { uid: 'u1' }, type, data: { [isLegacy ? '.dockercfg' : '.dockerconfigjson']: content } };
};
const login = (username: string) => ({ username, password: 'p' });

describe('the keyring', () => {
  it.each([
    ['ghcr.io', 'ghcr.io/acme/web', true],
    ['https://ghcr.io', 'ghcr.io/acme/web', true],
    ['ghcr.io/acme', 'ghcr.io/acme/web', true],
    ['ghcr.io/other', 'ghcr.io/acme/web', false],
    ['*.azurecr.io', 'dev.azurecr.io/app', true],
    ['*.azurecr.io', 'a.b.azurecr.io/app', false],
    ['*.io', 'ghcr.io/acme/web', true],
    ['reg.local:5000', 'reg.local:5000/app', true],
    ['reg.local', 'reg.local:5000/app', false],
    ['https://index.docker.io/v1/', 'docker.io/library/nginx', true],
    ['index.docker.io', 'docker.io/library/nginx', true],
    ['docker.io', 'docker.io/library/nginx', true],
    ['https://index.docker.io/v1/', 'ghcr.io/acme/web', false],
    ['ghcr.io.example.net', 'ghcr.io/acme/web', false],
  ])('%s for %s: %s', (key, image, matches) => {
    expect(lookup(image, [secret({ [key]: login('ana') })], {})).toHaveLength(matches ? 1 : 0);
  });

  it('tries longer keys first, then the node’s own credential', () => {
    const secrets = [secret({ 'ghcr.io': login('host'), 'ghcr.io/acme': login('path') })];
    expect(lookup('ghcr.io/acme/web', secrets, { 'ghcr.io': login('node') }).map(({ username }) => username)).toEqual([
      'path',
      'host',
      'node',
    ]);
  });

  it('reads auth and legacy secrets, and ignores anything it cannot read', () => {
    const auth = Buffer.from('ana:p:w').toString('base64');
    expect(lookup('ghcr.io/x', [secret({ 'ghcr.io': { auth } })], {})[0]).toMatchObject({
      username: 'ana',
      password: 'p:w',
    });
    expect(lookup('ghcr.io/x', [secret({ 'ghcr.io': login('old') }, 'kubernetes.io/dockercfg')], {})[0]).toMatchObject({
      username: 'old',
    });
    expect(
      lookup(
        'ghcr.io/x',
        [
          secret({ 'ghcr.io': login('opaque') }, 'Opaque'),
          { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': '!!' } },
        ],
        {},
      ),
    ).toEqual([]);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        (auths, image) => void lookup(image, [secret(auths)], {}),
      ),
    );
  });
});

describe('challenges', () => {
  it('reads quoted commas and several lines, and puts Bearer first', () => {
    expect(
      parseChallenges([
        'Basic realm="a,b"',
        'bearer realm="https://x/token", service=reg ,scope="repository:a:pull,push"',
      ]),
    ).toEqual([
      { scheme: 'bearer', parameters: { realm: 'https://x/token', service: 'reg', scope: 'repository:a:pull,push' } },
      { scheme: 'basic', parameters: { realm: 'a,b' } },
    ]);
  });
  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((text) => `Bearer ${text}`),
          ),
        ),
        (lines) => void parseChallenges(lines),
      ),
    );
  });
});

describe('error bodies', () => {
  it.each([
    ['{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}', 'denied'],
    ['{"errors":[{"code":"DENIED","message":"no"}]}', 'denied: no'],
    [
      '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[]}]}',
      'unauthorized: authentication required',
    ],
    ['{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}', 'unknown: manifest unknown'],
    [
      '{"errors":[{"code":"DENIED"},{"code":"TOOMANYREQUESTS","message":"slow"}]}',
      'errors:\ndenied\ntoomanyrequests: slow\n',
    ],
    ['{"errors":[]}', undefined],
    ['<html>', undefined],
    ['', undefined],
  ])('%s', (body, text) => {
    expect(bodyErrors(body)).toBe(text);
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (body) => void bodyErrors(body)));
  });
});

describe('small parts', () => {
  it.each([
    [0, '0s'],
    [850, '850ms'],
    [1200, '1.2s'],
    [10_000, '10s'],
    [62_300, '1m2.3s'],
    [300_000, '5m0s'],
    [7_200_000, '2h0m0s'],
  ])('%i ms is %s in Go', (ms, text) => {
    expect(goDuration(ms)).toBe(text);
  });

  it.each([
    ['containerd://1.6.20', 'containerd-1.6'],
    ['containerd://1.7.27', 'containerd-1.7'],
    ['containerd://2.0.5', 'containerd-1.7'],
    ['containerd://2.1.4', 'containerd-2'],
    ['containerd://10.0.0', 'containerd-2'],
    ['cri-o://1.31.0', 'containerd-2'],
  ])('%s speaks %s', (runtime, dialect) => {
    expect(dialectOf(runtime)).toBe(dialect);
  });

  it.each([
    ['amd64', { os: 'linux', architecture: 'amd64' }, 0],
    ['amd64', { os: 'linux', architecture: 'amd64', variant: 'v3' }, undefined],
    ['amd64', { os: 'linux', architecture: 'arm64' }, undefined],
    ['amd64', { os: 'windows', architecture: 'amd64' }, undefined],
    ['amd64', { os: 'unknown', architecture: 'unknown' }, undefined],
    ['amd64', { os: 'linux', architecture: '386' }, 100],
    ['arm64', { os: 'linux', architecture: 'arm64' }, 0],
    ['arm64', { os: 'linux', architecture: 'arm', variant: 'v7' }, 101],
  ])('a %s node ranks %o as %s', (architecture, offered, rank) => {
    expect(platformRank(nodePlatform('linux', architecture), offered)).toBe(rank);
  });

  it('backs off from 10 s to 300 s', () => {
    let now = 0;
    const backOff = createBackOff({ elapsed: () => now });
    const delays: number[] = [];
    for (let index = 0; index < 7; index += 1) {
      delays.push(backOff.next('k'));
      expect(backOff.waitsFor('k')).toBe(backOff.delayOf('k'));
      now += backOff.delayOf('k');
      expect(backOff.waitsFor('k')).toBe(0);
    }
    expect(delays).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  it('finds cached images under every spelling, and writes imageID as the runtime does', () => {
    const cache = createImageCache();
    const cached = {
      repository: 'docker.io/library/nginx',
      digest: `sha256:${'1'.repeat(64)}`,
      manifestDigest: `sha256:${'2'.repeat(64)}`,
      configDigest: `sha256:${'3'.repeat(64)}`,
      sizeBytes: 1,
      platform: { os: 'linux', architecture: 'amd64' },
      entrypoint: [],
    };
    cache.add('nginx:1.27', cached);
    for (const spelling of ['nginx:1.27', 'docker.io/library/nginx:1.27', `nginx@${cached.digest}`])
      expect(cache.find(spelling)).toBe(cached);
    expect(cache.find('nginx')).toBeUndefined();
    expect(imageIdOf('containerd://2.1.4', cached)).toBe(`docker.io/library/nginx@${cached.digest}`);
    expect(imageIdOf('cri-o://1.31.0', cached)).toBe(`docker.io/library/nginx@${cached.manifestDigest}`);
    expect(imageIdOf('docker://24.0', cached)).toBe(`docker-pullable://docker.io/library/nginx@${cached.digest}`);
    expect(imageIdOf('containerd://2.1.4', { ...cached, imageId: cached.configDigest })).toBe(cached.configDigest);
  });

  it('takes a behaviour from the pod, then from the latest rule that matches', () => {
    const metadata = {
      name: 'web-5d-abc',
      namespace: 'prod',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
      labels: { 'pod-template-hash': '5d' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d', uid: 'r', controller: true }],
    };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata };
    const starting = { pod, container: 'app', image: 'x:1', digests: ['sha256:d'] };
    const rules = [
      { match: {}, behaviour: { exitCode: 1 } },
      { match: { workload: 'deployment/web', namespace: 'prod' }, behaviour: { exitCode: 2 } },
      { match: { pod: 'other*' }, behaviour: { exitCode: 3 } },
      { match: { digest: 'sha256:e' }, behaviour: { exitCode: 4 } },
    ];
    expect(behaviourOf(starting, rules)).toEqual({ exitCode: 2 });
    const annotated = (value: string) => ({
      ...starting,
      pod: { ...pod, metadata: { ...metadata, annotations: { [behaviourAnnotation]: value } } },
    });
    expect(behaviourOf(annotated('{"exitCode":137,"reason":"OOMKilled"}'), rules)).toEqual({
      exitCode: 137,
      reason: 'OOMKilled',
    });
    expect(behaviourOf(annotated('{"containers":{"app":{"ready":false}}}'), rules)).toEqual({ ready: false });
    fc.assert(fc.property(fc.string(), (text) => void behaviourOf(annotated(text), rules)));
  });
});
