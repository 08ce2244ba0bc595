import { describe, expect, test } from 'vitest';
import { realmPeer } from '../../src/registry/realm.ts';
import { createSites } from '../../src/registry/site.ts';
import { credential, imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { image, serve } from '../support/registry-images.ts';
import { json, type Reply, refusal, type SeenRequest, startRegistryServer } from '../support/registry-server.ts';
import { bearerRegistry } from '../support/registry-tokens.ts';

const HOST = 'registry.test';
const { manifest } = image({ os: 'linux', architecture: 'amd64' });
const ok = () => serve(manifest);

async function start(answer: (request: SeenRequest) => Reply, host = HOST) {
  const server = await startRegistryServer(answer);
  const endpoint = new URL(server.origin);
  const client = registryClient({ registries: [registrySetting(host, { endpoint })] });
  const asked = () => server.seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`);
  return { client, server, asked };
}

describe('the token service', () => {
  test.each<{ readonly name: string; readonly reply: Reply; readonly expected: object }>([
    {
      name: '401',
      reply: refusal(401, 'UNAUTHORIZED', 'bad password'),
      expected: { kind: 'unauthorized', stage: 'token', status: 401, code: 'UNAUTHORIZED', message: 'bad password' },
    },
    {
      name: '403 in Docker Hub style',
      reply: json(403, { details: 'incorrect username or password' }),
      expected: { kind: 'forbidden', stage: 'token', status: 403, message: 'incorrect username or password' },
    },
    {
      name: "400 in OAuth's words",
      reply: json(400, { error: 'invalid_grant', error_description: 'expired' }),
      expected: { kind: 'unauthorized', stage: 'token', code: 'invalid_grant', message: 'expired' },
    },
    {
      name: '429',
      reply: { status: 429, headers: { 'retry-after': '3' } },
      expected: { kind: 'rate-limited', retryAfterMs: 3000 },
    },
    { name: '500', reply: { status: 500 }, expected: { kind: 'server-error', status: 500 } },
    {
      name: 'a page',
      reply: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>login' },
      expected: { kind: 'not-a-registry', sample: '<html>login' },
    },
    { name: 'an empty body', reply: { status: 200 }, expected: { kind: 'not-a-registry' } },
    { name: 'no token in it', reply: json(200, { token: '' }), expected: { kind: 'bad-content' } },
    { name: 'other JSON', reply: json(200, []), expected: { kind: 'bad-content' } },
    {
      name: 'a redirect to a page',
      reply: { status: 302, headers: { location: '/login' } },
      expected: { kind: 'not-a-registry', status: 302 },
    },
    {
      name: 'a body over the cap',
      reply: { status: 200, body: Buffer.alloc(1_048_577, 32) },
      expected: { kind: 'bad-content', message: 'the response is larger than 1048576 bytes' },
    },
    { name: 'no answer', reply: 'destroy', expected: { kind: 'unreachable', how: 'reset' } },
  ])('$name', async ({ reply, expected }) => {
    const { client } = await start(bearerRegistry(ok, { token: () => reply }));
    const outcome = await client.resolve(imageRef(HOST), reading({ credential: credential() }));
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain('s3cret-pass');
  });

  test('that is not a URL is bad content', async () => {
    const challenge = 'Bearer realm="not a url",service="s"';
    const { client } = await start(() => ({ status: 401, headers: { 'www-authenticate': challenge } }));
    expect(await client.resolve(imageRef(HOST), reading())).toMatchObject({ kind: 'bad-content' });
  });
});

describe('an ACR refresh token', () => {
  const host = 'shop.azurecr.io';
  const refreshUser = '00000000-0000-0000-0000-000000000000';

  test('is exchanged by POST at the realm', async () => {
    const { client, server } = await start(
      bearerRegistry(ok, {
        service: host,
        token: ({ method }) => (method === 'POST' ? json(200, { access_token: 'acr-access' }) : { status: 401 }),
      }),
      host,
    );
    const how = reading({ credential: credential(refreshUser, 'refresh-me') });
    expect(await client.resolve(imageRef(host), how)).toMatchObject({ kind: 'found' });
    expect(server.seen[1]).toMatchObject({ method: 'POST', url: '/token' });
    expect(server.seen[1]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(server.seen[1]?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-me',
      service: host,
      scope: 'repository:team/app:pull',
      client_id: 'imagecheck',
    });
  });

  test('is sent as a password where POST is not supported', async () => {
    const { client, asked } = await start(
      bearerRegistry(ok, {
        token: ({ method }) => (method === 'POST' ? { status: 405 } : json(200, { access_token: 'acr-access' })),
      }),
      host,
    );
    const how = reading({ credential: credential(refreshUser, 'refresh-me') });
    expect(await client.resolve(imageRef(host), how)).toMatchObject({ kind: 'found' });
    expect(asked().filter((one) => one.endsWith('/token'))).toEqual(['POST /token', 'GET /token']);
  });

  test('a user name and password are sent without a POST', async () => {
    const { client, asked } = await start(
      bearerRegistry(ok, { token: () => json(200, { access_token: 'acr-access' }) }),
      host,
    );
    expect(await client.resolve(imageRef(host), reading({ credential: credential() }))).toMatchObject({
      kind: 'found',
    });
    expect(asked()[1]).toBe('GET /token');
  });
});

describe('credentials go only where they belong', () => {
  const foreign = (realm: string) => bearerRegistry(ok, { realm });

  test('a foreign realm gets no credential, and the message names the line to add', async () => {
    const server = await startRegistryServer(foreign('https://auth.other.test/token'));
    const registries = [registrySetting(HOST, { endpoint: new URL(server.origin) })];
    const client = registryClient({ registries, resolveName: never });
    expect(await client.resolve(imageRef(HOST), reading({ credential: credential() }))).toEqual({
      kind: 'not-probed',
      why: 'realm-not-allowed',
      message:
        'registry.test wants its tokens fetched from auth.other.test, which nothing names as its token service; if that is right, add "tokenRealm: auth.other.test" to the registry "entry registry.test" in the configuration',
    });
    expect(server.seen).toHaveLength(1);
  });

  test('for an unconfigured registry, the message names the whole entry', () => {
    const sites = createSites([], []);
    const site = sites.site(imageRef('quay.example'));
    const judge = (realm: string, withCredential: boolean) =>
      realmPeer(new URL(realm), site, { withCredential, sites });
    expect(judge('https://auth.other.test/token', true)).toMatchObject({
      why: 'realm-not-allowed',
      message: expect.stringContaining(
        'add an entry with "registry: quay.example" and "tokenRealm: auth.other.test" under registries',
      ),
    });
    expect(judge('https://quay.example/v2/auth', true)).toEqual(site.peer);
    expect(judge('https://quay.example:8443/v2/auth', true)).toMatchObject({ why: 'realm-not-allowed' });
    expect(judge('http://quay.example/v2/auth', true)).toMatchObject({ why: 'realm-not-allowed' });
    expect(judge('http://auth.other.test/token', false)).toMatchObject({ why: 'realm-not-allowed' });
    expect(judge('https://auth.other.test/token', false)).toEqual({
      origin: 'https://auth.other.test',
      authority: 'auth.other.test',
      reach: 'public',
    });
  });

  test('a foreign realm at a private address is not contacted', async () => {
    const server = await startRegistryServer(foreign('https://auth.other.test/token'));
    const client = registryClient({
      registries: [registrySetting(HOST, { endpoint: new URL(server.origin) })],
      resolveName: async () => ['10.0.0.1'],
    });
    expect(await client.resolve(imageRef(HOST), reading())).toMatchObject({
      kind: 'not-probed',
      why: 'guarded',
      message: expect.stringContaining('auth.other.test (10.0.0.1) is a private or loopback address'),
    });
  });

  test('a realm that the configuration names is contacted', async () => {
    const auth = await startRegistryServer(() => json(200, { token: 'from-auth' }));
    const server = await startRegistryServer(foreign(`${auth.origin}/token`));
    const client = registryClient({
      registries: [registrySetting(HOST, { endpoint: new URL(server.origin), tokenRealms: [auth.host] })],
    });
    expect(await client.resolve(imageRef(HOST), reading({ credential: credential() }))).toMatchObject({
      kind: 'found',
    });
    expect(auth.seen[0]?.headers.authorization).toMatch(/^Basic /);
  });

  test("Docker Hub's own realm is part of the registry, even behind an endpoint", async () => {
    const { client, server } = await start(foreign('https://auth.docker.io/token'), 'docker.io');
    expect(
      await client.resolve(imageRef('docker.io', 'library/nginx'), reading({ credential: credential() })),
    ).toMatchObject({
      kind: 'found',
    });
    expect(server.seen.map(({ headers }) => headers.host)).toEqual([
      'registry-1.docker.io',
      'auth.docker.io',
      'registry-1.docker.io',
    ]);
  });
});

async function never(hostname: string): Promise<readonly string[]> {
  throw new Error(`nothing may resolve ${hostname}`);
}
