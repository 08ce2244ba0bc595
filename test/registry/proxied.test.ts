import { beforeAll, expect, test } from 'vitest';
import { imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { image, serve } from '../support/registry-images.ts';
import { startProxy } from '../support/registry-proxy.ts';
import { startRegistryServer } from '../support/registry-server.ts';
import { type Authority, createAuthority } from '../support/registry-tls.ts';

const { manifest } = image({ os: 'linux', architecture: 'amd64' });
const HOST = 'registry.test';
const USER = `Basic ${Buffer.from('user:pw').toString('base64')}`;

let authority: Authority;
beforeAll(() => {
  authority = createAuthority();
});

const notHere = async () => {
  throw Object.assign(new Error('only the proxy resolves names'), { code: 'ENOTFOUND' });
};

test('HTTPS goes through a CONNECT tunnel, by name, with the certificate checked inside', async () => {
  const server = await startRegistryServer(() => serve(manifest), authority.issue([HOST]));
  const proxy = await startProxy(server.port);
  const trusting = registryClient({
    registries: [registrySetting(HOST, { ca: authority.ca })],
    proxy: { httpsProxy: proxy.url },
    resolveName: notHere,
  });
  expect(await trusting.resolve(imageRef(HOST), reading())).toMatchObject({ kind: 'found' });
  expect(proxy.seen).toEqual([{ method: 'CONNECT', target: `${HOST}:443`, authorization: USER }]);
  expect(server.seen[0]?.headers['proxy-authorization']).toBeUndefined();

  const doubting = registryClient({ proxy: { httpsProxy: proxy.url }, resolveName: notHere });
  expect(await doubting.resolve(imageRef(HOST), reading())).toMatchObject({ how: 'tls-untrusted' });
});

test('plain HTTP of an endpoint goes through its own proxy', async () => {
  const server = await startRegistryServer(() => serve(manifest));
  const proxy = await startProxy(server.port);
  const client = registryClient({
    registries: [registrySetting(HOST, { endpoint: new URL('http://plain.test:5000') })],
    proxy: { httpProxy: proxy.url, httpsProxy: 'http://127.0.0.1:1' },
    resolveName: notHere,
  });
  expect(await client.resolve(imageRef(HOST), reading())).toMatchObject({ kind: 'found' });
  expect(proxy.seen[0]?.target).toBe('http://plain.test:5000/v2/team/app/manifests/v1');
});

test('a name that does not resolve here reaches it only if the configuration lets it, or names it', async () => {
  const server = await startRegistryServer(() => serve(manifest), authority.issue([HOST]));
  const proxy = await startProxy(server.port);
  const setting = { httpsProxy: proxy.url, unresolvedNames: 'refuse' as const };
  const strict = registryClient({ proxy: setting, resolveName: notHere });
  expect(await strict.resolve(imageRef(HOST), reading())).toMatchObject({
    kind: 'not-probed',
    why: 'guarded',
    message: expect.stringContaining(`${HOST} does not resolve here`),
  });
  expect(proxy.seen).toEqual([]);
  const named = registryClient({
    registries: [registrySetting(HOST, { ca: authority.ca })],
    proxy: setting,
    resolveName: notHere,
  });
  expect(await named.resolve(imageRef(HOST), reading())).toMatchObject({ kind: 'found' });
});

test('NO_PROXY bypasses it', async () => {
  const server = await startRegistryServer(() => serve(manifest), authority.issue([HOST]));
  const proxy = await startProxy(server.port);
  const host = `${HOST}:${server.port}`;
  const client = registryClient({
    registries: [registrySetting(host, { ca: authority.ca })],
    proxy: { httpsProxy: proxy.url, noProxy: `.other.test,test:${server.port}` },
    resolveName: async () => ['127.0.0.1'],
  });
  expect(await client.resolve(imageRef(host), reading())).toMatchObject({ kind: 'found' });
  expect(proxy.seen).toEqual([]);
});

test.each([403, 407, 502])('a proxy that refuses with %i', async (status) => {
  const proxy = await startProxy(1, status);
  const client = registryClient({ proxy: { httpsProxy: proxy.url }, resolveName: notHere });
  const outcome = await client.resolve(imageRef(HOST), reading());
  expect(outcome).toMatchObject({ kind: 'unreachable', how: 'proxy' });
  expect(JSON.stringify(outcome)).not.toContain('pw');
});

test('a proxy that does not exist', async () => {
  const client = registryClient({ proxy: { httpsProxy: 'http://127.0.0.1:1' }, resolveName: notHere });
  expect(await client.resolve(imageRef(HOST), reading())).toMatchObject({ kind: 'unreachable', how: 'proxy' });
});

test.each([
  { host: '10.0.0.1', resolveName: notHere },
  { host: 'inside.test', resolveName: async () => ['10.0.0.1'] },
])('the guard holds for $host behind a proxy', async ({ host, resolveName }) => {
  const proxy = await startProxy(1);
  const client = registryClient({ proxy: { httpsProxy: proxy.url }, resolveName });
  expect(await client.resolve(imageRef(host), reading())).toMatchObject({ kind: 'not-probed', why: 'guarded' });
  expect(proxy.seen).toEqual([]);
});
