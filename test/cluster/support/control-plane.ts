import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { type KeptProcess, startKept } from './kept-process.ts';

/** A real Kubernetes control plane on loopback, in its own directory. */
export interface ControlPlane {
  /** `https://127.0.0.1:N`. */
  readonly url: string;
  /** Group `system:masters`. */
  readonly adminToken: string;
  /** Certificate authority of the API server. */
  readonly caPem: string;
  /** Where the API server writes what it was asked (level Metadata). */
  readonly auditFile: string;
  /** Everything that it writes; removed at its end. */
  readonly directory: string;
  /** Base URL of etcd. */
  readonly etcd: string;
  /** Stops the API server and starts it again on the same port, with further flags when given. */
  readonly restartApiServer: (flags?: readonly string[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What to start. */
export interface ControlPlaneOptions {
  /** Paths of the programs by name (scripts/cluster-assets.mjs finds or builds them). */
  readonly binaries: Readonly<Record<string, string>>;
  /** Without: etcd and the API server alone. */
  readonly controllers: boolean;
  readonly apiServerFlags?: readonly string[];
}

interface Launch {
  readonly binaries: Readonly<Record<string, string>>;
  readonly directory: string;
}

const readyWithinMs = 90_000;
const controllers = [
  'deployment',
  'replicaset',
  'statefulset',
  'daemonset',
  'job',
  'cronjob',
  'serviceaccount',
  'serviceaccount-token',
  'garbagecollector',
  'namespace',
  'disruption',
  'root-ca-certificate-publisher-controller',
  'persistentvolumeclaim-protection-controller',
];

/** Starts etcd and the API server, then controller manager and scheduler; a start that fails leaves nothing. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const children: KeptProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.end()));
  };
  try {
    return await start(options, children, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  { binaries, controllers: withControllers, apiServerFlags = [] }: ControlPlaneOptions,
  children: KeptProcess[],
  stop: () => Promise<void>,
): Promise<ControlPlane> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-cluster-'));
  const launched: Launch = { binaries, directory };
  const [clientPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
  const adminToken = randomBytes(16).toString('hex');
  await writeInputs(directory, adminToken);
  const etcd = `http://127.0.0.1:${clientPort}`;
  children.push(launch(launched, 'etcd', etcdFlags(directory, etcd, `http://127.0.0.1:${peerPort}`)));
  const url = `https://127.0.0.1:${apiPort}`;
  const flags = [...fixedFlags(directory, etcd, apiPort), ...apiServerFlags];
  let apiServer = launch(launched, 'kube-apiserver', flags);
  children.push(apiServer);
  await ready(url, adminToken, apiServer, directory);
  const caPem = await readFile(join(directory, 'certs', 'apiserver.crt'), 'utf8');
  if (withControllers) {
    const admin = join(directory, 'kubeconfig.yaml');
    await writeFile(admin, kubeconfig({ url, caPem, token: adminToken }), { mode: 0o600 });
    const usual = ['--kubeconfig', admin, '--leader-elect=false', '--secure-port=0'];
    const ca = ['--root-ca-file', join(directory, 'certs', 'apiserver.crt')];
    const key = ['--service-account-private-key-file', join(directory, 'sa.key'), ...ca];
    const only = `--controllers=${controllers.join(',')}`;
    children.push(launch(launched, 'kube-controller-manager', [...usual, ...key, only]));
    children.push(launch(launched, 'kube-scheduler', usual));
  }
  return {
    url,
    adminToken,
    caPem,
    auditFile: join(directory, 'audit.log'),
    directory,
    etcd,
    restartApiServer: async (more = []) => {
      await apiServer.end({ keepDirectory: true });
      children.splice(children.indexOf(apiServer), 1);
      apiServer = launch(launched, 'kube-apiserver', [...flags, ...more]);
      children.push(apiServer);
      await ready(url, adminToken, apiServer, directory);
    },
    stop,
  };
}

async function writeInputs(directory: string, adminToken: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await mkdir(join(directory, 'certs'));
  await writeFile(join(directory, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  await writeFile(join(directory, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(join(directory, 'tokens.csv'), `${adminToken},admin,admin,"system:masters"\n`);
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata' }],
  };
  await writeFile(join(directory, 'audit.yaml'), JSON.stringify(policy));
}

function etcdFlags(directory: string, client: string, peer: string): readonly string[] {
  return [
    '--data-dir',
    join(directory, 'etcd'),
    '--listen-client-urls',
    client,
    '--advertise-client-urls',
    client,
    '--listen-peer-urls',
    peer,
    // Nothing here outlives the run, so nothing has to reach the disk.
    '--unsafe-no-fsync',
  ];
}

function fixedFlags(directory: string, etcd: string, port: number): readonly string[] {
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, 'certs')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(directory, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(directory, 'sa.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(directory, 'tokens.csv')}`,
    `--audit-policy-file=${join(directory, 'audit.yaml')}`,
    `--audit-log-path=${join(directory, 'audit.log')}`,
    '--allow-privileged=true',
  ];
}

function launch({ binaries, directory }: Launch, name: string, args: readonly string[]): KeptProcess {
  const executable = binaries[name];
  if (executable === undefined) throw new Error(`no path for ${name}`);
  return startKept(directory, join(directory, `${name}.log`), executable, args);
}

async function ready(url: string, token: string, child: KeptProcess, directory: string): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    while (Date.now() < deadline && child.runs()) {
      const ok = await request(`${url}/readyz`, { dispatcher: agent, headers: { authorization: `Bearer ${token}` } })
        .then(async ({ statusCode, body }) => {
          await body.dump();
          return statusCode === 200;
        })
        .catch(() => false);
      if (ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await agent.close();
  }
  const log = await readFile(join(directory, 'kube-apiserver.log'), 'utf8').catch(() => '');
  throw new Error(`the API server did not become ready:\n${log.split('\n').slice(-12).join('\n')}`);
}

/** A kubeconfig with one context, by bearer token (YAML is a superset of JSON). */
export function kubeconfig(to: { readonly url: string; readonly caPem: string; readonly token: string }): string {
  const ca = Buffer.from(to.caPem).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: to.url, 'certificate-authority-data': ca } }],
    users: [{ name: 'test', user: { token: to.token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

/** Ports that are free now, all different. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => resolve(server));
      });
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
