import { describe, expect, test } from 'vitest';
import type { MirrorSetting } from '../../src/model/settings/settings.ts';
import { createSites, isSameSite } from '../../src/registry/site.ts';
import { credential, imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { image, serve } from '../support/registry-images.ts';
import { startRegistryServer } from '../support/registry-server.ts';
import { bearerRegistry } from '../support/registry-tokens.ts';

const { manifest } = image({ os: 'linux', architecture: 'amd64' });
const mirror = (endpoint: string, registry = 'docker.io'): MirrorSetting => ({
  cluster: 'dev',
  registry,
  endpoint: new URL(endpoint),
});

describe('mirrors', () => {
  const nginx = imageRef('docker.io', 'library/nginx');

  test('come first, in their order; the origin is always last', () => {
    const client = registryClient({
      mirrors: [
        mirror('https://one.test'),
        mirror('http://two.test:5000/proxy'),
        mirror('https://other.test', 'ghcr.io'),
      ],
    });
    expect(client.routes(nginx)).toEqual([
      { kind: 'mirror', host: 'one.test' },
      { kind: 'mirror', host: 'two.test:5000' },
      { kind: 'origin', host: 'docker.io' },
    ]);
    expect(client.routes(imageRef('quay.io'))).toEqual([{ kind: 'origin', host: 'quay.io' }]);
  });

  test('are asked separately from the origin, with the name of its registry, and never get its credential', async () => {
    const one = await startRegistryServer(bearerRegistry(() => ({ status: 503 })));
    const origin = await startRegistryServer(bearerRegistry(() => serve(manifest)));
    const client = registryClient({
      registries: [registrySetting('docker.io', { endpoint: new URL(origin.origin) })],
      mirrors: [mirror(one.origin)],
    });
    const outcomes = [];
    for (const route of client.routes(nginx)) {
      outcomes.push((await client.resolve(nginx, reading({ route, credential: credential() }))).kind);
    }
    expect(outcomes).toEqual(['server-error', 'found']);
    expect(one.seen[0]?.url).toBe('/v2/library/nginx/manifests/v1?ns=docker.io');
    const given = (server: typeof one) =>
      server.seen.filter(({ headers }) => headers.authorization?.startsWith('Basic ') === true);
    expect([given(one).length, given(origin).length]).toEqual([0, 1]);
    expect(origin.seen.at(-1)?.headers.authorization).toMatch(/^Bearer /);
  });

  test('get the credential configured for their own host', async () => {
    const wants = `Basic ${Buffer.from('mirror-user:s3cret-pass').toString('base64')}`;
    const one = await startRegistryServer(({ headers }) =>
      headers.authorization === wants
        ? serve(manifest)
        : { status: 401, headers: { 'www-authenticate': 'Basic realm="m"' } },
    );
    const client = registryClient({
      registries: [registrySetting(one.host, { credential: credential('mirror-user') })],
      mirrors: [mirror(`${one.origin}/v2/hub`)],
    });
    const [route] = client.routes(nginx);
    expect(
      await client.resolve(nginx, reading({ ...(route ? { route } : {}), credential: credential('origin-user') })),
    ).toMatchObject({
      kind: 'found',
    });
    expect(one.seen[0]?.url).toBe('/v2/hub/library/nginx/manifests/v1?ns=docker.io');
  });

  test('an unknown route is a bug', async () => {
    const asked = registryClient().resolve(nginx, reading({ route: { kind: 'mirror', host: 'x.test' } }));
    await expect(asked).rejects.toThrow(/no mirror x\.test/);
  });
});

test.each(['a:99999', '1.2.3.4.5', 'a b'])('a registry at %s is an outcome', async (host) => {
  const client = registryClient();
  expect(client.provider(host)).toBe('generic');
  expect(client.routes(imageRef(host))).toHaveLength(1);
  expect(await client.resolve(imageRef(host), reading())).toMatchObject({ kind: 'unreachable', how: 'other' });
});

describe('the entry of an image', () => {
  const sites = createSites(
    [
      registrySetting('ghcr.io', { credential: credential('all'), appliesTo: ['dask-*'] }),
      registrySetting('ghcr.io', { pathPrefix: 'acme', credential: credential('acme') }),
      registrySetting('ghcr.io', { pathPrefix: 'acme/tools', endpoint: new URL('http://127.0.0.1:5000/tools') }),
      registrySetting('index.docker.io', { credential: credential('hub') }),
    ],
    [],
  );
  test.each([
    ['ghcr.io', true],
    ['docker.io', true],
    ['registry-1.docker.io', true],
    ['ghcr.io:443', false],
    ['ghcr.io.evil.example', false],
    ['quay.io', false],
  ])('%s is named by the configuration: %s', (registry, named) => {
    expect(sites.isConfigured(imageRef(registry, 'any/thing'))).toBe(named);
  });

  test('a mirror names its registry and itself', () => {
    const endpoint = new URL('https://mirror.example:8443/hub');
    const mirrored = createSites([], [{ cluster: 'dev-eu', registry: 'docker.io', endpoint }]);
    expect(mirrored.isConfigured(imageRef('docker.io'))).toBe(true);
    expect(mirrored.isConfigured(imageRef('mirror.example:8443'))).toBe(true);
    expect(mirrored.isConfigured(imageRef('mirror.example'))).toBe(false);
  });

  test('the narrowest entry decides where to connect; names remain the registry’s', () => {
    expect(sites.site(imageRef('ghcr.io', 'acme/tools/x'))).toMatchObject({
      host: 'ghcr.io',
      publicOrigin: 'https://ghcr.io',
      root: '/tools/v2',
      peer: { origin: 'http://127.0.0.1:5000', authority: 'ghcr.io', reach: 'any' },
    });
    expect(sites.site(imageRef('ghcr.io', 'acme/app')).peer).toEqual({
      origin: 'https://ghcr.io',
      authority: 'ghcr.io',
      reach: 'private',
    });
    expect(sites.site(imageRef('quay.io')).peer.reach).toBe('public');
    expect(sites.site(imageRef('docker.io')).peer.origin).toBe('https://registry-1.docker.io');
  });
});

test.each([
  { endpoint: undefined, url: 'https://registry.test/x', same: true },
  { endpoint: undefined, url: 'https://registry.test:8443/x', same: false },
  { endpoint: undefined, url: 'http://registry.test/x', same: false },
  { endpoint: undefined, url: 'https://registry.test.evil/x', same: false },
  { endpoint: 'http://127.0.0.1:5000', url: 'http://127.0.0.1:5000/x', same: true },
  { endpoint: 'http://127.0.0.1:5000', url: 'http://127.0.0.1:5001/x', same: false },
  { endpoint: 'http://127.0.0.1:5000', url: 'https://registry.test/x', same: true },
  { endpoint: 'http://127.0.0.1:5000', url: 'http://registry.test/x', same: true },
  { endpoint: 'https://10.0.0.1', url: 'http://registry.test/x', same: false },
])('$url stays at registry.test behind $endpoint: $same', ({ endpoint, url, same }) => {
  const setting = registrySetting('registry.test', endpoint === undefined ? {} : { endpoint: new URL(endpoint) });
  const site = createSites([setting], []).site(imageRef('registry.test'));
  expect(isSameSite(new URL(url), site)).toBe(same);
});
