import { createHash } from 'node:crypto';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { proxyFor } from '../../model/settings/proxy.ts';
import type { ProxySetting } from '../../model/settings/settings.ts';
import type { Credentials, Presented } from './credentials.ts';
import type { ServerAccess } from './server-access.ts';

/** Limits on one reader's connections. */
export interface ConnectionLimits {
  /** For responses that are read to their end. */
  readonly maxConnections: number;
  /** Bodies open at the same time; each has its own connection. */
  readonly maxStreams: number;
  readonly connectTimeoutMs: number;
  /** Limit until the headers, and between two chunks of the body, unless the request sets its own. */
  readonly answerTimeoutMs: number;
}

/** What a request expects: a response that ends, or a body that stays open. */
export type BodyKind = 'whole' | 'stream';

/** Pools to one API server, recreated when its certificates are rotated. */
export interface Connection {
  /** The pool and the headers for a request, or why there are no credentials. */
  open(
    kind: BodyKind,
  ): Promise<
    | { readonly ok: true; readonly dispatcher: Dispatcher; readonly headers: Presented['headers'] }
    | { readonly ok: false; readonly why: string }
  >;
  close(): Promise<void>;
}

/**
 * Keeps one pool for responses and one for streams: the client package opens a TLS connection for each
 * (docs/facts/kubernetes.md#client-package).
 */
export function createConnection(
  access: ServerAccess,
  credentials: Credentials,
  limits: ConnectionLimits,
  proxy: ProxySetting | undefined,
): Connection {
  let current: { readonly print: string; readonly pools: Readonly<Record<BodyKind, Dispatcher>> } | undefined;
  return {
    async open(kind) {
      const presented = await credentials.present();
      if (!presented.ok) return presented;
      const { headers, ca = '', cert = '', key = '' } = presented.value;
      const print = createHash('sha256').update(`${ca}\0${cert}\0${key}`).digest('hex');
      if (current?.print !== print) {
        // Requests in flight finish on the old pool.
        for (const pool of Object.values(current?.pools ?? {})) void pool.close();
        const poolFor = (each: BodyKind) => dispatcherFor(access, presented.value, limitsFor(each, limits), proxy);
        current = { print, pools: { whole: poolFor('whole'), stream: poolFor('stream') } };
      }
      return { ok: true, dispatcher: current.pools[kind], headers };
    },
    async close() {
      const closing = Object.values(current?.pools ?? {});
      current = undefined;
      await Promise.all(closing.map((pool) => pool.destroy()));
    },
  };
}

function limitsFor(kind: BodyKind, limits: ConnectionLimits): ConnectionLimits {
  switch (kind) {
    case 'whole':
      return limits;
    case 'stream':
      return { ...limits, maxConnections: limits.maxStreams };
    default:
      return kind satisfies never;
  }
}

function dispatcherFor(
  access: ServerAccess,
  { ca, cert, key }: Presented,
  limits: ConnectionLimits,
  proxy: ProxySetting | undefined,
): Dispatcher {
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    ...(access.skipTlsVerify ? { rejectUnauthorized: false } : {}),
    timeout: limits.connectTimeoutMs,
    // Cloud load balancers drop silent connections after 60 s; client-go also uses 30 s.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  const options = {
    connections: limits.maxConnections,
    // HTTP/2 would put all requests on one connection, and API priority and fairness gives that no advantage.
    allowH2: false,
    keepAliveTimeout: 30_000,
    headersTimeout: limits.answerTimeoutMs,
    bodyTimeout: limits.answerTimeoutMs,
  };
  const via = access.proxyUrl?.reveal() ?? proxyFor(new URL(access.server), proxy ?? {})?.href;
  if (via === undefined) return new Agent({ ...options, connect: tls });
  return new ProxyAgent({ ...options, uri: via, requestTls: tls, connectTimeout: limits.connectTimeoutMs });
}
