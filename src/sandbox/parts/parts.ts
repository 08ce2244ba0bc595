import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SandboxCluster, startCluster } from '../cluster/cluster.ts';
import { type ApiClient, type ApiServer, createApiClient } from '../kubelet/api-client.ts';
import { startKubelet } from '../kubelet/kubelet.ts';
import type { NodeOptions } from '../kubelet/node.ts';
import type { SimulatedRegistries } from '../registries/index.ts';
import { type BrokenMirror, mirrorAddress } from '../registries/mirror.ts';
import type { SimulatedSlack } from '../slack/index.ts';
import type { Closing } from './closing.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { productConfig } from './product-config.ts';
import { startRedis } from './redis.ts';

/** A cluster with simulated nodes. */
export interface OpenCluster {
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  readonly api: ApiClient;
  readonly kubeletControl: string;
  readonly nodes: readonly string[];
  /** Undefined for a real one. */
  readonly simulated: SandboxCluster | undefined;
}

/** The arm64 node is tainted as in managed clusters, so that amd64-only images do not land there. */
const nodes: readonly NodeOptions[] = [
  { name: 'amd64-1', arch: 'amd64' },
  { name: 'amd64-2', arch: 'amd64' },
  {
    name: 'arm64-1',
    arch: 'arm64',
    taints: [{ key: 'kubernetes.io/arch', value: 'arm64', effect: 'NoSchedule' }],
  },
];

/** The cluster of this kubeconfig, or a simulated one; either way with simulated nodes that pull for real. */
export async function openCluster(
  given: string | undefined,
  directory: string,
  registries: SimulatedRegistries,
  mirror: BrokenMirror,
  closing: Closing,
): Promise<OpenCluster> {
  const simulated = given === undefined ? await startCluster({ name: 'sandbox' }) : undefined;
  if (simulated !== undefined) closing.add(() => simulated.stop());
  const kubeconfig = given ?? join(directory, 'kubeconfig.yaml');
  if (simulated !== undefined) await writeFile(kubeconfig, simulated.kubeconfig, { mode: 0o600 });
  const server: ApiServer =
    simulated === undefined ? await readKubeconfig(kubeconfig) : { url: simulated.url, token: simulated.adminToken };
  const api = createApiClient(server);
  closing.add(() => api.close());
  if (simulated === undefined) closing.add(() => forgetNodes(api));
  const kubelet = await startKubelet({
    apiServer: server,
    nodes,
    registries: { ...registries.endpoints, [mirrorAddress]: mirror.url },
  });
  closing.add(() => kubelet.stop());
  return { kubeconfig, api, kubeletControl: kubelet.control, nodes: nodes.map(({ name }) => name), simulated };
}

/** A real cluster outlives the sandbox, and nodes without a kubelet would stay in it. */
async function forgetNodes(api: ApiClient): Promise<void> {
  await Promise.all(nodes.map(({ name }) => api.send('DELETE', `/api/v1/nodes/${name}`)));
}

/** The given Redis, or one of our own. */
export async function openRedis(url: string | undefined, executable: string, closing: Closing): Promise<string> {
  if (url !== undefined) return url;
  const redis = await startRedis(executable);
  closing.add(() => redis.stop());
  return redis.url;
}

/**
 * The product's accounts: at GHCR to distinguish "private" from "missing"
 * (docs/how-it-decides.md#as-whom-an-image-resolves), at Docker Hub for pull secrets that it writes.
 */
const accounts = {
  'ghcr.io': {
    login: { username: 'imagecheck-bot', password: 'ghp_pretended' },
    variables: { usernameEnv: 'SANDBOX_GHCR_USERNAME', passwordEnv: 'SANDBOX_GHCR_TOKEN' },
  },
  'docker.io': {
    login: { username: 'imagecheckbot', password: 'dckr_pat_pretended' },
    variables: { usernameEnv: 'SANDBOX_DOCKER_HUB_USERNAME', passwordEnv: 'SANDBOX_DOCKER_HUB_TOKEN' },
  },
} as const;
const hostsWithAccount = Object.entries(accounts);

/** How the product is started. */
export interface ProductFiles {
  /** For the terminal: needs no environment variables. */
  readonly config: string;
  /** For the product's own process: the same, plus its registry accounts. */
  readonly ownConfig: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Writes the product's configuration, and gives the product the accounts named there and a key pair. */
export async function writeProductFiles(
  directory: string,
  around: {
    readonly kubeconfig: string;
    readonly slack: SimulatedSlack;
    readonly redisUrl: string;
    readonly redisKeyPrefix: string;
  },
  registries: SimulatedRegistries,
): Promise<ProductFiles> {
  for (const [host, { login }] of hostsWithAccount) registries.change(host, { account: login });
  // Both live as long as the sandbox, so parts of the product can be restarted.
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signingPublicKey = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const { slack, ...rest } = around;
  const endpoints = registries.endpoints;
  const surroundings = {
    ...rest,
    clusterId: 'sandbox',
    slackApiUrl: slack.apiUrl,
    registries: endpoints,
    signingPublicKey,
  };
  const config = join(directory, 'imagecheck.yaml');
  const ownConfig = join(directory, 'imagecheck-with-account.yaml');
  const credentials = Object.fromEntries(hostsWithAccount.map(([host, { variables }]) => [host, variables]));
  await writeFile(config, productConfig({ ...surroundings, credentials: {} }), { mode: 0o600 });
  await writeFile(ownConfig, productConfig({ ...surroundings, credentials }), { mode: 0o600 });
  const logins = hostsWithAccount.flatMap(([, { login, variables }]) => [
    [variables.usernameEnv, login.username],
    [variables.passwordEnv, login.password],
  ]);
  return {
    config,
    ownConfig,
    environment: {
      SLACK_BOT_TOKEN: slack.workspace.app.botToken,
      SLACK_APP_TOKEN: slack.workspace.app.appToken,
      IMAGECHECK_SIGNING_KEY: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      ...(Object.fromEntries(logins) as Record<string, string>),
    },
  };
}
