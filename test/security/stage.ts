import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { DecideDeps } from '../../src/flows/change/decide/decide.ts';
import { createLog } from '../../src/log.ts';
import { createProducer } from '../../src/queue/producer.ts';
import { kubeconfig, startCluster } from '../../src/sandbox/cluster/cluster.ts';
import { type ApiClient, createApiClient } from '../../src/sandbox/kubelet/api-client.ts';
import { startKubelet } from '../../src/sandbox/kubelet/kubelet.ts';
import { createClosing } from '../../src/sandbox/parts/closing.ts';
import { type SimulatedRegistries, startRegistries } from '../../src/sandbox/registries/index.ts';
import { createKubernetes, type Kubernetes } from '../../src/sandbox/stories/kubernetes.ts';
import { namespace } from '../../src/sandbox/stories/objects.ts';
import { createCompany } from '../../src/timing/company.ts';
import { readConfig } from '../../src/wire/configuration.ts';
import { openRecords } from '../../src/wire/records.ts';
import { startClusterWorker } from '../../src/wire/worker.ts';
import { startFaultyForwarder } from '../support/faulty-forwarder.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore, type TestStore } from '../support/store.ts';

export const shop = 'shop';
export const alpha = 'alpha';
/** Another cluster of the same installation, with a worker of its own; its requests count as well. */
export const beta = 'beta';
export const team = 'T1';
/** What must be nowhere but in the Secret. */
export const password = 'hunter2-never-in-redis';
/** Key space that the product's workers listen to. */
export const prefix = 'imagecheck';

/** The product's workers with a real Redis that is the attacker's; the bot's keys are not. */
export interface SecurityStage {
  readonly redis: TestRedis;
  readonly registries: SimulatedRegistries;
  readonly kubernetes: Kubernetes;
  readonly api: ApiClient;
  /** The attacker's way in, and the honest bot's records. */
  readonly store: TestStore;
  /** Honest; its policy is the workers'. */
  readonly bot: DecideDeps;
  readonly publicKey: string;
  /** Requests of all workers that the API server took and that were no dry run, as `PATCH PATH`. */
  mutations(): readonly string[];
  /** Everything that the workers logged. */
  readonly log: () => string;
  stop(): Promise<void>;
}

export async function openStage(): Promise<SecurityStage> {
  const closing = createClosing();
  try {
    return await open(closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function open(closing: ReturnType<typeof createClosing>): Promise<SecurityStage> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-security-'));
  closing.add(() => rm(directory, { recursive: true, force: true }));
  const now = () => new Date();
  const registries = await startRegistries({ hosts: [{ host: 'ghcr.io', personality: 'ghcr' }], now });
  closing.add(() => registries.stop());
  const cluster = await startCluster();
  closing.add(() => cluster.stop());
  const server = { url: cluster.url, token: cluster.adminToken };
  const nodes = [{ name: 'one', arch: 'amd64' as const }];
  const kubelet = await startKubelet({ apiServer: server, nodes, registries: registries.endpoints });
  closing.add(() => kubelet.stop());
  const api = createApiClient(server);
  closing.add(() => api.close());
  const redis = await startRedis();
  closing.add(() => redis.close());
  const forwarder = await startFaultyForwarder({ ...server, stop: async () => {} });
  closing.add(() => forwarder.server.stop());
  const stopping = new AbortController();
  closing.add(() => stopping.abort());
  const kubernetes = createKubernetes(api, stopping.signal);
  await kubernetes.create(namespace(shop));

  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicText = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = createLog('debug', destination);
  const file = join(directory, 'worker.yaml');
  for (const id of [alpha, beta]) {
    const access = kubeconfig(id, forwarder.server.url, cluster.caPem, cluster.adminToken);
    await writeFile(join(directory, id), access, { mode: 0o600 });
  }
  await writeFile(file, configOf(directory, redis.url, registries.endpoints, publicText));
  const env = { IMAGECHECK_SECURITY_REDIS: redis.url, GHCR_USER: 'robot', GHCR_PASSWORD: password };
  const config = readConfig({ file, env, role: 'worker' });
  const records = await openRecords(config, 'worker', log);
  closing.add(() => records.stop(0));
  for (const setting of config.clusters) {
    const surroundings = { config, log, id: 'attacked', version: '1.2.3', company: createCompany() };
    const worker = await startClusterWorker(setting, records, surroundings);
    closing.add(() => worker.stop(0));
  }
  const store = await openStore(redis.url, 'worker', { prefix });
  closing.add(() => store.end());
  const queue = createProducer({ connection: store.client, prefix: store.queuePrefix, onError: () => {} });
  closing.add(() => queue.close());
  return {
    redis,
    registries,
    kubernetes,
    api,
    store,
    bot: { ...store, queue, now, policy: config.approve, privateKey, onTrouble: () => {} },
    publicKey: publicText,
    mutations: () =>
      forwarder.answered
        .filter(({ method, path, code }) => method !== 'GET' && !path.includes('dryRun=All') && code < 300)
        .filter(({ path }) => !/\/(?:selfsubject\w*|events)(?:\?|$)/.test(path))
        .map(({ method, path }) => `${method} ${path.split('?', 1)[0]}`),
    log: () => lines.join(''),
    stop: () => closing.close(),
  };
}

/** YAML takes JSON. Ana asks, Ben approves; another owner takes two, and a re-pull may be approved by anyone. */
function configOf(
  directory: string,
  redisUrl: string,
  endpoints: Readonly<Record<string, string>>,
  publicKey: string,
): string {
  return JSON.stringify({
    clusters: [alpha, beta].map((id) => ({ id, kubeconfig: join(directory, id) })),
    redis: { url: redisUrl, urlEnv: 'IMAGECHECK_SECURITY_REDIS', keyPrefix: prefix },
    registries: Object.entries(endpoints).map(([name, endpoint]) => ({
      name,
      registry: name,
      endpoint,
      usernameEnv: 'GHCR_USER',
      passwordEnv: 'GHCR_PASSWORD',
    })),
    policy: {
      approve: [
        { users: ['UBEN', 'UCARL'], risks: ['high'], votes: 2 },
        { users: ['UBEN'], remedies: ['set-image', 'add-pull-secret'], votes: 1 },
        { users: ['UBEN', 'UEVE'], remedies: ['force-repull'], votes: 1 },
      ],
    },
    remediation: { remedies: ['set-image', 'force-repull', 'add-pull-secret'] },
    signing: { publicKeys: [publicKey] },
  });
}
