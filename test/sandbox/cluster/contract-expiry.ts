import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { type Client, createClient, type ServerUnderTest } from './client.ts';
import { openReader, startForwarder } from './reader.ts';

/** A server whose history can be removed: everything before now is then too old. */
export interface ForgetfulServer extends ServerUnderTest {
  readonly forget: () => Promise<void>;
  /** Pages of a list survive that, as they do when only the watch cache has lost its history. */
  readonly keepsPages?: boolean;
}

/** 410 in both its shapes: an `ERROR` event inside a 200 stream, and an HTTP status (API concepts, "410 Gone responses"). */
export function expiryContract(start: () => Promise<ForgetfulServer>): void {
  let server: ForgetfulServer;
  let api: Client;
  const path = '/api/v1/namespaces/default/configmaps';
  beforeAll(async () => {
    server = await start();
    api = createClient(server);
    for (const name of ['old-1', 'old-2', 'old-3']) await api.call('POST', path, { body: { metadata: { name } } });
  });
  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it('ends a watch from a revision that is too old with an ERROR event of code 410', async () => {
    const { body } = await api.call('GET', path);
    for (const name of ['new-1', 'new-2']) await api.call('POST', path, { body: { metadata: { name } } });
    await server.forget();
    await api.call('POST', path, { body: { metadata: { name: 'new-3' } } });
    const watch = await api.watch(`${path}?watch=true&resourceVersion=${body.metadata.resourceVersion}`);
    await expect.poll(() => watch.ended(), { timeout: 10_000 }).toBe(true);
    expect(watch.events.map(({ type }) => type)).toEqual(['ERROR']);
    const [event] = watch.events;
    expect(event?.object).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 });
    expect(text(event?.object, 'message')).toMatch(/too old/);
  });

  it('answers a page after one that is too old with status 410, and a fresh list with 200', async () => {
    const first = await api.call('GET', `${path}?limit=1`);
    const token = text(first.body, 'metadata', 'continue');
    expect(token).not.toBe('');
    await api.call('POST', path, { body: { metadata: { name: 'between-pages' } } });
    await server.forget();
    const next = await api.call('GET', `${path}?limit=1&continue=${encodeURIComponent(token)}`);
    if (server.keepsPages === true) return expect(next.code).toBe(200);
    expect([next.code, next.body['reason']]).toEqual([410, 'Expired']);
    expect(text(next.body, 'message')).toContain('The provided continue parameter is too old');
    expect(at(next.body, 'metadata', 'continue')).toEqual(expect.any(String));
    expect((await api.call('GET', path)).code).toBe(200);
  });

  it('lets our reader finish a list whose pages became too old meanwhile', async () => {
    const created = ['pages-1', 'pages-2', 'pages-3'];
    for (const name of created) await api.call('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
    let pages = 0;
    const between = await startForwarder(server, async () => {
      pages += 1;
      if (pages !== 2) return;
      await api.call('POST', path, { body: { metadata: { name: 'between-readings' } } });
      await server.forget();
    });
    const reader = await openReader({ url: between.url, token: server.token }, { pageSize: 1 });
    const names = await reader.namespaces({ signal: AbortSignal.timeout(15_000) });
    await reader.close();
    await between.stop();
    expect(names).toMatchObject({ known: true, value: expect.arrayContaining(created) });
    expect(pages).toBeGreaterThan(4);
  }, 60_000);

  it('still serves a watch from now on', async () => {
    const { body } = await api.call('GET', path);
    const watch = await api.watch(`${path}?watch=true&resourceVersion=${body.metadata.resourceVersion}`);
    await api.call('POST', path, { body: { metadata: { name: 'after-all' } } });
    await expect.poll(() => watch.events.map(({ object }) => object.metadata.name)).toEqual(['after-all']);
    watch.stop();
  });
}
