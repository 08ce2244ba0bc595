import { describe, expect, test } from 'vitest';
import type { ContentCache } from '../../src/ports/registry.ts';
import { clock, credential, imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { blob, descriptor, image, index, serve } from '../support/registry-images.ts';
import { type Reply, refusal, startRegistryServer } from '../support/registry-server.ts';

const HOST = 'registry.test';
const amd64 = image({ os: 'linux', architecture: 'amd64' });
const arm64 = image({ os: 'linux', architecture: 'arm64' });
const OCI = 'application/vnd.oci.image.manifest.v1+json';

async function start(reply: () => Reply, content?: ContentCache) {
  const time = clock();
  const server = await startRegistryServer(reply);
  const registries = [registrySetting(HOST, { endpoint: new URL(server.origin) })];
  const open = () => registryClient({ registries, now: time.now, ...(content === undefined ? {} : { content }) });
  return { server, time, open, client: open() };
}

describe('manifest', () => {
  test('an index without its attestations', async () => {
    const list = index([
      { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
      { ...arm64, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      { ...arm64, platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.1' } },
    ]);
    const { client, server } = await start(() => serve(list));
    expect(await client.manifest(imageRef(HOST), list.digest, reading())).toEqual({
      kind: 'ok',
      value: {
        digest: list.digest,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        body: {
          kind: 'index',
          children: [
            { digest: amd64.manifest.digest, platform: { os: 'linux', architecture: 'amd64' } },
            { digest: arm64.manifest.digest, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
            {
              digest: arm64.manifest.digest,
              platform: { os: 'windows', architecture: 'amd64', osVersion: '10.0.20348.1' },
            },
          ],
        },
      },
    });
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /v2/team/app/manifests/${list.digest}`,
    ]);
  });

  test.each([
    {
      name: 'an image',
      content: amd64.manifest,
      expected: {
        mediaType: OCI,
        body: { kind: 'image', configDigest: amd64.config.digest, layersBytes: amd64.layer.content.length },
      },
    },
    {
      name: 'a Helm chart',
      content: blob(
        { schemaVersion: 2, config: descriptor(blob('{}', 'application/vnd.cncf.helm.config.v1+json')), layers: [] },
        OCI,
      ),
      expected: {
        mediaType: OCI,
        artifactType: 'application/vnd.cncf.helm.config.v1+json',
        body: { kind: 'artifact' },
      },
    },
    {
      name: 'an artifact with a type',
      content: blob(
        {
          schemaVersion: 2,
          artifactType: 'application/vnd.azure.artifact.streaming.v1',
          config: descriptor(blob('{}', 'application/vnd.oci.empty.v1+json')),
          layers: [{}],
        },
        OCI,
      ),
      expected: { artifactType: 'application/vnd.azure.artifact.streaming.v1', body: { kind: 'artifact' } },
    },
    {
      name: 'schema 1',
      content: blob(
        { schemaVersion: 1, name: 'a', fsLayers: [], history: [] },
        'application/vnd.docker.distribution.manifest.v1+json',
      ),
      expected: { mediaType: 'application/vnd.docker.distribution.manifest.v1+json', body: { kind: 'schema1' } },
    },
  ])('$name', async ({ content, expected }) => {
    const { client } = await start(() => serve(content));
    const answer = await client.manifest(imageRef(HOST), content.digest, reading());
    expect(answer).toEqual({
      kind: 'ok',
      value: { digest: content.digest, mediaType: content.mediaType, ...expected },
    });
  });

  test('bytes that do not match the digest requested', async () => {
    const { client } = await start(() => ({ status: 200, body: arm64.manifest.content }));
    expect(await client.manifest(imageRef(HOST), amd64.manifest.digest, reading())).toMatchObject({
      kind: 'bad-content',
    });
  });

  test('a digest that no longer exists', async () => {
    const { client } = await start(() => refusal(404, 'MANIFEST_UNKNOWN', 'unknown'));
    expect(await client.manifest(imageRef(HOST), amd64.manifest.digest, reading())).toMatchObject({
      kind: 'not-found',
    });
  });

  test('a tag that was resolved by GET is not read again by digest', async () => {
    const { client, server } = await start(() => serve(amd64.manifest, { 'docker-content-digest': '' }));
    expect(await client.resolve(imageRef(HOST), reading())).toMatchObject({
      kind: 'found',
      digest: amd64.manifest.digest,
    });
    expect(await client.manifest(imageRef(HOST), amd64.manifest.digest, reading())).toMatchObject({ kind: 'ok' });
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });
});

describe('the content cache', () => {
  const memory = () => {
    const entries = new Map<string, string>();
    const content: ContentCache = {
      get: async (digest) => entries.get(digest),
      put: async (digest, text) => {
        entries.set(digest, text);
      },
    };
    return { entries, content };
  };

  test('is shared: a second process makes no request to the registry', async () => {
    const { content } = memory();
    const { open, server } = await start(
      () => serve(server.seen.at(-1)?.url.includes('/blobs/') ? amd64.config : amd64.manifest),
      content,
    );
    for (const client of [open(), open()]) {
      expect(await client.manifest(imageRef(HOST), amd64.manifest.digest, reading())).toMatchObject({ kind: 'ok' });
      expect(await client.config(imageRef(HOST), amd64.config.digest, reading())).toMatchObject({ kind: 'ok' });
    }
    expect(server.seen).toHaveLength(2);
  });

  test('content that does not match its digest is not used', async () => {
    const { content, entries } = memory();
    entries.set(amd64.manifest.digest, arm64.manifest.content);
    const { client, server } = await start(() => serve(amd64.manifest), content);
    expect(await client.manifest(imageRef(HOST), amd64.manifest.digest, reading())).toMatchObject({
      kind: 'ok',
      value: { body: { configDigest: amd64.config.digest } },
    });
    expect(server.seen).toHaveLength(1);
  });

  test('a cache that fails costs only time', async () => {
    const broken = async () => {
      throw new Error('redis is down');
    };
    const { client } = await start(() => serve(amd64.manifest), { get: broken, put: broken });
    expect(await client.manifest(imageRef(HOST), amd64.manifest.digest, reading())).toMatchObject({ kind: 'ok' });
  });

  test('memory alone keeps content indefinitely', async () => {
    const { client, server, time } = await start(() => serve(amd64.manifest));
    for (const minutes of [0, 10, 600]) {
      time.forward(minutes * 60_000);
      expect(await client.manifest(imageRef(HOST), amd64.manifest.digest, reading())).toMatchObject({ kind: 'ok' });
    }
    expect(server.seen).toHaveLength(1);
  });
});

describe('outcomes of the last seconds', () => {
  test('a success is kept for 30 s, a failure for 5 s, per tag and credential', async () => {
    let missing = false;
    const { client, server, time } = await start(() => (missing ? { status: 503 } : serve(amd64.manifest)));
    const resolve = async (tag: string, how = reading()) =>
      (await client.resolve(imageRef(HOST, 'team/app', { tag }), how)).kind;
    expect(await resolve('v1')).toBe('found');
    time.forward(29_000);
    missing = true;
    expect(await resolve('v1')).toBe('found');
    expect(await resolve('v1', reading({ credential: credential() }))).toBe('server-error');
    time.forward(2_000);
    expect(await resolve('v1')).toBe('server-error');
    missing = false;
    time.forward(4_000);
    expect(await resolve('v1')).toBe('server-error');
    expect(await resolve('v2')).toBe('found');
    time.forward(2_000);
    expect(await resolve('v1')).toBe('found');
    expect(server.seen).toHaveLength(5);
  });

  test('simultaneous identical requests are sent once, and a caller that leaves does not end it', async () => {
    let answer: (reply: Reply) => void = () => undefined;
    const held = new Promise<Reply>((resolve) => {
      answer = resolve;
    });
    const server = await startRegistryServer(() => held);
    const client = registryClient({ registries: [registrySetting(HOST, { endpoint: new URL(server.origin) })] });
    const leaving = new AbortController();
    const first = client.resolve(imageRef(HOST), { signal: leaving.signal });
    const second = client.resolve(imageRef(HOST), reading());
    await expect.poll(() => server.seen.length).toBe(1);
    leaving.abort();
    expect(await first).toMatchObject({ kind: 'not-probed', why: 'deadline' });
    answer(serve(amd64.manifest));
    expect(await second).toMatchObject({ kind: 'found' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('the anonymous quota of Docker Hub', () => {
  const HUB = 'docker.io';
  const start = async (remaining: number, reply = serve(amd64.manifest)) => {
    const time = clock();
    const limits = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': `${remaining};w=21600` };
    const server = await startRegistryServer(() =>
      reply === 'destroy' || reply === 'hang' ? reply : { ...reply, headers: { ...reply.headers, ...limits } },
    );
    const registries = [registrySetting(HUB, { endpoint: new URL(server.origin) })];
    return { server, time, client: registryClient({ registries, now: time.now }) };
  };
  const nginx = imageRef(HUB, 'library/nginx');
  const { digest } = amd64.manifest;

  test('below a fifth, no manifest is read anonymously by GET until the window ends', async () => {
    const { client, server, time } = await start(19);
    expect(await client.resolve(nginx, reading())).toMatchObject({
      kind: 'found',
      rateLimit: { remaining: 19, limit: 100 },
    });
    expect(await client.manifest(nginx, digest, reading())).toEqual({
      kind: 'not-probed',
      why: 'spared',
      message: 'docker.io has 19 of 100 anonymous pulls left; skipped the manifest read because it would use up a pull',
    });
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD']);
    expect(await client.manifest(nginx, digest, reading({ credential: credential() }))).toMatchObject({ kind: 'ok' });
    time.forward(21_601_000);
    expect(await client.manifest(imageRef(HUB, 'library/other'), digest, reading())).toMatchObject({ kind: 'ok' });
  });

  test('with a fifth left, the GET is made', async () => {
    const { client } = await start(20);
    await client.resolve(nginx, reading());
    expect(await client.manifest(nginx, digest, reading())).toMatchObject({ kind: 'ok' });
  });

  test('a refusal is reported without its text, because reading that would cost a pull', async () => {
    const { client, server } = await start(0, refusal(404, 'MANIFEST_UNKNOWN', 'unknown'));
    expect(await client.resolve(nginx, reading())).toMatchObject({ kind: 'not-found', what: 'unclear' });
    expect(server.seen).toHaveLength(1);
  });

  test('other registries are always read', async () => {
    const limits = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '1;w=21600' };
    const { client } = await (async () => {
      const server = await startRegistryServer(() => serve(amd64.manifest, limits));
      return { client: registryClient({ registries: [registrySetting(HOST, { endpoint: new URL(server.origin) })] }) };
    })();
    await client.resolve(imageRef(HOST), reading());
    expect(await client.manifest(imageRef(HOST), digest, reading())).toMatchObject({ kind: 'ok' });
  });
});
