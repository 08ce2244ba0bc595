import { startKubelet } from '../../src/sandbox/kubelet/kubelet.ts';
import { type SimulatedRegistries, startRegistries } from '../../src/sandbox/registries/index.ts';
import { createClient } from '../sandbox/cluster/client.ts';

/** Simulated nodes in any cluster, with registries that their kubelets pull from. */
export interface Nodes {
  readonly registries: SimulatedRegistries;
  /** Base URL of the kubelets' control API. */
  readonly control: string;
  /** Stops them and removes the nodes from the cluster. */
  readonly stop: () => Promise<void>;
}

const names = ['node-1', 'node-2'];

export async function startNodes(server: {
  readonly url: string;
  readonly token: string;
  readonly caPem?: string;
}): Promise<Nodes> {
  const hosts = [
    { host: 'ghcr.io', personality: 'ghcr' },
    { host: 'docker.io', personality: 'docker-hub' },
  ] as const;
  const registries = await startRegistries({ hosts, now: () => new Date() });
  const kubelet = await startKubelet({
    apiServer: server,
    nodes: names.map((name) => ({ name, arch: 'amd64' })),
    registries: registries.endpoints,
  });
  return {
    registries,
    control: kubelet.control,
    stop: async () => {
      const api = createClient({ ...server, stop: () => Promise.resolve() });
      await Promise.all(names.map((name) => api.call('DELETE', `/api/v1/nodes/${name}`)));
      await api.close();
      await Promise.all([kubelet.stop(), registries.stop()]);
    },
  };
}
