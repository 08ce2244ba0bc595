import { type ApiServer, createApiClient } from './api-client.ts';
import type { Rule } from './behaviour.ts';
import { createClock } from './clock.ts';
import { startControl } from './control.ts';
import { startLogServer } from './log-server.ts';
import { type NodeOptions, type SimulatedNode, startNode } from './node.ts';
import { createNetwork } from './pull/http.ts';

/** Options of the simulated kubelets. */
export interface KubeletOptions {
  /** Any Kubernetes API server, simulated or real, with the rights of a kubelet. */
  readonly apiServer: ApiServer;
  readonly nodes: readonly NodeOptions[];
  /** Where registries really are: host of an image (or `localhost:8578` of a mirror) -> base URL. */
  readonly registries: Readonly<Record<string, string>>;
  readonly now?: () => Date;
  /** Seconds of back-off per real second; default: 20. */
  readonly speed?: number;
  /** How long a registry may take to answer; containerd's own 30 s is too long for a story on a laptop. */
  readonly registryTimeoutMs?: number;
  /** Called with errors of the API server; pods are retried. */
  readonly onError?: (error: unknown) => void;
}

/** Running kubelets. */
export interface SimulatedKubelet {
  /** Base URL of the control API (`control.ts`). */
  readonly control: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a kubelet for each node, as clients of the API server over HTTP: they register nodes, really pull manifests
 * from the registries, only pretend to run containers, and write realistic statuses, Events and logs.
 */
export async function startKubelet(options: KubeletOptions): Promise<SimulatedKubelet> {
  const clock = createClock(options.now ?? (() => new Date()), options.speed ?? 20);
  const api = createApiClient(options.apiServer);
  const network = createNetwork(options.registries, options.registryTimeoutMs ?? 10_000);
  const rules: Rule[] = [];
  const heldPulls = new Map<string, Date>();
  const nodes: SimulatedNode[] = [];
  const find = (namespace: string, pod: string, container: string) => {
    for (const node of nodes) {
      const record = node.find(namespace, pod, container);
      if (record !== undefined) return record;
    }
    return undefined;
  };
  const logs = await startLogServer(find, clock.now);
  const control = await startControl({ nodes, clock, rules, heldPulls });
  const stop = async () => {
    for (const node of nodes) node.stop();
    await Promise.all([api.close(), network.close(), logs.close(), control.stop()]);
  };
  try {
    for (const [index, node] of options.nodes.entries()) {
      const context = {
        api,
        clock,
        network,
        logPort: logs.port,
        rules: () => rules,
        heldPulls,
        index,
        onError: options.onError ?? (() => undefined),
      };
      nodes.push(await startNode(context, node));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { control: control.url, stop };
}
