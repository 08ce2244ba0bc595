import { afterAll, beforeAll } from 'vitest';
import { type SandboxCluster, startCluster } from '../../../src/sandbox/cluster/cluster.ts';
import { at, type Fields, type KubeObject, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import { type SimulatedKubelet, startKubelet } from '../../../src/sandbox/kubelet/kubelet.ts';
import { type Client, createClient, pod } from '../cluster/client.ts';
import { imageContent, serving, startScripted } from './registry.ts';

const basic = (user: string) => `Basic ${Buffer.from(`${user}:pw`).toString('base64')}`;

/** A cluster with a node `amd` (kubelet 1.36, containerd 2) and a node `arm` (1.33, 1.7, with its own identity). */
export function useWorld() {
  const content = imageContent(['amd64', 'arm64']);
  const newer = imageContent(['arm64', 'amd64']);
  const single = imageContent(['arm64'], false);
  const moved = new Set<string>();
  let cluster: SandboxCluster;
  let kubelet: SimulatedKubelet;
  let api: Client;
  let ns: string;
  const registries: { readonly stop: () => Promise<void>; readonly asked: string[]; readonly url: string }[] = [];

  beforeAll(async () => {
    const open = await startScripted((request, base) =>
      serving(
        request.path.includes('/arm/')
          ? single
          : [...moved].some((name) => request.path.includes(`/${name}/`))
            ? newer
            : content,
        '1',
      )(request, base),
    );
    const closed = await startScripted(
      serving(content, '1', ({ authorization }) =>
        authorization === basic('ana') || authorization === basic('node')
          ? { status: 200 }
          : authorization === ''
            ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
            : { status: 403 },
      ),
    );
    registries.push(open, closed);
    cluster = await startCluster();
    kubelet = await startKubelet({
      apiServer: { url: cluster.httpsUrl, token: cluster.nodeToken, caPem: cluster.caPem },
      nodes: [
        { name: 'amd', arch: 'amd64' },
        {
          name: 'arm',
          arch: 'arm64',
          kubeletVersion: 'v1.33.1',
          runtime: 'containerd://1.7.27',
          credentials: { 'closed.example.org': { username: 'node', password: 'pw' } },
        },
      ],
      registries: { 'open.example.org': open.url, 'closed.example.org': closed.url },
      speed: 200,
    });
    api = createClient({ url: cluster.url, token: cluster.adminToken, stop: cluster.stop });
    ns = await api.namespace();
  });
  afterAll(async () => {
    await kubelet.stop();
    await api.close();
    await cluster.stop();
    await Promise.all(registries.map(({ stop }) => stop()));
  });

  const world = { api: () => api, namespace: () => ns, controlUrl: () => kubelet.control };
  const core = (rest: string) => `/api/v1/namespaces/${world.namespace()}/${rest}`;
  const control = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${world.controlUrl()}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { code: answer.status, body: (await answer.json()) as Fields };
  };
  const run = (name: string, image: string, more: Fields = {}, arch = 'amd64', container: Fields = {}) => {
    const spec = { nodeSelector: { 'kubernetes.io/arch': arch }, ...more };
    const body = pod(name, image, spec) as { readonly metadata: object; readonly spec: Fields };
    const containers = records(body.spec, 'containers').map((first) => ({ ...first, ...container }));
    return world.api().call('POST', core('pods'), { body: { ...body, spec: { ...body.spec, containers } } });
  };
  const statusOf = async (name: string): Promise<Fields> =>
    records((await world.api().call('GET', core(`pods/${name}`))).body, 'status', 'containerStatuses')[0] ?? {};
  const waiting = async (name: string) => text(await statusOf(name), 'state', 'waiting', 'reason');
  const running = async (name: string) => at(await statusOf(name), 'state', 'running') !== undefined;
  const events = async (name: string): Promise<readonly KubeObject[]> =>
    (await world.api().call('GET', core(`events?fieldSelector=involvedObject.name%3D${name}`))).body.items ?? [];
  const said = async (name: string) =>
    (await events(name)).map((event) => `${text(event, 'reason')}: ${text(event, 'message')}`);
  /** A pull Secret for the closed registry, by key and user. */
  const secret = (name: string, users: Readonly<Record<string, string>>) => {
    const auths = Object.fromEntries(
      Object.entries(users).map(([key, username]) => [key, { username, password: 'pw' }]),
    );
    const stringData = { '.dockerconfigjson': JSON.stringify({ auths }) };
    const body = { metadata: { name }, type: 'kubernetes.io/dockerconfigjson', stringData };
    return world.api().call('POST', core('secrets'), { body });
  };
  return {
    ...world,
    cluster: () => cluster,
    /** The digests that the open registry serves at first: for tag `1`, and for a repository that was moved. */
    content,
    newer,
    move: (repository: string) => void moved.add(repository),
    core,
    control,
    run,
    statusOf,
    waiting,
    running,
    events,
    said,
    secret,
  };
}
