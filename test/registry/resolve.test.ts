import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ImageRef } from '../../src/model/image/image.ts';
import { credential, imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { blob, image, serve } from '../support/registry-images.ts';
import { json, type Reply, refusal, type SeenRequest, startRegistryServer } from '../support/registry-server.ts';

const HOST = 'registry.test';
const { manifest } = image({ os: 'linux', architecture: 'amd64' });

/** Probes `registry.test/team/app:v1` at a server that gives this response. */
async function probe(answer: (request: SeenRequest) => Reply, ref: Partial<ImageRef> = { tag: 'v1' }) {
  const server = await startRegistryServer(answer);
  const client = registryClient({ registries: [registrySetting(HOST, { endpoint: new URL(server.origin) })] });
  const outcome = await client.resolve(imageRef(HOST, 'team/app', ref), reading());
  return { outcome, asked: server.seen.map(({ method, url }) => `${method} ${url}`), seen: server.seen, client };
}

describe('a HEAD', () => {
  test('finds a tag with one request that accepts all four types and names the registry as host', async () => {
    const { outcome, asked, seen } = await probe(() => serve(manifest));
    expect(outcome).toEqual({
      kind: 'found',
      digest: manifest.digest,
      mediaType: manifest.mediaType,
      sizeBytes: manifest.content.length,
    });
    expect(asked).toEqual(['HEAD /v2/team/app/manifests/v1']);
    expect(seen[0]?.headers.host).toBe(HOST);
    expect(seen[0]?.headers.accept).toBe(
      'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, */*;q=0.1',
    );
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  test('asks for the digest when there is one, and for latest when there is neither', async () => {
    const both = await probe(() => serve(manifest), { tag: 'v1', digest: manifest.digest });
    expect(both.asked).toEqual([`HEAD /v2/team/app/manifests/${manifest.digest}`]);
    expect((await probe(() => serve(manifest), {})).asked).toEqual(['HEAD /v2/team/app/manifests/latest']);
  });

  test('that names a different digest from the one requested is bad content', async () => {
    const other = `sha256:${'a'.repeat(64)}`;
    const { outcome } = await probe(() => serve(manifest), { digest: other });
    expect(outcome).toMatchObject({
      kind: 'bad-content',
      message: `asked for ${other}, the registry returned ${manifest.digest}`,
    });
  });
});

describe('a HEAD that is not enough is followed by a GET', () => {
  const headless = (answer: Reply) => (request: SeenRequest) => (request.method === 'HEAD' ? answer : serve(manifest));
  const typed = { 'content-type': manifest.mediaType };
  test.each<{ readonly name: string; readonly head: Reply }>([
    { name: '405', head: { status: 405 } },
    { name: '501', head: { status: 501 } },
    { name: 'no digest', head: { status: 200, headers: typed } },
    {
      name: 'a digest of unknown form',
      head: { status: 200, headers: { ...typed, 'docker-content-digest': 'md5:1' } },
    },
  ])('$name', async ({ head }) => {
    const { outcome, asked } = await probe(headless(head));
    expect(outcome).toMatchObject({ kind: 'found', digest: manifest.digest, sizeBytes: manifest.content.length });
    expect(asked).toEqual(['HEAD /v2/team/app/manifests/v1', 'GET /v2/team/app/manifests/v1']);
  });

  test('a GET without a digest header is hashed here', async () => {
    const { outcome } = await probe(({ method }) =>
      method === 'HEAD' ? { status: 405 } : { status: 200, headers: typed, body: manifest.content },
    );
    expect(outcome).toMatchObject({ kind: 'found', digest: manifest.digest });
  });

  test('SHA-512 digests are verified too', async () => {
    const digest = `sha512:${createHash('sha512').update(manifest.content).digest('hex')}`;
    const { outcome } = await probe(
      ({ method }) => (method === 'HEAD' ? { status: 405 } : serve({ ...manifest, digest })),
      { digest },
    );
    expect(outcome).toMatchObject({ kind: 'found', digest });
  });

  test.each([
    {
      name: 'the header claims another digest',
      ref: { tag: 'v1' },
      reply: serve({ ...manifest, digest: blob('x', '').digest }),
    },
    { name: 'another digest was asked for', ref: { digest: blob('y', '').digest }, reply: serve(manifest) },
  ])('bad content when $name', async ({ ref, reply }) => {
    const { outcome } = await probe(({ method }) => (method === 'HEAD' ? { status: 405 } : reply), ref);
    expect(outcome).toMatchObject({ kind: 'bad-content', message: expect.stringContaining(manifest.digest) });
  });
});

describe('responses that do not follow the protocol', () => {
  const page = '<!DOCTYPE html><title>Sign in</title><script>1</script>';
  const html = { 'content-type': 'text/html; charset=utf-8' };
  test.each<{ readonly name: string; readonly reply: Reply; readonly expected: object }>([
    {
      name: 'a page',
      reply: { status: 200, headers: html, body: page },
      expected: { kind: 'not-a-registry', status: 200, contentType: 'text/html', sample: page.slice(0, 80) },
    },
    {
      name: 'a page without a type',
      reply: { status: 200, body: page },
      expected: { kind: 'not-a-registry', status: 200, contentType: '' },
    },
    {
      name: 'a 404 page',
      reply: { status: 404, headers: html, body: page },
      expected: { kind: 'not-a-registry', status: 404 },
    },
    {
      name: 'a 403 page',
      reply: { status: 403, headers: html, body: page },
      expected: { kind: 'not-a-registry', status: 403 },
    },
    {
      name: 'a 401 page of a site without a challenge',
      reply: { status: 401, headers: html, body: page },
      expected: { kind: 'not-a-registry', status: 401 },
    },
    { name: 'an empty body', reply: { status: 200 }, expected: { kind: 'not-a-registry', status: 200, sample: '' } },
    { name: 'a redirect without a target', reply: { status: 302 }, expected: { kind: 'not-a-registry', status: 302 } },
    {
      name: 'text',
      reply: { status: 200, body: 'hello' },
      expected: { kind: 'bad-content', message: 'the manifest is not JSON' },
    },
    {
      name: 'other JSON',
      reply: json(200, { hello: 1 }),
      expected: { kind: 'bad-content', message: 'the JSON is not a manifest' },
    },
    { name: 'null', reply: json(200, null), expected: { kind: 'bad-content', message: 'the JSON is not a manifest' } },
    { name: 'other 4xx', reply: json(418, {}), expected: { kind: 'bad-content', message: 'status 418: {}' } },
  ])('$name', async ({ reply, expected }) => {
    const { outcome } = await probe(() => reply);
    expect(outcome).toMatchObject({ ...expected, url: `https://${HOST}/v2/team/app/manifests/v1` });
  });

  test('a body over the cap', async () => {
    const huge = JSON.stringify({ schemaVersion: 2, manifests: [], pad: 'x'.repeat(4_194_304) });
    const { outcome } = await probe(({ method }) =>
      method === 'HEAD' ? { status: 405 } : { status: 200, body: huge },
    );
    expect(outcome).toMatchObject({ kind: 'bad-content', message: 'the response is larger than 4194304 bytes' });
  });
});

describe('a refusal', () => {
  test.each<{ readonly name: string; readonly reply: Reply; readonly expected: object }>([
    {
      name: 'NAME_UNKNOWN',
      reply: refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry'),
      expected: {
        kind: 'not-found',
        what: 'repository',
        status: 404,
        code: 'NAME_UNKNOWN',
        message: 'repository name not known to registry',
      },
    },
    {
      name: 'codes in lower case',
      reply: refusal(404, 'name_unknown', 'x'),
      expected: { kind: 'not-found', what: 'repository' },
    },
    { name: 'TAG_UNKNOWN', reply: refusal(404, 'TAG_UNKNOWN', 'x'), expected: { kind: 'not-found', what: 'tag' } },
    {
      name: 'MANIFEST_UNKNOWN of a plain registry, which also means a missing repository',
      reply: refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown'),
      expected: { kind: 'not-found', what: 'unclear', code: 'MANIFEST_UNKNOWN' },
    },
    {
      name: 'NAME_INVALID',
      reply: refusal(400, 'NAME_INVALID', 'x'),
      expected: { kind: 'not-found', what: 'repository', status: 400 },
    },
    {
      name: '404 in words',
      reply: { status: 404, body: 'no such thing\n' },
      expected: { kind: 'not-found', what: 'unclear', message: 'no such thing' },
    },
    {
      name: '404 without words',
      reply: { status: 404 },
      expected: { kind: 'not-found', what: 'unclear', message: 'status 404' },
    },
    {
      name: '403',
      reply: refusal(403, 'DENIED', 'requested access to the resource is denied'),
      expected: {
        kind: 'forbidden',
        stage: 'request',
        status: 403,
        code: 'DENIED',
        message: 'requested access to the resource is denied',
      },
    },
    {
      name: '401 without a challenge',
      reply: refusal(401, 'UNAUTHORIZED', 'no\u0007\nway\u202E'),
      expected: { kind: 'unauthorized', stage: 'request', status: 401, code: 'UNAUTHORIZED', message: 'no way' },
    },
    {
      name: '503 page',
      reply: { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>' },
      expected: { kind: 'server-error', status: 503, message: 'status 503' },
    },
    { name: '500', reply: refusal(500, 'UNKNOWN', 'oops'), expected: { kind: 'server-error', status: 500 } },
    {
      name: '429',
      reply: refusal(429, 'TOOMANYREQUESTS', 'slow', {
        'retry-after': '7',
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': '0;w=21600',
      }),
      expected: {
        kind: 'rate-limited',
        retryAfterMs: 7000,
        rateLimit: { limit: 100, remaining: 0, windowSeconds: 21_600 },
      },
    },
    { name: 'a bare 429', reply: { status: 429 }, expected: { kind: 'rate-limited', message: 'status 429' } },
    {
      name: 'plain HTTP to a TLS port',
      reply: { status: 400, body: 'Client sent an HTTP request to an HTTPS server.\n' },
      expected: { kind: 'unreachable', how: 'tls-other' },
    },
  ])('$name', async ({ reply, expected }) => {
    const { outcome } = await probe(() => reply);
    expect(outcome).toMatchObject(expected);
  });

  test('its text is bounded', async () => {
    const { outcome } = await probe(() => refusal(403, 'X'.repeat(500), 'y'.repeat(5000)));
    if (outcome.kind !== 'forbidden') throw new Error(outcome.kind);
    expect(outcome.code?.length).toBeLessThanOrEqual(80);
    expect(outcome.message.length).toBe(300);
  });

  test('costs a HEAD, and a GET for its text only when the HEAD does not say everything', async () => {
    expect((await probe(() => refusal(404, 'NAME_UNKNOWN', 'x'))).asked).toHaveLength(2);
    expect((await probe(() => ({ status: 429 }))).asked).toHaveLength(1);
    expect((await probe(() => ({ status: 503 }))).asked).toHaveLength(1);
  });
});

test('a credential that a registry echoes does not get into a message', async () => {
  const server = await startRegistryServer(({ headers }) =>
    headers.authorization === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
      : refusal(403, 'DENIED', `you sent ${headers.authorization} and s3cret-pass`),
  );
  const client = registryClient({ registries: [registrySetting(HOST, { endpoint: new URL(server.origin) })] });
  const outcome = await client.resolve(imageRef(HOST), reading({ credential: credential() }));
  expect(outcome).toMatchObject({ kind: 'forbidden', message: 'you sent Basic [secret] and [secret]' });
});

test.each<[how: string, echo: (padding: string, secret: string) => Reply]>([
  ['an error', (padding, secret) => refusal(403, 'DENIED', `${padding}${secret}`)],
  ['the code of an error', (padding, secret) => refusal(403, `${padding}${secret}`, '')],
  ['plain text', (padding, secret) => ({ status: 403, body: `${padding}${secret}` })],
  ['a page', (padding, secret) => ({ status: 200, headers: { 'content-type': 'text/html' }, body: padding + secret })],
])('no part of a credential in %s is left where the text is cut', async (_, echo) => {
  let padding = '';
  const server = await startRegistryServer(({ headers }) =>
    headers.authorization === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
      : echo(padding, 's3cret-pass'),
  );
  const client = registryClient({ registries: [registrySetting(HOST, { endpoint: new URL(server.origin) })] });
  for (const length of [70, 75, 78, 290, 295, 298, 2040, 2045]) {
    padding = `<${(length > 300 ? ' ' : 'y').repeat(length - 1)}`;
    const ref = imageRef(HOST, 'team/app', { tag: `v${length}` });
    const outcome = await client.resolve(ref, reading({ credential: credential() }));
    expect(JSON.stringify(outcome)).not.toContain('s3c');
  }
});
