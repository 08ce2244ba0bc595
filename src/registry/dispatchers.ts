import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, createSecureContext, getCACertificates } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { type AddressReach, addressRefusal, guarded, guardedLookup, type ResolveName } from './guard.ts';

/** Where a connection goes and which host it must reach there. */
export interface Peer {
  /** Scheme, host and port to connect to. */
  readonly origin: string;
  /** The `Host` header: the registry's own name, even when `origin` is a configured endpoint. */
  readonly authority: string;
  /** PEM trusted besides the system's certificates. */
  readonly ca?: string;
  readonly reach: AddressReach;
}

/** Time limits for the parts of one request. */
export interface RegistryTimeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  /** Between two chunks of a body. */
  readonly bodyMs: number;
  /** The whole request. */
  readonly totalMs: number;
}

/** Connection pools, one per combination of origin, trust and proxy. */
export interface Dispatchers {
  of(peer: Peer, proxy: URL | undefined): Dispatcher;
  close(): Promise<void>;
}

const connectionsPerOrigin = 16;

/** Pools whose sockets connect only to checked addresses. */
export function createDispatchers(resolveName: ResolveName, timeouts: RegistryTimeouts): Dispatchers {
  const pools = new Map<string, Dispatcher>();
  const limits = {
    connections: connectionsPerOrigin,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    allowH2: false,
  };
  const open = (peer: Peer, proxy: URL | undefined): Dispatcher => {
    const tls = { ...tlsOptions(peer), allowH2: false, timeout: timeouts.connectMs };
    if (proxy === undefined) return new Agent({ ...limits, connect: guardedConnector(peer.reach, resolveName, tls) });
    return new ProxyAgent({
      ...limits,
      uri: proxy.href,
      connectTimeout: timeouts.connectMs,
      requestTls: tls,
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: timeouts.headersMs }),
    });
  };
  return {
    of: (peer, proxy) => {
      const key = poolKey(peer, proxy);
      const known = pools.get(key);
      if (known !== undefined) return known;
      const opened = open(peer, proxy);
      pools.set(key, opened);
      return opened;
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

/** Peers that differ only in their origin share an agent; a difference in trust needs another. */
function poolKey({ origin, authority, ca, reach }: Peer, proxy: URL | undefined): string {
  const names = isRenamed(origin, authority) ? `${origin} as ${authority}` : '';
  const trust = ca === undefined ? '' : createHash('sha256').update(ca).digest('hex');
  return [reach, trust, names, proxy?.href ?? ''].join('|');
}

function isRenamed(origin: string, authority: string): boolean {
  return new URL(origin).host !== authority;
}

type TlsSettings = buildConnector.BuildOptions & { readonly servername?: string };

function tlsOptions({ origin, authority, ca }: Peer): TlsSettings {
  const trust = ca === undefined ? {} : { secureContext: createSecureContext({ ca: [...getCACertificates(), ca] }) };
  if (!isRenamed(origin, authority)) return { rejectUnauthorized: true, ...trust };
  const names = [hostnameOf(origin), hostnameOf(`https://${authority}`)];
  const checkIdentity: NonNullable<ConnectionOptions['checkServerIdentity']> = (_, certificate) => {
    const problems = names.map((name) => checkServerIdentity(name, certificate));
    return problems.includes(undefined) ? undefined : problems[0];
  };
  const servername = names.find((name) => isIP(name) === 0);
  return {
    rejectUnauthorized: true,
    checkServerIdentity: checkIdentity,
    ...(servername === undefined ? {} : { servername }),
    ...trust,
  };
}

function hostnameOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}

function guardedConnector(reach: AddressReach, resolveName: ResolveName, tls: TlsSettings): buildConnector.connector {
  const connect = buildConnector({ ...tls, lookup: guardedLookup(resolveName, reach) });
  return (options, callback) => {
    const literal = isIP(options.hostname) === 0 ? undefined : options.hostname;
    const why = literal === undefined ? undefined : addressRefusal(literal, reach);
    if (literal !== undefined && why !== undefined) {
      callback(guarded(options.hostname, literal, why), null);
      return;
    }
    const { servername: _, ...rest } = options;
    connect(tls.servername === undefined ? options : { ...rest, servername: tls.servername }, callback);
  };
}
