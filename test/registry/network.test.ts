import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RegistrySetting } from '../../src/model/settings/settings.ts';
import type { RegistryClientOptions } from '../../src/registry/client.ts';
import { networkFailure } from '../../src/registry/network-failure.ts';
import { imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { image, serve } from '../support/registry-images.ts';
import { type Reply, startRegistryServer } from '../support/registry-server.ts';
import { type Authority, createAuthority } from '../support/registry-tls.ts';

const { manifest } = image({ os: 'linux', architecture: 'amd64' });

/** Probes a host with that configuration; all names resolve to loopback. */
function probe(host: string, setting: Partial<RegistrySetting>, options: Partial<RegistryClientOptions> = {}) {
  const client = registryClient({
    registries: [registrySetting(host, setting)],
    resolveName: async () => ['127.0.0.1'],
    ...options,
  });
  return client.resolve(imageRef(host), reading());
}

async function rawServer(onConnection: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(onConnection);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('no answer', () => {
  test('a name that does not resolve', async () => {
    const client = registryClient({ timeouts: { connectMs: 10_000 } });
    expect(await client.resolve(imageRef('no-such-host.invalid'), reading())).toMatchObject({
      kind: 'unreachable',
      how: 'dns',
      url: 'https://no-such-host.invalid/v2/team/app/manifests/v1',
    });
  });

  test('a closed port', async () => {
    const server = await startRegistryServer(() => ({ status: 200 }));
    await server.close();
    expect(await probe('registry.test', { endpoint: new URL(server.origin) })).toMatchObject({
      kind: 'unreachable',
      how: 'refused',
      message: expect.stringContaining('registry.test: the connection was refused'),
    });
  });

  test('a closed connection, after a second try', async () => {
    const server = await startRegistryServer(() => 'destroy');
    expect(await probe('registry.test', { endpoint: new URL(server.origin) })).toMatchObject({ how: 'reset' });
    expect(server.seen).toHaveLength(2);
  });

  test('a connection that breaks once', async () => {
    let died = false;
    const server = await startRegistryServer(() => {
      if (died) return serve(manifest);
      died = true;
      return 'destroy';
    });
    expect(await probe('registry.test', { endpoint: new URL(server.origin) })).toMatchObject({ kind: 'found' });
  });

  test.each([
    { name: 'headers', timeouts: { headersMs: 50 } },
    { name: 'the whole request', timeouts: { totalMs: 50 } },
  ])('$name that never come', async ({ timeouts }) => {
    const server = await startRegistryServer(() => 'hang');
    expect(await probe('registry.test', { endpoint: new URL(server.origin) }, { timeouts })).toMatchObject({
      kind: 'unreachable',
      how: 'timeout',
    });
  });

  test('a body that stops', async () => {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${manifest.mediaType}\r\ncontent-length: 1000\r\n\r\n{`;
    const port = await rawServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => socket.write(data.toString().startsWith('HEAD') ? 'HTTP/1.1 405 No\r\n\r\n' : head));
    });
    const endpoint = new URL(`http://127.0.0.1:${port}`);
    expect(await probe('registry.test', { endpoint }, { timeouts: { bodyMs: 50 } })).toMatchObject({ how: 'timeout' });
  });

  test('a body that drips for ever', async () => {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${manifest.mediaType}\r\ncontent-length: 100000\r\n\r\n{`;
    const port = await rawServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        socket.write(data.toString().startsWith('HEAD') ? 'HTTP/1.1 405 No\r\n\r\n' : head);
        const drip = setInterval(() => socket.write(' '), 20);
        socket.on('close', () => clearInterval(drip));
      });
    });
    const endpoint = new URL(`http://127.0.0.1:${port}`);
    const outcome = await probe('registry.test', { endpoint }, { timeouts: { totalMs: 300 } });
    expect(outcome).toMatchObject({ kind: 'unreachable', how: 'timeout' });
  });

  test('steps that are each in time: a token, redirects and a body share one limit', async () => {
    const server = await startRegistryServer(async ({ url, headers }) => {
      await wait(200);
      const realm = `${server.origin}/token`;
      if (url.startsWith('/token')) return { status: 200, body: '{"token":"t"}' };
      if (headers.authorization === undefined) {
        return { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",service="s"` } };
      }
      return url.includes('moved') ? serve(manifest) : { status: 307, headers: { location: `${url}?moved` } };
    });
    const endpoint = new URL(server.origin);
    const started = performance.now();
    expect(await probe('registry.test', { endpoint }, { timeouts: { totalMs: 500 } })).toMatchObject({
      kind: 'unreachable',
      how: 'timeout',
      message: 'registry.test: no answer in time (the whole request took longer than 0.5 s)',
    });
    expect(performance.now() - started).toBeLessThan(780);
    expect(await probe('registry.test', { endpoint }, { timeouts: { totalMs: 5000 } })).toMatchObject({
      kind: 'found',
    });
  });

  test('from a host that has been silent is not waited for by everybody', async () => {
    let silent = true;
    const server = await startRegistryServer(() => (silent ? 'hang' : serve(manifest)));
    const client = registryClient({
      registries: [registrySetting('registry.test', { endpoint: new URL(server.origin) })],
      timeouts: { totalMs: 400 },
    });
    const ask = async (name: string) => {
      const started = performance.now();
      const outcome = await client.resolve(imageRef('registry.test', name), reading());
      return { outcome, waitedMs: performance.now() - started };
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(ask));
    const [tried, ...others] = await Promise.all(['e', 'f', 'g', 'h'].map(ask));
    expect(tried?.waitedMs).toBeGreaterThan(350);
    for (const { outcome, waitedMs } of others) {
      expect(outcome).toMatchObject({
        kind: 'unreachable',
        how: 'timeout',
        message: expect.stringContaining('last 4'),
      });
      expect(waitedMs).toBeLessThan(200);
    }
    silent = false;
    for (const name of ['i', 'j']) expect((await ask(name)).outcome).toMatchObject({ kind: 'found' });
    expect((await Promise.all(['k', 'l'].map(ask))).map(({ outcome }) => outcome.kind)).toEqual(['found', 'found']);
  });

  test('something that is not HTTP', async () => {
    const port = await rawServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('220 mail.test ESMTP\r\n');
    });
    const endpoint = new URL(`http://127.0.0.1:${port}`);
    expect(await probe('registry.test', { endpoint })).toMatchObject({ kind: 'unreachable', how: 'other' });
  });

  test("the caller's deadline", async () => {
    const server = await startRegistryServer(() => 'hang');
    const client = registryClient({
      registries: [registrySetting('registry.test', { endpoint: new URL(server.origin) })],
    });
    const abort = new AbortController();
    const probing = client.resolve(imageRef('registry.test'), { signal: abort.signal });
    await expect.poll(() => server.seen.length).toBe(1);
    abort.abort();
    const expected = { kind: 'not-probed', why: 'deadline' };
    expect(await probing).toMatchObject(expected);
    expect(await client.resolve(imageRef('registry.test'), { signal: abort.signal })).toMatchObject(expected);
    expect(server.seen).toHaveLength(1);
  });
});

describe('TLS', () => {
  let authority: Authority;
  beforeAll(() => {
    authority = createAuthority();
  });
  const answer = (): Reply => serve(manifest);

  test('an unknown authority is not trusted; a configured one is', async () => {
    const server = await startRegistryServer(answer, authority.issue(['registry.test']));
    const host = `registry.test:${server.port}`;
    expect(await probe(host, {})).toMatchObject({ kind: 'unreachable', how: 'tls-untrusted' });
    expect(await probe(host, { ca: authority.ca })).toMatchObject({ kind: 'found', digest: manifest.digest });
  });

  test('a certificate for another name, or an expired one', async () => {
    const other = await startRegistryServer(answer, authority.issue(['other.test']));
    expect(await probe(`registry.test:${other.port}`, { ca: authority.ca })).toMatchObject({ how: 'tls-name' });
    const old = authority.issue(['registry.test'], { from: '20240101000000Z', to: '20240201000000Z' });
    const expired = await startRegistryServer(answer, old);
    expect(await probe(`registry.test:${expired.port}`, { ca: authority.ca })).toMatchObject({ how: 'tls-expired' });
  });

  test.each(['registry.test', '127.0.0.1', 'mirror.test'])(
    'an endpoint may show a certificate for %s',
    async (name) => {
      const server = await startRegistryServer(answer, authority.issue([name]));
      const target = name === 'mirror.test' ? name : '127.0.0.1';
      const endpoint = new URL(`https://${target}:${server.port}`);
      expect(await probe('registry.test', { endpoint, ca: authority.ca })).toMatchObject({ kind: 'found' });
      expect(server.seen[0]?.headers.host).toBe('registry.test');
    },
  );

  test('an endpoint with a certificate for another host', async () => {
    const server = await startRegistryServer(answer, authority.issue(['other.test']));
    const endpoint = new URL(server.origin);
    expect(await probe('registry.test', { endpoint, ca: authority.ca })).toMatchObject({ how: 'tls-name' });
  });

  test('plain HTTP where TLS was expected', async () => {
    const server = await startRegistryServer(answer);
    expect(await probe(`registry.test:${server.port}`, {})).toMatchObject({
      kind: 'unreachable',
      how: 'http-on-https',
    });
  });
});

describe('the address guard', () => {
  test.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '169.254.169.254',
    'localhost',
  ])('%s is not asked when nobody configured it', async (host) => {
    const server = await startRegistryServer(() => serve(manifest));
    const client = registryClient();
    const outcome = await client.resolve(imageRef(`${host}:${server.port}`), reading());
    expect(outcome).toMatchObject({
      kind: 'not-probed',
      why: 'guarded',
      message: expect.stringContaining('registry: '),
    });
    expect(server.seen).toHaveLength(0);
  });

  test('a configured registry can be restricted to public addresses', async () => {
    const server = await startRegistryServer(() => serve(manifest));
    const outcome = await probe('registry.test', { endpoint: new URL(server.origin), allowPrivateAddresses: false });
    expect(outcome).toMatchObject({ kind: 'not-probed', why: 'guarded' });
  });

  test('a configured name that resolves to the metadata service is not contacted', async () => {
    const outcome = await probe('registry.test', {}, { resolveName: async () => ['169.254.169.254'] });
    expect(outcome).toMatchObject({ kind: 'not-probed', why: 'guarded' });
  });

  test('the connection goes to the address that was checked, not to what a second lookup says', async () => {
    const server = await startRegistryServer(() => serve(manifest));
    let lookups = 0;
    const resolveName = async () => {
      lookups += 1;
      return lookups === 1 ? ['192.0.2.1', '10.0.0.1'] : ['127.0.0.1'];
    };
    const client = registryClient({ resolveName, timeouts: { connectMs: 100, totalMs: 500 } });
    const outcome = await client.resolve(imageRef(`registry.test:${server.port}`), reading());
    expect(outcome).toMatchObject({ kind: 'unreachable' });
    expect([lookups, server.seen.length]).toEqual([1, 0]);
  });
});

test.each([
  { error: 'a string', how: 'other' },
  { error: undefined, how: 'other' },
  { error: Object.assign(new Error('x'), { code: 'EPROTO' }), how: 'tls-other' },
  { error: new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]), how: 'refused' },
  { error: new Error('outer', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) }), how: 'dns' },
])('anything thrown is an outcome: $error', ({ error, how }) => {
  const context = { url: 'https://registry.test/', host: 'registry.test', proxied: false };
  expect(networkFailure(error, context)).toMatchObject({ kind: 'unreachable', how });
});
