import { Agent, request } from 'undici';
import { type FailureCode, PullFailure } from './failure.ts';
import { goQuote, transportText } from './go-text.ts';

/** A response, with the URL as the runtime sees it. */
export interface Reply {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** As the runtime sees it: `https://ghcr.io/v2/…`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a node runtime's requests to wherever this sandbox runs that registry. */
export interface Network {
  readonly send: (exchange: Exchange) => Promise<Reply>;
  readonly close: () => Promise<void>;
}

const maxBodyBytes = 64 * 1024 * 1024;

/**
 * The network of a node: `registries` maps a host to its real address (`ghcr.io` -> `http://127.0.0.1:N`), as DNS
 * would. Any host that is neither listed nor loopback does not exist, so a sandbox never reaches the internet.
 */
export function createNetwork(registries: Readonly<Record<string, string>>, timeoutMs: number): Network {
  const agent = new Agent({
    connections: 8,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs },
    allowH2: false,
  });
  return {
    send: async (exchange) => {
      const public_ = new URL(publicUrl(registries, exchange.url));
      const actual = actualUrl(registries, public_);
      const method = `${exchange.method.slice(0, 1)}${exchange.method.slice(1).toLowerCase()}`;
      const failure = (text: string, code: FailureCode = 'Unknown') =>
        new PullFailure(`${method} ${goQuote(public_.href)}: ${text}`, { code });
      if (actual === undefined) throw failure(`dial tcp: lookup ${public_.hostname}: no such host`);
      try {
        const answer = await request(actual, {
          method: exchange.method,
          headers: { 'user-agent': 'containerd/2.1.4', ...exchange.headers },
          ...(exchange.body === undefined ? {} : { body: exchange.body }),
          dispatcher: agent,
        });
        const bytes = await limited(answer.body);
        const body = bytes.toString('utf8');
        return {
          method: exchange.method,
          url: public_.href,
          status: answer.statusCode,
          headers: answer.headers,
          body,
          bytes,
        };
      } catch (error) {
        const isLate = (error as { readonly code?: unknown }).code === 'UND_ERR_HEADERS_TIMEOUT';
        throw failure(transportText(error, public_.hostname, actual.host), isLate ? 'DeadlineExceeded' : 'Unknown');
      }
    },
    close: () => agent.destroy(),
  };
}

async function limited(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Error('http: response body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function actualUrl(registries: Readonly<Record<string, string>>, url: URL): URL | undefined {
  const base = registries[url.host] ?? registries[hubAliases[url.host] ?? ''];
  if (base === undefined) return isLoopback(url.hostname) ? url : undefined;
  const target = new URL(base);
  target.pathname = url.pathname;
  target.search = url.search;
  return target;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

// Docker Hub's services have other host names than its images; if only `docker.io` is mapped, they are all there.
const hubAliases: Readonly<Record<string, string>> = {
  'registry-1.docker.io': 'docker.io',
  'auth.docker.io': 'docker.io',
  'index.docker.io': 'docker.io',
};

/** Simulated registries give their token service's listening address; a real node's runtime sees its real name. */
function publicUrl(registries: Readonly<Record<string, string>>, text: string): string {
  const url = new URL(text);
  const [host] = Object.entries(registries).find(([, base]) => new URL(base).origin === url.origin) ?? [];
  if (host === undefined) return text;
  const isToken = !url.pathname.startsWith('/v2');
  const name = host === 'docker.io' ? (isToken ? 'auth.docker.io' : 'registry-1.docker.io') : host;
  return `https://${name}${url.pathname}${url.search}`;
}

/** A header's first value. */
export function header({ headers }: Pick<Reply, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** All values of a header. */
export function headerValues({ headers }: Pick<Reply, 'headers'>, name: string): readonly string[] {
  const value = headers[name];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
