import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfig, type SandboxCluster, startCluster } from '../../src/sandbox/cluster/cluster.ts';
import { type ApiClient, createApiClient } from '../../src/sandbox/kubelet/api-client.ts';
import { startKubelet } from '../../src/sandbox/kubelet/kubelet.ts';
import { createClosing } from '../../src/sandbox/parts/closing.ts';
import { type SimulatedRegistries, startRegistries } from '../../src/sandbox/registries/index.ts';
import { type SimulatedSlack, startSlack } from '../../src/sandbox/slack/index.ts';
import { createKubernetes, type Kubernetes } from '../../src/sandbox/stories/kubernetes.ts';
import { namespace } from '../../src/sandbox/stories/objects.ts';
import { type FaultyForwarder, startFaultyForwarder } from '../support/faulty-forwarder.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { openStore, type TestStore } from '../support/store.ts';
import { type Role, startRole } from './processes.ts';
import { type RedisWire, startRedisWire } from './redis-wire.ts';

export const clusterId = 'faults';
export const shop = 'shop';

/** A worker or bot in its own process, with what stands between it and everything else. */
export interface Actor extends Role {
  readonly wire: RedisWire;
}
export interface WorkerActor extends Actor {
  /** Between this worker and the API server. */
  readonly api: FaultyForwarder;
}

export interface ActorOptions {
  /** How far the clock of its process is ahead. */
  readonly clockMs?: number;
  /** One release newer than this checkout: see `newer-release.ts`. */
  readonly newer?: boolean;
  /** How much memory V8 allows itself. */
  readonly heapMb?: number;
  /** Sections of its configuration besides the usual ones. */
  readonly sections?: Readonly<Record<string, unknown>>;
  /** The private key of a bot, and the public ones of its configuration; the stage's own pair when left out. */
  readonly keys?: { readonly own?: string; readonly trusted: readonly string[] };
}

/** Everything around the product over real sockets: cluster with nodes, registry, Slack, Redis. */
export interface FaultStage {
  readonly slack: SimulatedSlack;
  readonly redis: TestRedis;
  readonly registries: SimulatedRegistries;
  readonly kubernetes: Kubernetes;
  /** Straight to the API server. */
  readonly api: ApiClient;
  /** What Redis holds, read with a connection of its own. */
  readonly store: TestStore;
  /** Every worker that was started, dead ones too: what they sent counts. */
  readonly workers: readonly WorkerActor[];
  startWorker(how?: ActorOptions): Promise<WorkerActor>;
  startBot(how?: ActorOptions): Promise<Actor>;
  /** Writes a worker’s configuration with these sections besides, for a test that starts the process itself. */
  workerConfig(sections: Readonly<Record<string, unknown>>): Promise<string>;
  /** How every container of a Deployment behaves once it started. */
  behave(workload: string, behaviour: { readonly readyAfterSeconds: number }): Promise<void>;
  stop(): Promise<void>;
}

const host = 'ghcr.io';

export interface StageOptions {
  /** The people whose votes count, and how many it takes. */
  readonly approvers?: readonly string[];
  readonly votes?: number;
  /** `user:password@` of Redis for each side; everyone’s default user when left out. */
  readonly logins?: Readonly<Record<'bot' | 'worker', string>>;
  /** Who may ask. */
  readonly askers?: readonly string[];
  /** False: bots do not keep Slack's pace, where many changes at once would only wait for each other. */
  readonly paced?: boolean;
  /** Default: a server of its own. */
  readonly redis?: () => Promise<TestRedis>;
  /** More registries that the configuration names: host -> origin. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Called with every line that a process of the product writes to its log. */
  readonly onLine?: (line: string) => void;
}

const usual = {
  approvers: ['U0BEN', 'U0CHLOE'],
  votes: 1,
  askers: ['U0ANA'],
  paced: true,
  redis: () => startRedis(),
  hosts: {},
  logins: { bot: '', worker: '' },
  onLine: () => {},
} satisfies StageOptions;

/** Starts the surroundings; nothing of the product runs yet. */
export async function openStage(options: StageOptions = {}): Promise<FaultStage> {
  const closing = createClosing();
  try {
    return await open({ ...usual, ...options }, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function open(options: Required<StageOptions>, closing: ReturnType<typeof createClosing>): Promise<FaultStage> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-faults-'));
  closing.add(() => rm(directory, { recursive: true, force: true }));
  const now = () => new Date();
  const registries = await startRegistries({ hosts: [{ host, personality: 'ghcr' }], now });
  closing.add(() => registries.stop());
  const cluster = await startCluster();
  closing.add(() => cluster.stop());
  const server = { url: cluster.url, token: cluster.adminToken };
  const nodes = [{ name: 'one', arch: 'amd64' as const }];
  const kubelet = await startKubelet({ apiServer: server, nodes, registries: registries.endpoints });
  closing.add(() => kubelet.stop());
  const api = createApiClient(server);
  closing.add(() => api.close());
  // Its limits are not what is tried here; where 429 is, it is set as a fault.
  const slack = await startSlack({ now, limits: false });
  closing.add(() => slack.stop());
  const redis = await options.redis();
  closing.add(() => redis.close());
  const store = await openStore(redis.url, 'worker', { prefix: 'imagecheck' });
  closing.add(() => store.end());
  const stopping = new AbortController();
  closing.add(() => stopping.abort());
  const kubernetes = createKubernetes(api, stopping.signal);
  await kubernetes.create(namespace(shop));
  const started = createActors({ ...options, directory, cluster, slack, redis, registries }, closing);
  return {
    slack,
    redis,
    registries,
    kubernetes,
    api,
    store,
    ...started,
    behave: async (workload, behaviour) => {
      const body = JSON.stringify({ match: { namespace: shop, workload }, behaviour });
      await fetch(new URL('/behaviours', kubelet.control), { method: 'POST', body });
    },
    stop: () => closing.close(),
  };
}

interface Around extends Omit<Required<StageOptions>, 'redis'> {
  readonly directory: string;
  readonly cluster: SandboxCluster;
  readonly slack: SimulatedSlack;
  readonly redis: TestRedis;
  readonly registries: SimulatedRegistries;
}

function createActors(
  around: Around,
  closing: ReturnType<typeof createClosing>,
): Pick<FaultStage, 'workers' | 'startWorker' | 'startBot' | 'workerConfig'> {
  const { directory, cluster, slack, redis, paced, onLine, logins } = around;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicText = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const as = (side: 'bot' | 'worker', { url }: RedisWire) => url.replace('redis://', `redis://${logins[side]}`);
  const workers: WorkerActor[] = [];
  let count = 0;
  const configFor = async (redisUrl: string, apiUrl: string, sections = {}): Promise<string> => {
    count += 1;
    const file = join(directory, `actor-${count}`);
    const access = kubeconfig(clusterId, apiUrl, cluster.caPem, cluster.adminToken);
    await writeFile(`${file}.kubeconfig`, access, { mode: 0o600 });
    await writeFile(
      `${file}.yaml`,
      JSON.stringify({ ...configOf(around, redisUrl, `${file}.kubeconfig`, publicText), ...sections }),
    );
    return `${file}.yaml`;
  };
  return {
    workers,
    workerConfig: (sections) => configFor(redis.url, cluster.url, sections),
    startWorker: async (how = {}) => {
      const wire = await startRedisWire(() => redis.port);
      closing.add(() => wire.stop());
      const forwarder = await startFaultyForwarder({
        url: cluster.url,
        token: cluster.adminToken,
        stop: async () => {},
      });
      closing.add(() => forwarder.server.stop());
      const config = await configFor(as('worker', wire), forwarder.server.url, sectionsOf(how));
      const role = await startRole('worker', config, memoryOf(how), { ...how, paced: true, onLine });
      closing.add(() => role.kill());
      const worker = { ...role, wire, api: forwarder };
      workers.push(worker);
      return worker;
    },
    startBot: async (how = {}) => {
      const wire = await startRedisWire(() => redis.port);
      closing.add(() => wire.stop());
      const environment = {
        SLACK_BOT_TOKEN: slack.workspace.app.botToken,
        SLACK_APP_TOKEN: slack.workspace.app.appToken,
        ...memoryOf(how),
        IMAGECHECK_SIGNING_KEY: how.keys?.own ?? privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      };
      const config = await configFor(as('bot', wire), cluster.url, sectionsOf(how));
      const role = await startRole('bot', config, environment, {
        ...how,
        paced,
        onLine,
      });
      closing.add(() => role.kill());
      return { ...role, wire };
    },
  };
}

function sectionsOf({ keys, sections = {} }: ActorOptions): Readonly<Record<string, unknown>> {
  return keys === undefined ? sections : { ...sections, signing: { publicKeys: keys.trusted } };
}

function memoryOf({ heapMb }: ActorOptions): Readonly<Record<string, string>> {
  return heapMb === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMb}` };
}

/** Written as JSON, which YAML takes. */
function configOf(
  { slack, registries, approvers, votes, askers, hosts }: Around,
  redisUrl: string,
  access: string,
  publicKey: string,
): Readonly<Record<string, unknown>> {
  return {
    clusters: [{ id: clusterId, kubeconfig: access }],
    slack: { mode: 'socket', apiUrl: slack.apiUrl },
    redis: { url: redisUrl, urlEnv: 'IMAGECHECK_FAULTS_REDIS_URL' },
    registries: Object.entries({ ...registries.endpoints, ...hosts }).map(([name, endpoint]) => ({
      name,
      registry: name,
      endpoint,
    })),
    policy: { ask: [{ users: askers }], approve: [{ users: approvers, votes }] },
    remediation: { remedies: ['set-image', 'force-repull'] },
    signing: { publicKeys: [publicKey] },
  };
}
