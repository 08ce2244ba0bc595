// A process with a simulated cluster and simulated registries, filled with as much data as the figures need.
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type SandboxCluster, startCluster } from '../src/sandbox/cluster/cluster.ts';
import { type SimulatedRegistries, startRegistries } from '../src/sandbox/registries/index.ts';
import { pushImage, repositoryOf } from '../src/sandbox/registries/storage.ts';
import { answerCalls, nowMs } from './calls.ts';
import { runPods } from './run-pods.ts';
import { createSeeder, type Group } from './world-objects.ts';

/** A request as the server saw it; times are epoch milliseconds. */
export interface LoggedRequest {
  readonly component: 'cluster' | 'registry';
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly authorization: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Bytes written to the connection for it, as counted by the socket. */
  readonly bytes: number;
}

/** The addresses of the world. */
export interface WorldAddresses {
  readonly kubeconfig: string;
  /** Host as images name it -> address. */
  readonly registries: Readonly<Record<string, string>>;
  /** Credential for every private repository. */
  readonly account: { readonly username: string; readonly password: string };
}

export const registryHost = 'ghcr.io';
export const account = { username: 'bench', password: 'bench-password' };

let cluster: SandboxCluster;
let registries: SimulatedRegistries;
/** The digest of each tag. */
const digests = new Map<string, string>();
let log: LoggedRequest[] = [];

/** Node reports every request to every server in this process, so the simulators need no hooks. */
function recordRequests(): void {
  const started = new WeakMap<IncomingMessage, { readonly ms: number; readonly written: number }>();
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { readonly request: IncomingMessage };
    started.set(request, { ms: nowMs(), written: request.socket.bytesWritten });
  });
  subscribe('http.server.response.finish', (message) => {
    const { request, response, server } = message as {
      readonly request: IncomingMessage;
      readonly response: ServerResponse;
      readonly server: Server;
    };
    const component = componentOf(server);
    if (component === undefined) return;
    const start = started.get(request);
    log.push({
      component,
      method: request.method ?? '',
      path: request.url ?? '',
      status: response.statusCode,
      authorization: request.headers.authorization ?? '',
      startMs: start?.ms ?? nowMs(),
      endMs: nowMs(),
      bytes: request.socket.bytesWritten - (start?.written ?? 0),
    });
  });
}

function componentOf(server: Server): LoggedRequest['component'] | undefined {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  if (Object.values(registries.endpoints).some((url) => url.endsWith(`:${port}`))) return 'registry';
  return cluster.httpsUrl.endsWith(`:${port}`) ? 'cluster' : undefined;
}

answerCalls({
  start: async (): Promise<WorldAddresses> => {
    const now = () => new Date();
    cluster = await startCluster();
    registries = await startRegistries({ hosts: [{ host: registryHost, personality: 'ghcr' }], now });
    registries.registry(registryHost)?.state.accounts.push({ ...account });
    recordRequests();
    return { kubeconfig: cluster.kubeconfig, registries: registries.endpoints, account };
  },
  seed: async (groups: readonly Group[]) => {
    const registry = registries.registry(registryHost);
    if (registry === undefined) throw new Error('no registry');
    const push = (repository: string, tags: readonly string[], created: string): string => {
      const platforms = ['linux/amd64', 'linux/arm64'];
      const seed = `${repository} ${tags.join(' ')}`;
      const { digest } = pushImage(registry.state.storage, repository, tags, { platforms, created, seed }, created);
      repositoryOf(registry.state.storage, repository).private = true;
      for (const tag of tags) digests.set(`${registryHost}/${repository}:${tag}`, digest);
      return digest;
    };
    await createSeeder(cluster, push).seed(groups);
    log = [];
  },
  /** From now on, pods that a rollout creates run immediately. */
  runPods: () => runPods(cluster, digests),
  delay: ({ clusterMs, registryMs }: { readonly clusterMs: number; readonly registryMs: number }) => {
    cluster.faults.set(clusterMs > 0 ? { delayMs: clusterMs } : undefined);
    registries.setFault(registryMs > 0 ? { delayMs: registryMs } : undefined);
  },
  takeLog: (): readonly LoggedRequest[] => {
    const taken = log;
    log = [];
    return taken;
  },
  exit: () => process.exit(),
  stop: async () => {
    await Promise.all([cluster.stop(), registries.stop()]);
  },
});
