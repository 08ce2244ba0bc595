import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PagePort, startPage } from './page/server.ts';
import { type Closing, createClosing } from './parts/closing.ts';
import { createComponents } from './parts/components.ts';
import { openCluster, openRedis, type ProductFiles, writeProductFiles } from './parts/parts.ts';
import { podsByWorkload } from './parts/pods.ts';
import { startProduct } from './product.ts';
import type { Addresses } from './ready-file.ts';
import { type RegistryHost, startRegistries } from './registries/index.ts';
import { startBrokenMirror } from './registries/mirror.ts';
import { startSlack } from './slack/index.ts';
import { changed } from './slack/workspace.ts';
import { createStories, type Stories } from './stories/index.ts';
import { createKubernetes } from './stories/kubernetes.ts';
import { createStages } from './stories/stage.ts';
import type { Story } from './stories/story.ts';

/** Options of a sandbox. */
export interface SandboxOptions {
  readonly stories: readonly Story[];
  /** Port of the page; 0 picks a free one. */
  readonly port: PagePort;
  /** URL of an existing Redis; without it `redisServer` is started. */
  readonly redisUrl?: string;
  readonly redisServer: string;
  /** A real cluster instead of the simulated one. */
  readonly kubeconfig?: string;
  /** The identity with which the product reads that cluster, if it differs from the one that sets it up. */
  readonly productKubeconfig?: string;
  /** Called with what is being started. */
  readonly say: (what: string) => void;
}

/** A running sandbox. */
export interface Sandbox {
  readonly addresses: Addresses;
  readonly stories: Stories;
  /** How the product's own process was started. */
  readonly product: ProductFiles;
  /** Path of the product's log. */
  readonly logFile: string;
  /** Resolves with the reason if the product ends unexpectedly. */
  readonly died: Promise<string>;
  /** Closes everything; leaves nothing behind. */
  stop(): Promise<void>;
}

/** An account that may read and push everything, for experiments with crane, skopeo or docker. */
const visitor = { username: 'sandbox', password: 'sandbox' };

/** Hosts that exist in addition to those that the stories need. */
const usualHosts: readonly RegistryHost[] = [
  { host: 'ghcr.io', personality: 'ghcr' },
  { host: 'docker.io', personality: 'docker-hub' },
];

/** Starts all parts. If one cannot start, the earlier ones are closed and the error names it. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const closing = createClosing();
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(options: SandboxOptions, closing: Closing): Promise<Sandbox> {
  const { say } = options;
  const now = () => new Date();
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-sandbox-'));
  closing.add(() => rm(directory, { recursive: true, force: true }));
  const world = await startWorld(options, directory, now, closing);
  const { registries, cluster, slack, mirror, redisUrl } = world;
  const { kubeletControl, nodes } = cluster;
  const kubeconfig = options.productKubeconfig ?? cluster.kubeconfig;
  const redisKeyPrefix = `imagecheck-sandbox-${randomBytes(4).toString('hex')}`;
  const files = await writeProductFiles(directory, { kubeconfig, slack, redisUrl, redisKeyPrefix }, registries);

  const stopping = new AbortController();
  const kubernetes = createKubernetes(cluster.api, stopping.signal);
  const stages = createStages({ kubernetes, registries, kubeletControl, nodes, now });
  const stories = createStories(options.stories, stages, () => changed(slack.workspace));
  if (options.kubeconfig !== undefined) closing.add(() => removeAll(stories));
  closing.add(() => stopping.abort());
  const faults = { slack: slack.faults, cluster: cluster.simulated, mirror: mirror.faults, registries };
  const components = createComponents(faults);
  const pods = (namespace: string) => podsByWorkload(cluster.api, namespace);
  const page = await startPage({ stage: slack, stories, components, registries, pods, kubeletControl }, options.port);
  closing.add(() => page.stop());
  say('imagecheck itself');
  const logFile = join(directory, 'imagecheck.log');
  const product = await startProduct({ config: files.ownConfig, logFile, environment: files.environment, directory });
  closing.add(() => product.stop());
  const addresses = {
    page: page.url,
    api: `${page.url}/api`,
    slackApiUrl: slack.apiUrl,
    kubeconfig,
    config: files.config,
    redisUrl,
    registries: registries.endpoints,
    pid: process.pid,
  };
  return { addresses, stories, product: files, logFile, died: product.died, stop: () => closing.close() };
}

/** Everything that the product talks to. */
async function startWorld(options: SandboxOptions, directory: string, now: () => Date, closing: Closing) {
  const { say, kubeconfig } = options;
  say('registries');
  const hosts = [...usualHosts, ...options.stories.flatMap((story) => story.hosts)];
  const registries = await startRegistries({ hosts, now });
  closing.add(() => registries.stop());
  for (const host of registries.hosts) registries.change(host, { account: visitor });
  const mirror = await startBrokenMirror();
  closing.add(() => mirror.stop());
  say(kubeconfig === undefined ? 'the cluster and its nodes' : 'nodes in the cluster of the kubeconfig');
  const cluster = await openCluster(kubeconfig, directory, registries, mirror, closing);
  say('Slack');
  const slack = await startSlack({ now });
  closing.add(() => slack.stop());
  say('Redis');
  const redisUrl = await openRedis(options.redisUrl, options.redisServer, closing);
  return { registries, mirror, cluster, slack, redisUrl };
}

/** A real cluster outlives the sandbox; what stories create in it must not. */
async function removeAll(stories: Stories): Promise<void> {
  await Promise.all(stories.list().map(({ id }) => stories.remove(id)));
}
