import { reasonOf } from '../errors.ts';
import type { ProbeFailure, Unreachable } from '../model/image/outcome.ts';
import { GuardedAddressError } from './guard.ts';
import { printable } from './text.ts';

/** Thrown while a body is read and turned into `bad-content`. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';

  constructor(maxBytes: number) {
    super(`the response is larger than ${maxBytes} bytes`);
  }
}

/** Thrown while a body is read that would find room at another moment. */
export class CrowdedError extends Error {
  override readonly name = 'CrowdedError';
}

/** What messages may contain about a request. */
export interface RequestContext {
  /** Already redacted. */
  readonly url: string;
  readonly host: string;
  readonly proxied: boolean;
}

/** The outcome when the caller's deadline ends the probe. */
export function deadlineSpent({ host }: Pick<RequestContext, 'host'>): Extract<ProbeFailure, { kind: 'not-probed' }> {
  return { kind: 'not-probed', why: 'deadline', message: `the check timed out before ${host} answered` };
}

const untrustedCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

const howByCode: ReadonlyMap<string, Unreachable> = new Map([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['EAI_FAIL', 'dns'],
  ['EAI_NODATA', 'dns'],
  ['EAI_NONAME', 'dns'],
  ['ECONNREFUSED', 'refused'],
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-name'],
  ['HOSTNAME_MISMATCH', 'tls-name'],
  ['CERT_HAS_EXPIRED', 'tls-expired'],
  ['CERT_NOT_YET_VALID', 'tls-expired'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'http-on-https'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'http-on-https'],
  ['ERR_SSL_HTTP_REQUEST', 'http-on-https'],
]);

const sentences: Readonly<Record<Unreachable, string>> = {
  dns: 'the name could not be resolved',
  refused: 'the connection was refused',
  timeout: 'no answer in time',
  reset: 'the connection was closed before an answer came',
  'tls-untrusted': 'its certificate is signed by an authority that is not trusted here',
  'tls-name': 'its certificate is for another name',
  'tls-expired': 'its certificate is not valid now',
  'tls-other': 'TLS failed',
  'http-on-https': 'it speaks plain HTTP where HTTPS was expected',
  proxy: 'the proxy did not let the request through',
  other: 'the request failed',
};

/** Turns any error of the HTTP client into an outcome; the message never carries the URL's query or a secret. */
export function networkFailure(error: unknown, context: RequestContext): ProbeFailure {
  const chain = causes(error);
  const guard = chain.find((cause) => cause instanceof GuardedAddressError);
  if (guard !== undefined) {
    const message = `${guard.message}; such addresses are reached only for registries that the configuration names: add an entry with "registry: ${context.host}"`;
    return { kind: 'not-probed', why: 'guarded', message: printable(message, 500) };
  }
  if (error instanceof BodyTooLargeError) return { kind: 'bad-content', message: error.message, url: context.url };
  if (error instanceof CrowdedError) {
    const message = `too many large responses arrived while ${context.host} answered; ask again`;
    return { kind: 'not-probed', why: 'deadline', message };
  }
  const how = howOf(chain, context.proxied);
  const detail = printable(reasonOf(chain.at(-1) ?? error), 200);
  return { kind: 'unreachable', how, message: `${context.host}: ${sentences[how]} (${detail})`, url: context.url };
}

function howOf(chain: readonly Error[], proxied: boolean): Unreachable {
  const codes = chain.map(codeOf);
  if (chain.some(({ message }) => /^Proxy (?:response|connection)|Proxy Authentication Required/i.test(message)))
    return 'proxy';
  if (chain.some(({ name }) => name === 'SecureProxyConnectionError')) return 'proxy';
  if (codes.some((code) => untrustedCodes.has(code))) return 'tls-untrusted';
  const known = codes.map((code) => howByCode.get(code)).find((how) => how !== undefined);
  if (proxied && (known === 'dns' || known === 'refused')) return 'proxy';
  if (known !== undefined) return known;
  if (chain.some(({ name }) => name === 'TimeoutError')) return 'timeout';
  return codes.some((code) => code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO')
    ? 'tls-other'
    : 'other';
}

/** The error, its causes, and the connection attempts to several addresses; outermost first. */
function causes(error: unknown, depth = 0): readonly Error[] {
  if (!(error instanceof Error) || depth > 5) return [];
  const attempts = error instanceof AggregateError ? error.errors : [];
  return [error, ...[...attempts, error.cause].flatMap((cause) => causes(cause, depth + 1))];
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
