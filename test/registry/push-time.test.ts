import { array, assert, constant, constantFrom, dictionary, jsonValue, oneof, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImageRef } from '../../src/model/image/image.ts';
import { providers } from '../../src/model/providers/index.ts';
import { known } from '../../src/model/values/fact.ts';
import { credential, imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { json, type Reply, refusal, type SeenRequest, startRegistryServer } from '../support/registry-server.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const pinned: Partial<ImageRef> = { tag: 'v1', digest: DIGEST };

async function start(host: string, answer: (request: SeenRequest) => Reply, pushTimeMs?: number) {
  const server = await startRegistryServer(answer);
  const registries = [registrySetting(host, { endpoint: new URL(server.origin) })];
  const client = registryClient({ registries, ...(pushTimeMs === undefined ? {} : { pushTimeMs }) });
  const asked = () => server.seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`);
  return { client, server, asked };
}

describe('ACR', () => {
  const host = 'contoso.azurecr.io';
  const moments = { createdTime: '2026-06-11T19:11:38.7001063Z', lastUpdateTime: '2026-09-20T18:50:54.0904821Z' };
  const tag = (digest = DIGEST) => json(200, { registry: host, tag: { name: 'v1', digest, ...moments } });
  const manifest = () => json(200, { registry: host, manifest: { digest: DIGEST, ...moments } });

  /** Issues tokens that contain their scope, and demands one for `scope` from every other request. */
  const acr =
    (answer: (request: SeenRequest) => Reply, grants = (scope: string) => scope) =>
    (request: SeenRequest): Reply => {
      const url = new URL(request.url, 'http://registry');
      const wanted = 'repository:team/app:metadata_read';
      if (url.pathname === '/oauth2/token')
        return json(200, { access_token: grants(url.searchParams.get('scope') ?? '') });
      if (request.headers.authorization === `Bearer ${wanted}`) return answer(request);
      const challenge = `Bearer realm="https://${host}/oauth2/token",service="${host}",scope="${wanted}"`;
      return refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
    };

  test.each<{ readonly name: string; readonly more?: Partial<ImageRef>; readonly path: string; readonly at: string }>([
    { name: 'a tag: its last push', path: '_tags/v1', at: '2026-09-20T18:50:54.090Z' },
    {
      name: 'a digest: its first',
      more: { digest: DIGEST },
      path: `_manifests/${DIGEST}`,
      at: '2026-06-11T19:11:38.700Z',
    },
    { name: 'both: the digest', more: pinned, path: `_manifests/${DIGEST}`, at: '2026-06-11T19:11:38.700Z' },
  ])('$name', async ({ more, path, at }) => {
    const { client, asked } = await start(
      host,
      acr(({ url }) => (url.includes('/_tags/') ? tag() : manifest())),
    );
    const how = reading({ credential: credential() });
    expect(await client.pushedAt(imageRef(host, 'team/app', more), DIGEST, how)).toEqual(known(at));
    const wanted = `GET /acr/v1/team/app/${path}`;
    expect(asked()).toEqual([wanted, 'GET /oauth2/token', wanted]);
  });

  test('after a pull it needs another token, from the same service and with the same credential', async () => {
    const head = { status: 200, headers: { 'docker-content-digest': DIGEST, 'content-type': 'application/json' } };
    const pull = 'repository:team/app:pull';
    const { client, server } = await start(host, (request) => {
      if (!request.url.startsWith('/v2/')) return acr(() => tag())(request);
      if (request.headers.authorization === `Bearer ${pull}`) return head;
      const challenge = `Bearer realm="https://${host}/oauth2/token",service="${host}",scope="${pull}"`;
      return refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
    });
    const how = reading({ credential: credential() });
    expect(await client.resolve(imageRef(host), how)).toMatchObject({ kind: 'found' });
    expect(await client.pushedAt(imageRef(host), DIGEST, how)).toMatchObject({ known: true });
    expect(await client.resolve(imageRef(host, 'team/app', { tag: 'v2' }), how)).toMatchObject({ kind: 'found' });
    const tokens = server.seen.filter(({ url }) => url.startsWith('/oauth2/token'));
    const basic = `Basic ${Buffer.from('bot:s3cret-pass').toString('base64')}`;
    expect(
      tokens.map(({ url, headers }) => [new URL(url, 'http://x').searchParams.get('scope'), headers.authorization]),
    ).toEqual([
      [pull, basic],
      ['repository:team/app:metadata_read', basic],
    ]);
  });

  const onlyPull = () => 'a-token-to-pull';
  test.each<{ readonly name: string; readonly answer: (request: SeenRequest) => Reply; readonly why: string }>([
    {
      name: 'a credential that only pulls',
      answer: acr(() => tag(), onlyPull),
      why: `${host} reports it only to a credential with metadata/read`,
    },
    {
      name: 'a token service that refuses',
      answer: (request) =>
        request.url.startsWith('/oauth2') ? refusal(401, 'UNAUTHORIZED', 'no') : acr(() => tag())(request),
      why: `${host} reports it only to a credential with metadata/read`,
    },
    {
      name: 'a tag that no longer exists',
      answer: acr(() => refusal(404, 'TAG_UNKNOWN', 'the specified tag does not exist')),
      why: `${host} has no record of it`,
    },
    { name: 'a tag that moved', answer: acr(() => tag(OTHER)), why: 'the tag now points to another image' },
    { name: 'a registry that fails', answer: acr(() => ({ status: 503 })), why: `${host} answered 503` },
    { name: 'a limit', answer: acr(() => ({ status: 429 })), why: `${host} accepts no more requests for now (429)` },
    {
      name: 'a page',
      answer: acr(() => ({ status: 200, body: '<html>' })),
      why: `${host} gave an unexpected response`,
    },
    {
      name: 'no moment',
      answer: acr(() => json(200, { tag: { digest: DIGEST, lastUpdateTime: 'yesterday' } })),
      why: `${host} gave an unexpected response`,
    },
  ])('not known: $name', async ({ answer, why }) => {
    const { client } = await start(host, answer);
    const fact = await client.pushedAt(imageRef(host), DIGEST, reading({ credential: credential() }));
    expect(fact).toEqual({ known: false, why });
  });
});

describe('Docker Hub', () => {
  const path = '/v2/namespaces/team/repositories/app/tags/v1';
  const at = '2026-11-14T09:12:33.631546Z';
  const tag = (more: object = { digest: DIGEST }) =>
    json(200, { name: 'v1', tag_last_pushed: at, images: [], ...more });
  const publicOnly = 'Docker Hub reports it for public repositories only';

  test('a public repository is read anonymously although there is a credential', async () => {
    const { client, server } = await start('docker.io', () => tag());
    const how = reading({ credential: credential() });
    expect(await client.pushedAt(imageRef('docker.io'), DIGEST, how)).toEqual(known('2026-11-14T09:12:33.631Z'));
    expect(server.seen.map(({ method, url, headers }) => [method, url, headers.host])).toEqual([
      ['GET', path, 'hub.docker.com'],
    ]);
    const [seen] = server.seen;
    expect(Object.keys(seen?.headers ?? {}).sort()).toEqual(['accept', 'connection', 'host', 'user-agent']);
    expect(JSON.stringify(seen)).not.toMatch(/s3cret-pass|Basic|Bearer|bot/);
  });

  test('an old tag has digests only for its images, and none for its index', async () => {
    const { client } = await start('docker.io', () => tag({ images: [{ digest: OTHER }, {}, { digest: DIGEST }] }));
    expect(await client.pushedAt(imageRef('docker.io'), DIGEST, reading())).toMatchObject({ known: true });
  });

  test.each<{ readonly name: string; readonly reply: Reply; readonly why: string | RegExp }>([
    { name: 'private', reply: json(404, { message: 'object not found', errinfo: {} }), why: publicOnly },
    { name: '401', reply: json(401, { detail: 'unauthorized' }), why: publicOnly },
    { name: '403', reply: json(403, { detail: 'forbidden' }), why: publicOnly },
    {
      name: '429',
      reply: { status: 429, headers: { 'x-retry-after': '1790000000' } },
      why: 'hub.docker.com accepts no more requests for now (429)',
    },
    { name: '500', reply: { status: 500 }, why: 'hub.docker.com answered 500' },
    { name: 'a redirect', reply: { status: 302, headers: { location: '/login' } }, why: 'hub.docker.com answered 302' },
    { name: 'down', reply: 'destroy', why: /hub\.docker\.com/ },
    { name: 'a moved tag', reply: tag({ digest: OTHER }), why: 'the tag now points to another image' },
    { name: 'no digest at all', reply: tag({ images: null }), why: 'the tag now points to another image' },
    ...['0001-01-01T00:00:00Z', '1970-01-01T00:00:01Z', '2026-02-30T25:00:00Z'].map((moment) => ({
      name: `a push of ${moment}`,
      reply: tag({ digest: DIGEST, tag_last_pushed: moment }),
      why: 'hub.docker.com gave an unexpected response',
    })),
  ])('not known: $name', async ({ reply, why }) => {
    const { client } = await start('docker.io', () => reply);
    const fact = await client.pushedAt(imageRef('docker.io'), DIGEST, reading());
    expect(fact).toMatchObject({ known: false, why: typeof why === 'string' ? why : expect.stringMatching(why) });
  });

  test('a service that does not respond is not waited for', async () => {
    const { client } = await start('docker.io', () => 'hang', 50);
    const fact = await client.pushedAt(imageRef('docker.io'), DIGEST, reading());
    expect(fact).toEqual({ known: false, why: 'hub.docker.com did not answer in time' });
  });

  test('a digest without a tag is not looked up', async () => {
    const { client, server } = await start('docker.io', () => tag());
    const fact = await client.pushedAt(imageRef('docker.io', 'team/app', { digest: DIGEST }), DIGEST, reading());
    expect(fact).toEqual({ known: false, why: 'Docker Hub reports it for tags only' });
    expect(server.seen).toEqual([]);
  });
});

describe('what may be reached', () => {
  const image = imageRef('docker.io');

  test('a private address for hub.docker.com is guarded', async () => {
    const client = registryClient({ resolveName: async () => ['10.0.0.7'] });
    const fact = await client.pushedAt(image, DIGEST, reading());
    expect(fact).toMatchObject({ known: false, why: expect.stringMatching(/10\.0\.0\.7.*private/) });
  });

  test('a name that does not resolve makes the time unknown', async () => {
    const resolveName = () => Promise.reject(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }));
    const client = registryClient({ resolveName });
    expect(await client.pushedAt(image, DIGEST, reading())).toMatchObject({ known: false });
  });

  test('the configuration may name hub.docker.com', async () => {
    const own = await startRegistryServer(() => ({ status: 500 }));
    const hub = await startRegistryServer(() => json(200, { digest: DIGEST, tag_last_pushed: '2026-11-14T09:12:00Z' }));
    const client = registryClient({
      registries: [
        registrySetting('docker.io', { endpoint: new URL(own.origin) }),
        registrySetting('hub.docker.com', { endpoint: new URL(hub.origin), credential: credential() }),
      ],
    });
    expect(await client.pushedAt(image, DIGEST, reading())).toEqual(known('2026-11-14T09:12:00.000Z'));
    expect(own.seen).toEqual([]);
    expect(hub.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('behind a mirror, no request is made', async () => {
    const mirror = await startRegistryServer(() => ({ status: 200 }));
    const endpoint = new URL(mirror.origin);
    const client = registryClient({ mirrors: [{ cluster: 'dev', registry: 'docker.io', endpoint }] });
    const how = reading({ route: { kind: 'mirror', host: endpoint.host } });
    expect(await client.pushedAt(image, DIGEST, how)).toEqual({
      known: false,
      why: `${endpoint.host} is a mirror, and mirrors don’t report it`,
    });
    expect(mirror.seen).toEqual([]);
  });

  test.each(['ghcr.io', 'public.ecr.aws', '123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'registry.test'])(
    '%s is not asked',
    async (host) => {
      const { client, server } = await start(host, () => ({ status: 200 }));
      expect(await client.pushedAt(imageRef(host), DIGEST, reading())).toEqual({
        known: false,
        why: `${host} doesn’t report it to pull credentials`,
      });
      expect(server.seen).toEqual([]);
    },
  );
});

test('two identical questions cause one request', async () => {
  const { client, server } = await start('docker.io', () =>
    json(200, { digest: DIGEST, tag_last_pushed: '2026-11-14T09:12:00Z' }),
  );
  const ask = () => client.pushedAt(imageRef('docker.io'), DIGEST, reading());
  await Promise.all([ask(), ask()]);
  await ask();
  expect(server.seen).toHaveLength(1);
});

test('no response makes a provider throw', () => {
  const asked = { host: 'h', repository: 'a/b', digest: DIGEST };
  const readers = providers.flatMap((provider) =>
    [
      { ...asked, isPinned: true },
      { ...asked, tag: 'v1', isPinned: false },
    ].flatMap((image) => {
      const source = provider.pushSource(image);
      return source.kind === 'api' ? [source.read] : [];
    }),
  );
  expect(readers).toHaveLength(3);
  const any = oneof(jsonValue(), constant(DIGEST));
  const record = dictionary(
    constantFrom('digest', 'createdTime', 'lastUpdateTime', 'tag_last_pushed', 'images'),
    oneof(any, array(dictionary(constant('digest'), any))),
  );
  const answers = oneof(jsonValue(), record, dictionary(constantFrom('tag', 'manifest'), record));
  assert(
    property(answers, (json) => {
      for (const read of readers) {
        const found = read(json);
        const texts = found === undefined ? [] : [found.at, ...found.digests];
        expect(texts.every((text) => typeof text === 'string')).toBe(true);
      }
    }),
  );
});
