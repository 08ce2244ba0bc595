import type { Authorizer } from './authorizer.ts';
import { PullFailure, wrapping } from './failure.ts';
import { header, type Network, type Reply } from './http.ts';

/** One host to ask for a repository, as in `hosts.toml`: mirrors first, the registry itself last. */
export interface RegistryHost {
  /** `https://ghcr.io`, `http://localhost:8578`. */
  readonly url: string;
  /** Set for mirrors: the registry they stand for, sent as `?ns=`. */
  readonly namespace?: string;
}

/** A mirror of a node: the registries it serves (`ghcr.io`, `*.azurecr.io`, `*`), and its address. */
export interface Mirror {
  readonly host: string;
  readonly url: string;
}

/** The hosts for a registry's images on a node, in the order in which containerd asks them. */
export function hostsFor(registry: string, mirrors: readonly Mirror[]): readonly RegistryHost[] {
  const matching = mirrors.filter(({ host }) => matchesHost(host, registry));
  return [...matching.map(({ url }) => ({ url, namespace: registry })), { url: originOf(registry) }];
}

function matchesHost(pattern: string, registry: string): boolean {
  if (pattern === '*' || pattern === registry) return true;
  return pattern.startsWith('*.') && registry.endsWith(pattern.slice(1)) && registry.length > pattern.length - 1;
}

/** Docker Hub's registry has a different name than its images; loopback registries use plain HTTP. */
function originOf(registry: string): string {
  if (registry === 'docker.io') return 'https://registry-1.docker.io';
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(registry);
  return `${isLoopback ? 'http' : 'https'}://${registry}`;
}

/** A request to one of the hosts. */
export interface RegistryRequest {
  readonly method: 'HEAD' | 'GET';
  readonly host: RegistryHost;
  readonly repository: string;
  /** `['manifests', 'v1']`. */
  readonly path: readonly string[];
  readonly accept: string;
  /** Only the last host is retried after 5xx; for any other, the next host is tried immediately. */
  readonly isLast: boolean;
}

const maxAttempts = 5;

/** Sends with authorization and containerd's retries: 401, 405 for HEAD, 408, 429, and 5xx at the last host. */
export async function sendWithRetries(
  network: Network,
  authorizer: Authorizer,
  wanted: RegistryRequest,
): Promise<Reply> {
  const replies: Reply[] = [];
  let { method } = wanted;
  for (let attempt = 1; ; attempt += 1) {
    const reply = await sendOnce(network, authorizer, { ...wanted, method });
    replies.push(reply);
    const becomesGet = reply.status === 405 && method === 'HEAD';
    if (becomesGet) method = 'GET';
    const again = becomesGet || isRetried(reply, replies, wanted, authorizer);
    if (!again || attempt >= maxAttempts) return reply;
  }
}

function isRetried(
  { status }: Reply,
  replies: readonly Reply[],
  { isLast }: RegistryRequest,
  authorizer: Authorizer,
): boolean {
  if (status === 401) return authorizer.onUnauthorized(replies);
  if (status === 408 || status === 429) return true;
  const isServerError = status === 500 || status === 503 || status === 504;
  return isServerError && isLast && replies.at(-2)?.status !== status;
}

async function sendOnce(network: Network, authorizer: Authorizer, wanted: RegistryRequest): Promise<Reply> {
  const { accept, method } = wanted;
  const asked = urlOf(wanted);
  let url = asked;
  for (let redirects = 0; redirects < 10; redirects += 1) {
    // Per host, so that a credential never follows a redirect to another one.
    const target = new URL(url).host;
    const authorization = await wrapping('failed to authorize', () => authorizer.authorize(target));
    const headers = { accept, ...(authorization === undefined ? {} : { authorization }) };
    const reply = await wrapping('failed to do request', () => network.send({ method, url, headers }));
    const location = header(reply, 'location');
    if (![301, 302, 303, 307, 308].includes(reply.status) || location === undefined) return reply;
    url = new URL(location, url).href;
  }
  const verb = method === 'HEAD' ? 'Head' : 'Get';
  throw new PullFailure(`failed to do request: ${verb} "${asked}": stopped after 10 redirects`);
}

/** The URL of a request before any redirect. */
export function urlOf({ host, repository, path }: Pick<RegistryRequest, 'host' | 'repository' | 'path'>): string {
  const namespace = host.namespace === undefined ? '' : `?ns=${encodeURIComponent(host.namespace)}`;
  return `${host.url}/v2/${repository}/${path.join('/')}${namespace}`;
}
