import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Addresses } from '../../src/sandbox/ready-file.ts';
import { close, listen } from '../../src/sandbox/serving/listen.ts';
import type { StoryState } from '../../src/sandbox/stories/index.ts';
import { callApi } from '../support/sandbox.ts';
import { descendants, isAlive, listens, runSandboxProcess, startHeadless } from '../support/sandbox-process.ts';

interface Messages {
  readonly messages: readonly { readonly ts: string; readonly text: string; readonly thread_ts?: string }[];
}

/** Everything of a sandbox that must be gone when it ends. */
function traces({ addresses }: { readonly addresses: Addresses }) {
  return {
    pids: descendants(addresses.pid),
    directory: dirname(addresses.kubeconfig),
    urls: [addresses.page, addresses.slackApiUrl, addresses.redisUrl, ...Object.values(addresses.registries)],
  };
}

async function expectGone({ pids, directory, urls }: ReturnType<typeof traces>): Promise<void> {
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  await expect.poll(() => existsSync(directory), { timeout: 10_000 }).toBe(false);
  for (const url of urls) await expect.poll(() => listens(url), { message: url, timeout: 10_000 }).toBe(false);
}

describe('a headless sandbox', () => {
  let sandbox: Awaited<ReturnType<typeof startHeadless>>;
  let other: Awaited<ReturnType<typeof startHeadless>>;

  beforeAll(async () => {
    [sandbox, other] = await Promise.all([startHeadless(), startHeadless()]);
  }, 60_000);

  afterAll(() => {
    for (const each of [sandbox, other]) each?.child.kill('SIGKILL');
  });

  test('its ready file lists every address', async () => {
    const { addresses } = sandbox;
    expect(Object.keys(addresses)).toEqual([
      'page',
      'api',
      'slackApiUrl',
      'kubeconfig',
      'config',
      'redisUrl',
      'registries',
      'pid',
    ]);
    expect(addresses.pid).toBe(sandbox.child.pid);
    expect(addresses.registries['ghcr.io']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (const url of traces(sandbox).urls) expect(await listens(url), url).toBe(true);
    expect(sandbox.output()).toBe('');
  });

  test('every incident is set up, and its twin can be', async () => {
    const { stories } = await callApi<{ stories: readonly StoryState[] }>(sandbox, 'GET', '/stories');
    for (const { state, twinOf, id } of stories) expect(state, id).toBe(twinOf === undefined ? 'ready' : 'off');
    expect(new Set(stories.map(({ seed }) => seed))).toEqual(new Set(['000', '001', '002', '003', 'field']));
  });

  test('a question in a channel is answered with the cause in the thread', async () => {
    const text = '/imagecheck deployment dask-workers -n modelops-dask-dev';
    await callApi(sandbox, 'POST', '/act', { as: 'ana', channel: 'incidents', text });
    const parent = async () => (await callApi<Messages>(sandbox, 'GET', '/channels/incidents')).messages[0];
    await expect.poll(async () => (await parent())?.text, { timeout: 20_000 }).toMatch(/1 problem/);
    const ts = (await parent())?.ts ?? '';
    const thread = async () => (await callApi<Messages>(sandbox, 'GET', `/threads/incidents/${ts}`)).messages;
    await expect.poll(async () => (await thread()).at(-1)?.text, { timeout: 20_000 }).toMatch(/stale image: certain/i);
    expect(JSON.stringify((await thread()).at(-1))).toMatch(/Restarting won't help/);
  });

  test('a story can be removed and set up again', async () => {
    const path = '/stories/never-published';
    expect(await callApi<StoryState>(sandbox, 'DELETE', path)).toMatchObject({ state: 'off' });
    expect(await callApi<StoryState>(sandbox, 'POST', path)).toMatchObject({ state: 'ready' });
  });

  test('errors list the valid names', async () => {
    await expect(callApi(sandbox, 'POST', '/stories/nonsense')).rejects.toThrow(/there is no story.*stale-images/);
    await expect(callApi(sandbox, 'POST', '/faults', { component: 'nonsense' })).rejects.toThrow(
      /there is no component.*slack, cluster, mirror, registries, ghcr\.io/,
    );
    await expect(callApi(sandbox, 'POST', '/registries/nonsense', { html: true })).rejects.toThrow(/no registry/);
    await expect(callApi(sandbox, 'POST', '/registries/ghcr.io', { nonsense: 1 })).rejects.toThrow(/400/);
  });

  test('two run side by side without affecting each other', async () => {
    const { messages } = await callApi<Messages>(other, 'GET', '/channels/incidents');
    expect(messages).toEqual([]);
    expect(new Set([...traces(sandbox).urls, ...traces(other).urls]).size).toBe(
      traces(sandbox).urls.length + traces(other).urls.length,
    );
  });

  test('leaves nothing behind when told to stop', async () => {
    const left = traces(sandbox);
    sandbox.child.kill('SIGTERM');
    expect(await sandbox.exit).toBe(0);
    await expectGone(left);
    expect(sandbox.output()).toBe('');
  });

  test('leaves nothing behind when killed', async () => {
    const left = traces(other);
    other.child.kill('SIGKILL');
    expect(await other.exit).toBe('SIGKILL');
    await expectGone(left);
  });
});

describe('a sandbox that cannot start', () => {
  test('names the part that failed, and stops what was started', async () => {
    const { child, exit, output } = runSandboxProcess(['--headless'], {
      IMAGECHECK_REDIS_SERVER: '/nowhere/redis-server',
    });
    expect(await exit).toBe(2);
    expect(output()).toMatch(
      /redis-server cannot be started.*\nRun npm run sandbox, which installs one, or set REDIS_URL/,
    );
    expect(descendants(child.pid ?? 0)).toEqual([]);
  });

  test('names the port that is taken', async () => {
    const server = createServer();
    const url = await listen(server, 0);
    const { port } = new URL(url);
    const { exit, output } = runSandboxProcess(['--headless', '--port', port]);
    expect(await exit).toBe(2);
    expect(output()).toMatch(new RegExp(`cannot listen on port ${port}.*\nChoose another with --port`));
    await close(server);
  });
});
