import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, createClient, type ServerUnderTest, type Watch } from './client.ts';
import type { ContractContext } from './contract-context.ts';
import { dryRunsContract } from './contract-dry-runs.ts';
import { kindsContract } from './contract-kinds.ts';
import { listsContract, writesContract } from './contract-objects.ts';
import { patchesContract } from './contract-patches.ts';
import { refusalsContract, rightsContract, watchesContract } from './contract-refusals.ts';
import { streamsContract } from './contract-streams.ts';
import { controllersContract, podsContract } from './contract-workloads.ts';

/** What imagecheck and its kubelet rely on. It holds for the simulated API server and for a real one. */
export function apiContract(start: () => Promise<ServerUnderTest>): void {
  let server: ServerUnderTest;
  let api: Client;
  let namespace: string;
  let longWatch: Watch;
  beforeAll(async () => {
    server = await start();
    api = createClient(server);
    namespace = await api.namespace();
    // As clients do: a list, then a watch from there. (Without a revision, etcd has to report its progress.)
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const since = (await api.call('GET', path)).body.metadata.resourceVersion;
    longWatch = await api.watch(`${path}?watch=true&allowWatchBookmarks=true&resourceVersion=${since}`);
  });
  afterAll(async () => {
    longWatch.stop();
    await api.call('DELETE', `/api/v1/namespaces/${namespace}`);
    await api.close();
    await server.stop();
  });
  const core = (rest: string) => `/api/v1/namespaces/${namespace}/${rest}`;
  const context: ContractContext = {
    api: () => api,
    namespace: () => namespace,
    core,
    apps: (rest) => `/apis/apps/v1/namespaces/${namespace}/${rest}`,
    map: (name, data = {}, labels = {}) =>
      api.call('POST', core('configmaps'), { body: { metadata: { name, labels }, data } }),
  };
  listsContract(context);
  writesContract(context);
  patchesContract(context);
  dryRunsContract(context);
  kindsContract(context);
  refusalsContract(context);
  watchesContract(context);
  streamsContract(context, () => server);
  podsContract(context);
  controllersContract(context);
  rightsContract(context);

  it('a watch that allows bookmarks gets one, and can be resumed from it without receiving anything twice', async () => {
    await context.map('before-bookmark');
    // About one a minute; the watch has been open since the first test.
    await expect.poll(() => longWatch.events.at(-1)?.type, { timeout: 85_000 }).toBe('BOOKMARK');
    const bookmark = longWatch.events.at(-1);
    expect(bookmark?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    const since = bookmark?.object.metadata.resourceVersion ?? '';
    const resumed = await api.watch(core(`configmaps?watch=true&resourceVersion=${since}`));
    await context.map('after-bookmark');
    await expect.poll(() => resumed.events.map(({ object }) => object.metadata.name)).toEqual(['after-bookmark']);
    resumed.stop();
  }, 90_000);
}
