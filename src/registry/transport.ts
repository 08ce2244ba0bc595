import { request } from 'undici';
import type { ProbeFailure } from '../model/image/outcome.ts';
import { proxyFor } from '../model/settings/proxy.ts';
import type { ProxySetting } from '../model/settings/settings.ts';
import type { Dispatchers, Peer, RegistryTimeouts } from './dispatchers.ts';
import { addressRefusal, guarded, literalAddress, type ResolveName } from './guard.ts';
import { allBodies } from './heap-limits.ts';
import { BodyTooLargeError, CrowdedError, deadlineSpent, networkFailure } from './network-failure.ts';
import { redactUrl } from './text.ts';

/** One request. Redirects are not followed. */
export interface Outgoing {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** The public URL; its path and query are sent to `peer`. */
  readonly url: URL;
  readonly peer: Peer;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Headers of a response; names in lower case. */
export interface ResponseHeaders {
  get(name: string): string | undefined;
  all(name: string): readonly string[];
}

/** A response of any status, its body read. */
export interface Received {
  readonly kind: 'received';
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer;
  readonly url: URL;
}

/** Sends requests. Never throws for network errors: getting no response is a value. */
export type Transport = (outgoing: Outgoing) => Promise<Received | ProbeFailure>;

export interface TransportOptions {
  readonly dispatchers: Dispatchers;
  readonly proxy: ProxySetting;
  readonly timeouts: RegistryTimeouts;
  readonly resolveName: ResolveName;
}

/** A transport that repeats a HEAD or GET once when a kept connection turns out to be dead. */
export function createTransport(options: TransportOptions): Transport {
  return async (outgoing) => {
    const first = await attempt(outgoing, options);
    const dead = first.kind === 'unreachable' && first.how === 'reset' && outgoing.method !== 'POST';
    return dead ? attempt(outgoing, options) : first;
  };
}

async function attempt(outgoing: Outgoing, options: TransportOptions): Promise<Received | ProbeFailure> {
  const { url, peer, signal } = outgoing;
  const target = new URL(`${url.pathname}${url.search}`, peer.origin);
  const proxy = proxyFor(target, options.proxy);
  const context = { url: redactUrl(url), host: url.host, proxied: proxy !== undefined };
  if (signal.aborted) return deadlineSpent(context);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeouts.totalMs)]);
  try {
    if (proxy !== undefined) await checkBeforeProxy(target, peer, options);
    const response = await request(target, {
      method: outgoing.method,
      headers: { ...outgoing.headers, host: peer.authority },
      ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
      dispatcher: options.dispatchers.of(peer, proxy),
      signal: limit,
    });
    const body = await readBody(response.body, outgoing.maxBytes);
    return { kind: 'received', status: response.statusCode, headers: headersOf(response.headers), body, url };
  } catch (error) {
    if (signal.aborted) return deadlineSpent(context);
    return networkFailure(error, context);
  }
}

/**
 * A proxy connects by name, so only what this process can see is checked: literal addresses, and names that resolve
 * here. A name that only the proxy can resolve is allowed, unless the configuration refuses it; names that the
 * configuration itself gives always are.
 */
async function checkBeforeProxy(target: URL, { reach }: Peer, options: TransportOptions): Promise<void> {
  const { resolveName, proxy } = options;
  const literal = literalAddress(target);
  const addresses = literal === undefined ? await resolveName(target.hostname).catch(() => []) : [literal];
  const refused = addresses.map((address) => ({ address, why: addressRefusal(address, reach) }));
  const [first] = refused;
  if (first?.why !== undefined && refused.every(({ why }) => why !== undefined)) {
    throw guarded(target.hostname, first.address, first.why);
  }
  if (first === undefined && reach === 'public' && proxy.unresolvedNames === 'refuse') {
    throw guarded(
      target.hostname,
      target.hostname,
      'does not resolve here, so what the proxy would reach is not known',
    );
  }
}

/** Bodies up to this size always find room: every usual manifest, token and refusal is smaller. */
const smallBytes = 262_144;
const allBytes = allBodies();
/** Of all bodies that are arriving, whoever asked for them. */
let arrivingBytes = 0;

async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      size += part.length;
      arrivingBytes += part.length;
      if (size > maxBytes) throw new BodyTooLargeError(maxBytes);
      if (arrivingBytes > allBytes && size > smallBytes) throw new CrowdedError();
      parts.push(part);
    }
    return Buffer.concat(parts);
  } finally {
    arrivingBytes -= size;
  }
}

function headersOf(raw: Readonly<Record<string, string | string[] | undefined>>): ResponseHeaders {
  const all = (name: string): readonly string[] => {
    const value = raw[name];
    return value === undefined ? [] : typeof value === 'string' ? [value] : value;
  };
  return { all, get: (name) => all(name)[0] };
}
