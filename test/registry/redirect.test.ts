import { describe, expect, test } from 'vitest';
import { credential, imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { image, serve } from '../support/registry-images.ts';
import {
  type RegistryServer,
  type Reply,
  refusal,
  type SeenRequest,
  startRegistryServer,
} from '../support/registry-server.ts';

const HOST = 'registry.test';
const { manifest, config } = image({ os: 'linux', architecture: 'amd64' });
const to = (location: string): Reply => ({ status: 307, headers: { location } });
const basic = (answer: (request: SeenRequest) => Reply) => (request: SeenRequest) =>
  request.headers.authorization === undefined
    ? ({ status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } } as const)
    : answer(request);

async function client(origin: RegistryServer, others: readonly RegistryServer[] = []) {
  return registryClient({
    registries: [
      registrySetting(HOST, { endpoint: new URL(origin.origin) }),
      ...others.map(({ host, origin }) => registrySetting(host, { endpoint: new URL(origin) })),
    ],
  });
}

const as = reading({ credential: credential() });

describe('a manifest', () => {
  test.each([
    { name: 'a relative target', target: () => '/elsewhere' },
    { name: 'its own host name', target: () => `https://${HOST}/elsewhere` },
    { name: 'its endpoint', target: (own: string) => `${own}/elsewhere` },
  ])('moved within the site keeps the credential: $name', async ({ target }) => {
    let own = '';
    const server = await startRegistryServer(
      basic(({ url }) => (url === '/elsewhere' ? serve(manifest) : to(target(own)))),
    );
    own = server.origin;
    expect(await (await client(server)).resolve(imageRef(HOST), as)).toMatchObject({ kind: 'found' });
    expect(server.seen.at(-1)?.headers.authorization).toMatch(/^Basic /);
  });

  test('moved to another port is read there without the credential, even when redirected back', async () => {
    let back = '';
    const other = await startRegistryServer(({ url }) => (url === '/back' ? to(`${back}/home`) : serve(manifest)));
    const server = await startRegistryServer((request) =>
      request.url === '/home' ? serve(manifest) : basic(() => to(`${other.origin}/back`))(request),
    );
    back = server.origin;
    expect(await (await client(server, [other])).resolve(imageRef(HOST), as)).toMatchObject({ kind: 'found' });
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(server.seen.at(-1)?.url).toBe('/home');
    expect(server.seen.at(-1)?.headers.authorization).toBeUndefined();
  });

  test.each<{ readonly name: string; readonly reply: Reply }>([
    { name: 'a page', reply: { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html>' } },
    {
      name: 'a page behind a password',
      reply: { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' }, body: 'who are you' },
    },
    { name: 'a refusal', reply: refusal(403, 'DENIED', 'no') },
  ])('moved to another site that answers $name is not a registry', async ({ reply }) => {
    const other = await startRegistryServer(() => reply);
    const server = await startRegistryServer(() => to(`${other.origin}/login`));
    expect(await (await client(server, [other])).resolve(imageRef(HOST), as)).toMatchObject({
      kind: 'not-a-registry',
      url: `${other.origin}/login`,
    });
    expect(other.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('moved in circles', async () => {
    const server = await startRegistryServer(() => to('/again'));
    expect(await (await client(server)).resolve(imageRef(HOST), reading())).toMatchObject({
      kind: 'not-a-registry',
      sample: 'registry.test: more than 5 redirects',
    });
    expect(server.seen).toHaveLength(6);
  });

  test.each(['file:///etc/passwd', 'http://[', 'javascript:alert(1)'])('moved to %s', async (target) => {
    const server = await startRegistryServer(() => to(target));
    expect(await (await client(server)).resolve(imageRef(HOST), reading())).toMatchObject({
      kind: 'not-a-registry',
      status: 307,
    });
  });

  test('moved to a private address that is not configured', async () => {
    const other = await startRegistryServer(() => serve(manifest));
    const server = await startRegistryServer(() => to(`${other.origin}/x`));
    expect(await (await client(server)).resolve(imageRef(HOST), reading())).toMatchObject({
      kind: 'not-probed',
      why: 'guarded',
      message: expect.stringContaining(`registry: ${other.host}`),
    });
    expect(other.seen).toEqual([]);
  });
});

describe('a config blob', () => {
  test('is read from storage without the credential, and no message contains its signed URL', async () => {
    const storage = await startRegistryServer(() => serve(config));
    const server = await startRegistryServer(basic(() => to(`${storage.origin}/blob?sig=very-secret`)));
    const answer = await (await client(server, [storage])).config(imageRef(HOST), config.digest, as);
    expect(answer).toEqual({
      kind: 'ok',
      value: {
        digest: config.digest,
        platform: { os: 'linux', architecture: 'amd64' },
        created: '2026-01-02T03:04:05.000Z',
        revision: '88a216e',
        source: 'https://example.com/r',
        env: [],
      },
    });
    expect(storage.seen.map(({ headers, url }) => [headers.authorization, url])).toEqual([
      [undefined, '/blob?sig=very-secret'],
    ]);
  });

  test.each<{ readonly name: string; readonly reply: Reply; readonly expected: object }>([
    {
      name: 'other bytes',
      reply: serve(manifest),
      expected: { kind: 'bad-content', message: expect.stringContaining(manifest.digest) },
    },
    { name: 'nothing', reply: { status: 200 }, expected: { kind: 'not-a-registry' } },
    {
      name: 'a page',
      reply: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      expected: { kind: 'not-a-registry' },
    },
    {
      name: 'a refusal in XML',
      reply: {
        status: 403,
        headers: { 'content-type': 'application/xml' },
        body: '<Error><Code>AccessDenied</Code></Error>',
      },
      expected: { kind: 'forbidden', message: '<Error><Code>AccessDenied</Code></Error>' },
    },
    { name: 'no such blob', reply: { status: 404 }, expected: { kind: 'not-found', what: 'digest' } },
    { name: 'no answer', reply: 'destroy', expected: { kind: 'unreachable', how: 'reset' } },
  ])('storage that answers $name', async ({ reply, expected }) => {
    const storage = await startRegistryServer(() => reply);
    const server = await startRegistryServer(() => to(`${storage.origin}/blob?sig=very-secret`));
    const answer = await (await client(server, [storage])).config(imageRef(HOST), config.digest, reading());
    expect(answer).toMatchObject(expected);
    expect(JSON.stringify(answer)).not.toContain('very-secret');
  });

  test('whose digest cannot be verified is not requested', async () => {
    const server = await startRegistryServer(() => serve(config));
    expect(await (await client(server)).config(imageRef(HOST), 'md5:x', reading())).toMatchObject({
      kind: 'bad-content',
    });
    expect(server.seen).toEqual([]);
  });

  test('that isn’t the config of an image', async () => {
    const server = await startRegistryServer(() => serve(manifest));
    expect(await (await client(server)).config(imageRef(HOST), manifest.digest, reading())).toMatchObject({
      kind: 'bad-content',
      message: 'the blob is not the config of an image',
    });
  });
});
