import { afterAll, beforeAll } from 'vitest';
import { type Client, createClient, type ServerUnderTest } from './client.ts';
import type { ContractContext } from './contract-context.ts';
import { dryRunsContract } from './contract-dry-runs.ts';
import { kindsContract } from './contract-kinds.ts';
import { listsContract, writesContract } from './contract-objects.ts';
import { patchesContract } from './contract-patches.ts';
import { refusalsContract, rightsContract, watchesContract } from './contract-refusals.ts';
import { controllersContract, podsContract } from './contract-workloads.ts';

/** What imagecheck and its kubelet rely on. Holds for the simulated API server and for a real one alike. */
export function apiContract(start: () => Promise<ServerUnderTest>): void {
  let server: ServerUnderTest;
  let api: Client;
  let namespace: string;
  beforeAll(async () => {
    server = await start();
    api = createClient(server);
    namespace = await api.namespace();
  });
  afterAll(async () => {
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
  podsContract(context);
  controllersContract(context);
  rightsContract(context);
}
