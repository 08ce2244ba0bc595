import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';

/** A real Kubernetes control plane on loopback: etcd, API server, controller manager, scheduler. */
export interface ControlPlane {
  /** `https://127.0.0.1:N`. */
  readonly url: string;
  /** Group `system:masters`. */
  readonly adminToken: string;
  /** Certificate authority of the API server. */
  readonly caPem: string;
  /** A kubeconfig for a bearer token; the administrator's when left out. */
  kubeconfig(token?: string): Promise<string>;
  /** Audit events so far, in order. */
  audit(): Promise<readonly AuditEvent[]>;
  /** Stops the API server and starts it again on the same port, with further flags when given. */
  restartApiServer(flags?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** What the audit log says of one answered request (level Metadata). */
export interface AuditEvent {
  readonly user: string;
  readonly verb: string;
  readonly code: number;
  readonly resource?: {
    readonly group: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly dryRun: boolean;
}

interface Paths {
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
  'horizontalpodautoscaling',
];

/** Starts it with the given programs (scripts/cluster-assets.mjs finds or builds them); everything in a directory of its own. */
export async function startControlPlane(binaries: Readonly<Record<string, string>>): Promise<ControlPlane> {
  const paths = { binaries, directory: await mkdtemp(join(tmpdir(), 'imagecheck-cluster-')) };
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) await end(child);
    await rm(paths.directory, { recursive: true, force: true });
  };
  try {
    return await start(paths, children, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(paths: Paths, children: ChildProcess[], stop: () => Promise<void>): Promise<ControlPlane> {
  const { directory } = paths;
  const [clientPort, peerPort, apiPort] = await freePorts(3);
  const adminToken = randomBytes(16).toString('hex');
  await writeInputs(directory, adminToken);
  const client = `http://127.0.0.1:${clientPort}`;
  const etcdUrls = [
    '--listen-client-urls',
    client,
    '--advertise-client-urls',
    client,
    '--listen-peer-urls',
    `http://127.0.0.1:${peerPort}`,
  ];
  children.push(launch(paths, 'etcd', ['--data-dir', join(directory, 'etcd'), ...etcdUrls]));
  const url = `https://127.0.0.1:${apiPort}`;
  const apiFlags = apiServerFlags(directory, client, Number(apiPort));
  let apiServer = launch(paths, 'kube-apiserver', apiFlags);
  children.push(apiServer);
  await ready(url, adminToken, apiServer, directory);
  const caPem = await readFile(join(directory, 'certs', 'apiserver.crt'), 'utf8');
  const kubeconfig = async (token = adminToken): Promise<string> => {
    const file = join(directory, `kubeconfig-${randomBytes(4).toString('hex')}.yaml`);
    await writeFile(file, kubeconfigText(url, caPem, token), { mode: 0o600 });
    return file;
  };
  const admin = await kubeconfig();
  const manager = [
    '--service-account-private-key-file',
    join(directory, 'sa.key'),
    '--secure-port=0',
    `--controllers=${controllers.join(',')}`,
  ];
  children.push(launch(paths, 'kube-controller-manager', ['--kubeconfig', admin, '--leader-elect=false', ...manager]));
  children.push(launch(paths, 'kube-scheduler', ['--kubeconfig', admin, '--leader-elect=false', '--secure-port=0']));
  return {
    url,
    adminToken,
    caPem,
    kubeconfig,
    audit: () => readAudit(join(directory, 'audit.log')),
    restartApiServer: async (flags = []) => {
      await end(apiServer);
      children.splice(children.indexOf(apiServer), 1);
      apiServer = launch(paths, 'kube-apiserver', [...apiFlags, ...flags]);
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

function apiServerFlags(directory: string, etcd: string, port: number): readonly string[] {
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

function launch({ binaries, directory }: Paths, name: string, args: readonly string[]): ChildProcess {
  const executable = binaries[name];
  if (executable === undefined) throw new Error(`no path for ${name}`);
  const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(directory, `${name}.log`), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

/** An API server that is being stopped still answers `/readyz`, so the child must live, too. */
async function ready(url: string, token: string, child: ChildProcess, directory: string): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    while (Date.now() < deadline && child.exitCode === null) {
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

function kubeconfigText(url: string, caPem: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } },
    ],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

async function readAudit(file: string): Promise<readonly AuditEvent[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, never>)
    .map((event) => eventOf(event));
}

interface RawEvent {
  readonly user?: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string };
  readonly verb?: string;
  readonly requestURI?: string;
  readonly responseStatus?: { readonly code?: number };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

function eventOf({ user, impersonatedUser, verb, requestURI, responseStatus, objectRef }: RawEvent): AuditEvent {
  const { apiGroup, resource, ...rest } = objectRef ?? {};
  return {
    user: impersonatedUser?.username ?? user?.username ?? '',
    verb: verb ?? '',
    code: responseStatus?.code ?? 0,
    dryRun: requestURI?.includes('dryRun=All') === true,
    ...(resource === undefined ? {} : { resource: { group: apiGroup ?? '', resource, ...rest } }),
  };
}

/** Ends a child: first politely, after ten seconds for good. */
function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
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
