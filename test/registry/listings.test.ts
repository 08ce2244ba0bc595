import { describe, expect, test } from 'vitest';
import { imageRef, reading, registryClient, registrySetting } from '../support/registry-client.ts';
import { blob, descriptor, serve } from '../support/registry-images.ts';
import { json, type Reply, refusal, type SeenRequest, startRegistryServer } from '../support/registry-server.ts';

const HOST = 'registry.test';
const SUBJECT = `sha256:${'5'.repeat(64)}`;

async function start(answer: (request: SeenRequest, own: string) => Reply) {
  const server = await startRegistryServer((request) => answer(request, server.origin));
  const client = registryClient({ registries: [registrySetting(HOST, { endpoint: new URL(server.origin) })] });
  return { server, asked: () => server.seen.map(({ url }) => url), client };
}

describe('tags', () => {
  test.each([
    { name: 'relative', next: (path: string) => path },
    { name: 'at its own host name', next: (path: string) => `https://${HOST}${path}` },
    { name: 'at its endpoint', next: (path: string, own: string) => `${own}${path}` },
  ])('pages are followed when the link is $name', async ({ next }) => {
    const { client, asked } = await start(({ url }, own) => {
      if (url.includes('last=b')) return json(200, { tags: ['c'] });
      return json(
        200,
        { name: 'x', tags: ['a', 'b'] },
        { link: `<${next('/v2/team/app/tags/list?n=2&last=b', own)}>; rel="next"` },
      );
    });
    expect(await client.tags(imageRef(HOST), reading())).toEqual({ kind: 'ok', value: ['a', 'b', 'c'] });
    expect(asked()).toEqual(['/v2/team/app/tags/list?n=1000', '/v2/team/app/tags/list?n=2&last=b']);
  });

  test('text that no reference can name does not count as a tag', async () => {
    const tags = ['v1', '', '..', '../../other/manifests/v1', '<!channel>', 'a b', 'x'.repeat(129), 'x'.repeat(128)];
    const { client } = await start(() => json(200, { tags }));
    expect(await client.tags(imageRef(HOST), reading())).toEqual({ kind: 'ok', value: ['v1', 'x'.repeat(128)] });
  });

  test('listing ends when pages link in a circle', async () => {
    const { client, asked } = await start(({ url }) =>
      json(200, { tags: ['a'] }, { link: `<${url.endsWith('=1') ? '?page=2' : '?page=1'}>; rel="next"` }),
    );
    expect(await client.tags(imageRef(HOST), reading())).toEqual({ kind: 'ok', value: ['a', 'a', 'a'] });
    expect(asked()).toHaveLength(3);
  });

  test('at most 10,000 are read', async () => {
    const page = Array.from({ length: 4000 }, (_, number) => `tag-${number}`);
    let pages = 0;
    const { client, asked } = await start(() => {
      pages += 1;
      return json(200, { tags: page }, { link: `<?last=${pages}>; rel="next"` });
    });
    const answer = await client.tags(imageRef(HOST), reading());
    expect(answer.kind === 'ok' && answer.value.length).toBe(10_000);
    expect(asked()).toHaveLength(3);
  });

  test('listing ends when empty pages never do', async () => {
    let pages = 0;
    const { client, asked } = await start(() => {
      pages += 1;
      return json(200, { tags: [] }, { link: `<?last=${pages}>; rel="next"` });
    });
    expect(await client.tags(imageRef(HOST), reading())).toEqual({ kind: 'ok', value: [] });
    expect(asked()).toHaveLength(200);
  });

  test.each(['https://evil.test/v2/x', 'http://[', '//evil.test/x'])('a next page at %s is refused', async (link) => {
    const { client, server } = await start(() => json(200, { tags: ['a'] }, { link: `<${link}>; rel="next"` }));
    expect(await client.tags(imageRef(HOST), reading())).toMatchObject({ kind: 'bad-content' });
    expect(server.seen).toHaveLength(1);
  });

  test('a registry that refuses the page size is asked without one', async () => {
    const { client, asked } = await start(({ url }) =>
      url.includes('n=') ? refusal(400, 'PAGINATION_NUMBER_INVALID', 'x') : json(200, { tags: ['a'] }),
    );
    expect(await client.tags(imageRef(HOST), reading())).toEqual({ kind: 'ok', value: ['a'] });
    expect(asked()).toHaveLength(2);
  });

  test.each<{ readonly name: string; readonly reply: Reply; readonly expected: object }>([
    { name: 'null', reply: json(200, { tags: null }), expected: { kind: 'ok', value: [] } },
    {
      name: 'no repository',
      reply: refusal(404, 'NAME_UNKNOWN', 'x'),
      expected: { kind: 'not-found', what: 'repository' },
    },
    {
      name: '400 twice',
      reply: refusal(400, 'UNSUPPORTED', 'x'),
      expected: { kind: 'bad-content', message: 'status 400: UNSUPPORTED x' },
    },
    {
      name: 'other JSON',
      reply: json(200, { tags: [1] }),
      expected: { kind: 'bad-content', message: 'the response is not a list of tags' },
    },
    {
      name: 'a page',
      reply: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      expected: { kind: 'not-a-registry' },
    },
    { name: 'nothing', reply: { status: 200 }, expected: { kind: 'not-a-registry' } },
    { name: 'too much', reply: { status: 200, body: Buffer.alloc(8_388_609, 32) }, expected: { kind: 'bad-content' } },
  ])('$name', async ({ reply, expected }) => {
    const { client } = await start(() => reply);
    expect(await client.tags(imageRef(HOST), reading())).toMatchObject(expected);
  });
});

describe('referrers', () => {
  const one = { ...descriptor(blob('1', 'application/vnd.oci.image.manifest.v1+json')), artifactType: 'a/streaming' };
  const two = { ...descriptor(blob('2', 'application/vnd.oci.image.manifest.v1+json')), artifactType: 'a/signature' };
  const indexOf = (...manifests: object[]) =>
    blob({ schemaVersion: 2, manifests }, 'application/vnd.oci.image.index.v1+json');
  const found = ({ digest, artifactType }: typeof one) => ({ digest, artifactType });

  test('are read completely, page by page', async () => {
    const { client, asked } = await start(({ url }) =>
      url.includes('page=2') ? serve(indexOf(two)) : serve(indexOf(one), { link: '<?page=2>; rel="next"' }),
    );
    expect(await client.referrers(imageRef(HOST), SUBJECT, reading())).toEqual({
      kind: 'ok',
      value: [one, two].map(found),
    });
    expect(asked()[0]).toBe(`/v2/team/app/referrers/${SUBJECT}`);
  });

  test('of one type, even if the registry does not filter', async () => {
    const { client, asked } = await start(() => serve(indexOf(one, two)));
    const how = { ...reading(), artifactType: 'a/streaming' };
    expect(await client.referrers(imageRef(HOST), SUBJECT, how)).toEqual({ kind: 'ok', value: [found(one)] });
    expect(asked()).toEqual([`/v2/team/app/referrers/${SUBJECT}?artifactType=a%2Fstreaming`]);
  });

  test.each([404, 400, 405, 501])('by tag where the API answers %i', async (status) => {
    const { client, asked } = await start(({ url }) =>
      url.includes('/referrers/') ? { status, body: 'no\n' } : serve(indexOf(one, two)),
    );
    const how = { ...reading(), artifactType: 'a/signature' };
    expect(await client.referrers(imageRef(HOST), SUBJECT, how)).toEqual({ kind: 'ok', value: [found(two)] });
    expect(asked()[1]).toBe(`/v2/team/app/manifests/sha256-${'5'.repeat(64)}`);
  });

  test.each<{ readonly name: string; readonly answer: (url: string) => Reply; readonly expected: object }>([
    { name: 'none, by API', answer: () => serve(indexOf()), expected: { kind: 'ok', value: [] } },
    { name: 'none, by tag', answer: () => refusal(404, 'MANIFEST_UNKNOWN', 'x'), expected: { kind: 'ok', value: [] } },
    { name: 'refused', answer: () => refusal(403, 'DENIED', 'x'), expected: { kind: 'forbidden' } },
    {
      name: 'refused by tag',
      answer: (url) => (url.includes('/referrers/') ? { status: 404 } : refusal(403, 'DENIED', 'x')),
      expected: { kind: 'forbidden' },
    },
    { name: 'other JSON', answer: () => json(200, {}), expected: { kind: 'bad-content' } },
  ])('$name', async ({ answer, expected }) => {
    const { client } = await start(({ url }) => answer(url));
    expect(await client.referrers(imageRef(HOST), SUBJECT, reading())).toMatchObject(expected);
  });
});
