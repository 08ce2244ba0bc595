import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type RegistryHost, startRegistries } from '../../../src/sandbox/registries/index.ts';
import { mirrorAddress, startBrokenMirror } from '../../../src/sandbox/registries/mirror.ts';
import type { SimulatedRegistry } from '../../../src/sandbox/registries/server.ts';
import { close, listen } from '../../../src/sandbox/serving/listen.ts';
import { createAuthority } from '../registry-tls.ts';
import { hosts } from './names.ts';
import { startOddRegistry } from './odd-registry.ts';
import { fillRegistries } from './states.ts';

const simulated: readonly RegistryHost[] = [
  { host: hosts.ghcr, personality: 'ghcr' },
  { host: hosts.hub, personality: 'docker-hub' },
  { host: hosts.acr, personality: 'acr' },
  { host: hosts.walled, personality: 'acr' },
  { host: hosts.mirrored, personality: 'acr' },
  { host: hosts.ecr, personality: 'ecr' },
  { host: hosts.generic, personality: 'generic' },
  { host: hosts.page, personality: 'generic' },
];

/** The registries' clock: content, and so every digest in a text, is the same in each run. */
const now = new Date('2026-03-04T05:06:07Z');

/** Registries as seen from a node. */
export interface Surroundings {
  /** Image host -> its address; the host `nowhere` is missing. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Image host -> its mirror, which is asked first. */
  readonly mirrors: Readonly<Record<string, string>>;
}

/** Registries in every state that a pull can fail at; the same for runtimes, the simulated kubelet and other clients. */
export interface PullWorld extends Surroundings {
  readonly registry: (host: string) => SimulatedRegistry;
  readonly stop: () => Promise<void>;
}

export async function startPullWorld(): Promise<PullWorld> {
  const registries = await startRegistries({ hosts: simulated, now: () => now });
  const registry = (host: string): SimulatedRegistry => {
    const found = registries.registry(host);
    if (found === undefined) throw new Error(`no registry ${host}`);
    return found;
  };
  fillRegistries(registries);
  const mirror = await startBrokenMirror();
  const odd = await startOddRegistry();
  const secure = await startSecureServers();
  const closed = createServer();
  const refused = await listen(closed, 0);
  await close(closed);
  const endpoints = {
    ...registries.endpoints,
    ...secure.endpoints,
    [hosts.odd]: odd.url,
    [hosts.refused]: refused,
    [hosts.plain]: registry(hosts.generic).url.replace('http://127.0.0.1', 'https://localhost'),
  };
  return {
    endpoints,
    mirrors: { [hosts.mirrored]: mirror.url },
    registry,
    stop: async () => {
      await Promise.all([registries.stop(), mirror.stop(), odd.stop(), secure.stop()]);
    },
  };
}

/** Servers with invalid certificates; `localhost` stands for the name of the host. */
async function startSecureServers() {
  const authority = createAuthority();
  const certificates = {
    [hosts.untrusted]: authority.issue(['localhost', '127.0.0.1']),
    [hosts.expired]: authority.issue(['localhost', '127.0.0.1'], { from: '20240101000000Z', to: '20240201000000Z' }),
    [hosts.misnamed]: authority.issue(['other.example.org']),
  };
  const servers = await Promise.all(
    Object.entries(certificates).map(async ([host, { key, cert }]) => {
      const server = createSecureServer({ key, cert }, (_request, response) => response.end());
      const url = (await listen(server, 0)).replace('http://127.0.0.1', 'https://localhost');
      return { host, url, stop: () => close(server) };
    }),
  );
  return {
    endpoints: Object.fromEntries(servers.map(({ host, url }) => [host, url])),
    stop: async () => {
      await Promise.all(servers.map(({ stop }) => stop()));
    },
  };
}

/**
 * A runtime's text as it reads where the hosts have their real names (`https://ghcr.io/v2/…`), and without what differs
 * from run to run.
 */
export function published(text: string, { endpoints, mirrors }: Surroundings): string {
  const mirrored = [...new Set(Object.values(mirrors))].reduce(
    (said, url) => said.replaceAll(url, `http://${mirrorAddress}`).replaceAll(new URL(url).host, mirrorAddress),
    text,
  );
  return Object.entries(endpoints)
    .reduce((said, [host, url]) => withName(said, host, url), mirrored)
    .replace(/ on \S+:53: /g, ': ')
    .replace(/(?:127\.0\.0\.1|\[::1\]):\d+/g, '127.0.0.1:443')
    .replaceAll(/\bsnapshotter native\b|\bto native(?= as )/g, (words) => words.replace('native', 'overlayfs'))
    .replace(/"extract-\d+-\S+ /, '"extract-1-AAAA ')
    .replace(/\/\S+\/tmpmounts\/containerd-mount\d+/, '/var/lib/containerd/tmpmounts/containerd-mount1')
    .replace(/current time \S+ is after/, 'current time 2026-03-04T05:06:07Z is after');
}

/** Docker Hub's registry and token service have different host names than its images. */
function withName(text: string, host: string, url: string): string {
  const { host: address, hostname } = new URL(url);
  const service = host === hosts.hub ? 'registry-1.docker.io' : host;
  const tokens = host === hosts.hub ? 'auth.docker.io' : host;
  const namespace = new RegExp(`[?&]ns=(?:${literally(host)}|%5BREDACTED%5D)(?=[:&]|$)`);
  return text
    .replace(new RegExp(`${literally(url)}(/[^\\s"]*)`, 'g'), (_all, path: string) => {
      return `https://${path.startsWith('/v2') ? service : tokens}${path.replace(namespace, '')}`;
    })
    .replace(new RegExp(`(?<!dial tcp |->|//)${literally(address)}`, 'g'), service)
    .replace(hostname === 'localhost' && text.includes(host) ? / not localhost$/ : /$^/, ` not ${host}`);
}

function literally(text: string): string {
  return text.replace(/[.[\]]/g, '\\$&');
}
