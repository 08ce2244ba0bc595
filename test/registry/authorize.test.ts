import { describe, expect, test } from 'vitest';
import { createRegistryClient } from '../../src/registry/client.ts';
import { createKeychain } from '../../src/registry/keychain.ts';
import { clock, credential, imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { image, serve } from '../support/registry-images.ts';
import { json, type Reply, refusal, type SeenRequest, startRegistryServer } from '../support/registry-server.ts';
import { bearerRegistry, challengeFor, jwt } from '../support/registry-tokens.ts';

const HOST = 'registry.test';
const { manifest } = image({ os: 'linux', architecture: 'amd64' });
const ok = () => serve(manifest);

async function start(answer: (request: SeenRequest) => Reply, host = HOST) {
  const time = clock();
  const server = await startRegistryServer(answer);
  const endpoint = new URL(server.origin);
  const client = registryClient({ registries: [registrySetting(host, { endpoint })], now: time.now });
  const asked = () => server.seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`);
  return { client, server, time, asked };
}

describe('Bearer', () => {
  test('a new registry costs three requests in a row, a known one two per image and credential', async () => {
    const { client, asked, server } = await start(bearerRegistry(ok));
    expect(await client.resolve(imageRef(HOST), reading())).toMatchObject({ kind: 'found' });
    const manifests = 'HEAD /v2/team/app/manifests/v1';
    expect(asked()).toEqual([manifests, 'GET /token', manifests]);
    server.seen.length = 0;
    await client.resolve(imageRef(HOST, 'team/other'), reading());
    expect(asked()).toEqual(['GET /token', 'HEAD /v2/team/other/manifests/v1']);
    server.seen.length = 0;
    await client.resolve(imageRef(HOST, 'team/other', { tag: 'v2' }), reading());
    expect(asked()).toEqual(['HEAD /v2/team/other/manifests/v2']);
    server.seen.length = 0;
    await client.resolve(imageRef(HOST, 'team/other', { tag: 'v2' }), reading({ credential: credential() }));
    expect(asked()).toEqual(['GET /token', 'HEAD /v2/team/other/manifests/v2']);
  });

  test('many images of a new registry wait for the first one to learn what it demands', async () => {
    const { client, asked } = await start(bearerRegistry(ok));
    const names = Array.from({ length: 20 }, (_, number) => `team/app-${number}`);
    const outcomes = await Promise.all(names.map((name) => client.resolve(imageRef(HOST, name), reading())));
    expect(outcomes.every(({ kind }) => kind === 'found')).toBe(true);
    expect(asked()).toHaveLength(1 + 20 * 2);
  });

  test('the token is requested with service, scope and password, and only the token goes to the registry', async () => {
    const { client, server } = await start(bearerRegistry(ok));
    await client.resolve(imageRef(HOST), reading({ credential: credential('ana', 'p:w') }));
    const [first, token, last] = server.seen;
    expect(first?.headers.authorization).toBeUndefined();
    expect(token?.url).toBe('/token?service=registry.test&scope=repository%3Ateam%2Fapp%3Apull');
    expect(token?.headers.host).toBe(HOST);
    expect(token?.headers.authorization).toBe(`Basic ${Buffer.from('ana:p:w').toString('base64')}`);
    expect(last?.headers.authorization).toBe('Bearer token-1-of-the-registry');
  });

  test.each([
    { name: 'expires_in', body: () => ({ token: 'opaque-token', expires_in: 300 }), fresh: 290_000, stale: 296_000 },
    { name: '60 s when no lifetime is given', body: () => ({ token: 'opaque-token' }), fresh: 54_000, stale: 56_000 },
    {
      name: 'the exp of a JWT, ACR style',
      body: (now: Date) => ({ access_token: jwt({ exp: now.getTime() / 1000 + 4500 }) }),
      fresh: 4_490_000,
      stale: 4_496_000,
    },
  ])('a token is used until $name', async ({ body, fresh, stale }) => {
    const now = new Date('2026-05-01T00:00:00Z');
    const { client, asked, time } = await start(bearerRegistry(ok, { token: () => json(200, body(now)) }));
    const count = () => asked().filter((one) => one === 'GET /token').length;
    await client.resolve(imageRef(HOST), reading());
    time.forward(fresh);
    await client.resolve(imageRef(HOST), reading());
    expect(count()).toBe(1);
    time.forward(stale - fresh);
    await client.resolve(imageRef(HOST, 'team/app', { tag: 'v2' }), reading());
    expect(count()).toBe(2);
  });

  test('a token that the registry no longer accepts is replaced once', async () => {
    let revoked = false;
    const { client, time } = await start(
      bearerRegistry(
        (request, token) =>
          revoked && token.startsWith('token-1')
            ? refusal(401, 'UNAUTHORIZED', 'x', {
                'www-authenticate': challengeFor(request, { error: 'invalid_token' }),
              })
            : ok(),
        { token: (_, count) => json(200, { token: `token-${count}`, expires_in: 3600 }) },
      ),
    );
    await client.resolve(imageRef(HOST), reading());
    revoked = true;
    time.forward(31_000);
    expect(await client.resolve(imageRef(HOST), reading())).toMatchObject({ kind: 'found' });
  });

  test('a fresh token that is not sufficient ends the probe, and is not requested again', async () => {
    const { client, asked } = await start(
      bearerRegistry((request) =>
        refusal(401, 'UNAUTHORIZED', 'access to the requested resource is not authorized', {
          'www-authenticate': challengeFor(request, { error: 'insufficient_scope' }),
        }),
      ),
    );
    expect(await client.resolve(imageRef(HOST), reading({ credential: credential() }))).toEqual({
      kind: 'unauthorized',
      stage: 'request',
      status: 401,
      code: 'UNAUTHORIZED',
      message: 'access to the requested resource is not authorized',
    });
    expect(asked().filter((one) => one === 'GET /token')).toHaveLength(1);
  });

  test('a registry that demands a different scope for listing gets a second token, and the first is kept for pulling', async () => {
    const answer = bearerRegistry(
      (request, token) => {
        const lists = request.url.includes('/tags/list');
        if (lists !== token.includes('metadata_read')) {
          const scope = `repository:team/app:${lists ? 'metadata_read' : 'pull'}`;
          const challenge = `Bearer realm="https://${HOST}/token",service="s",scope="${scope}"`;
          return refusal(401, 'UNAUTHORIZED', 'x', { 'www-authenticate': challenge });
        }
        return lists ? json(200, { tags: ['v1'] }) : ok();
      },
      { service: 's', token: ({ url }) => json(200, { token: url, expires_in: 900 }) },
    );
    const { client, asked, time } = await start(answer);
    for (const tag of ['v1', 'v2']) {
      expect(await client.resolve(imageRef(HOST, 'team/app', { tag }), reading())).toMatchObject({ kind: 'found' });
      expect(await client.tags(imageRef(HOST), reading())).toEqual({ kind: 'ok', value: ['v1'] });
      time.forward(31_000);
    }
    expect(asked().filter((one) => one === 'GET /token')).toHaveLength(2);
  });

  test('a scope for another repository is not requested', async () => {
    const challenge = `Bearer realm="https://${HOST}/token",service="s",scope="repository:victim/secret:pull"`;
    const { client, server } = await start(({ url, headers }) => {
      if (url.startsWith('/token')) return json(200, { token: 'opaque-token' });
      return headers.authorization === undefined ? { status: 401, headers: { 'www-authenticate': challenge } } : ok();
    });
    await client.resolve(imageRef(HOST), reading({ credential: credential() }));
    expect(server.seen[1]?.url).toBe('/token?service=s&scope=repository%3Ateam%2Fapp%3Apull');
  });

  test('public repositories of a registry are read without a token', async () => {
    const { client } = await start((request) => {
      if (request.url.startsWith('/token')) return refusal(401, 'UNAUTHORIZED', 'no anonymous tokens');
      if (request.url.includes('/open/')) return ok();
      return { status: 401, headers: { 'www-authenticate': challengeFor(request) } };
    });
    expect(await client.resolve(imageRef(HOST, 'closed/app'), reading())).toMatchObject({
      kind: 'unauthorized',
      stage: 'token',
      message: 'no anonymous tokens',
    });
    expect(await client.resolve(imageRef(HOST, 'open/app'), reading())).toMatchObject({ kind: 'found' });
    expect(await client.resolve(imageRef(HOST, 'closed/other'), reading())).toMatchObject({
      kind: 'unauthorized',
      stage: 'token',
    });
  });
});

describe('Basic', () => {
  const basic = (request: SeenRequest): Reply =>
    request.headers.authorization === `Basic ${Buffer.from('bot:s3cret-pass').toString('base64')}`
      ? ok()
      : { status: 401, headers: { 'www-authenticate': 'BASIC realm="test"' }, body: 'Not Authorized\n' };

  test('is also learned, and sent with the first request from then on', async () => {
    const { client, asked, server } = await start(basic);
    const as = reading({ credential: credential() });
    expect(await client.resolve(imageRef(HOST), as)).toMatchObject({ kind: 'found' });
    expect(server.seen).toHaveLength(2);
    await client.resolve(imageRef(HOST, 'team/other'), as);
    expect(asked().slice(2)).toEqual(['HEAD /v2/team/other/manifests/v1']);
  });

  test.each([
    { name: 'nobody', how: reading() },
    { name: 'the wrong password', how: reading({ credential: credential('bot', 'wrong') }) },
  ])('refuses $name', async ({ how }) => {
    const { client } = await start(basic);
    const expected = { kind: 'unauthorized', stage: 'request', status: 401, message: 'Not Authorized' };
    expect(await client.resolve(imageRef(HOST), how)).toEqual(expected);
  });
});

test('two clients share nothing', async () => {
  const server = await startRegistryServer(bearerRegistry(ok));
  const options = {
    registries: [registrySetting(HOST, { endpoint: new URL(server.origin) })],
    mirrors: [],
    proxy: {},
    keychain: createKeychain({ registries: [], now: () => new Date() }),
    now: () => new Date(),
  };
  for (const client of [createRegistryClient(options), createRegistryClient(options)]) {
    await client.resolve(imageRef(HOST), reading());
    await client.close();
  }
  expect(server.seen).toHaveLength(6);
});
