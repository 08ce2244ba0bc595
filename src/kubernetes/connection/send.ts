import { type Dispatcher, errors, request } from 'undici';
import { reasonOf } from '../../errors.ts';
import { BodyTooLarge, type HeldBody, readBody } from '../../memory/byte-budget.ts';
import { defined } from '../../model/values/defined.ts';
import type { RawAnswer } from './answer.ts';
import type { BodyKind, Connection } from './connection.ts';

/** One request to the API server. */
export interface ApiRequest {
  /** Starts with a slash; segments are already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  /** Makes it a POST, unless a method is given: reviews, which change nothing and may be repeated. */
  readonly body?: unknown;
  /** Only for changes, which go through `Api.change`: retries apply to reads only. */
  readonly method?: 'POST' | 'PATCH' | 'DELETE';
  /** Content type of the body; default: JSON. */
  readonly contentType?: string;
  /** Time until the headers arrive; default: the connection's limit. The signal ends the whole request. */
  readonly headersTimeoutMs?: number;
  /** Time between two chunks of the response; default: the connection's limit. A slow reader does not count. */
  readonly idleTimeoutMs?: number;
  /** Larger responses are given up; default: whatever the budget of the process allows one body. */
  readonly mostBytes?: number;
}

/** Where a response is kept while it is read, and what ends that. */
export interface Receiving {
  readonly held: HeldBody;
  readonly signal: AbortSignal;
}

/** How one try ended. */
export type Attempt<A extends RawAnswer = RawAnswer> =
  | { readonly kind: 'answered'; readonly answer: A; readonly retryAfter: string | undefined }
  | Failed;

/** A response whose body was left open, unless it was a refusal. */
export interface StreamAnswer extends RawAnswer {
  readonly open?: AsyncIterable<Uint8Array>;
}

type Failed =
  | { readonly kind: 'broken'; readonly error: unknown }
  | { readonly kind: 'unproven'; readonly why: string };

/** Sends a request once and reads the response to its end; whatever was held of an earlier one is released. */
export async function sendOnce(
  server: string,
  connection: Connection,
  wanted: ApiRequest,
  receiving: Receiving,
): Promise<Attempt> {
  receiving.held.release();
  const begun = await begin(server, connection, 'whole', wanted, receiving.signal);
  return begun.kind === 'begun' ? await readWhole(begun.response, wanted, receiving) : begun;
}

/** Sends a request once and leaves the body of a successful response open; any other response is read to its end. */
export async function openOnce(
  server: string,
  connection: Connection,
  wanted: ApiRequest,
  receiving: Receiving,
): Promise<Attempt<StreamAnswer>> {
  receiving.held.release();
  const begun = await begin(server, connection, 'stream', wanted, receiving.signal);
  if (begun.kind !== 'begun') return begun;
  const { statusCode: status, headers, body } = begun.response;
  const contentType = single(headers['content-type']) ?? '';
  // A login page in front of the API server answers 200.
  if (status < 200 || status > 299 || contentType.includes('text/html')) {
    return await readWhole(begun.response, wanted, receiving);
  }
  return { kind: 'answered', answer: { status, contentType, body: '', open: body }, retryAfter: undefined };
}

/** Sends a request; its response has begun when the headers have arrived. */
async function begin(
  server: string,
  connection: Connection,
  kind: BodyKind,
  wanted: ApiRequest,
  signal: AbortSignal,
): Promise<Failed | { readonly kind: 'begun'; readonly response: Dispatcher.ResponseData }> {
  try {
    const opened = await beforeDeadline(connection.open(kind), signal);
    if (!opened.ok) return { kind: 'unproven', why: opened.why };
    const hasBody = wanted.body !== undefined;
    const response = await request(urlOf(server, wanted), {
      dispatcher: opened.dispatcher,
      method: wanted.method ?? (hasBody ? 'POST' : 'GET'),
      headers: {
        ...opened.headers,
        accept: wanted.accept ?? 'application/json',
        'user-agent': 'imagecheck',
        ...(hasBody ? { 'content-type': wanted.contentType ?? 'application/json' } : {}),
      },
      ...(hasBody ? { body: JSON.stringify(wanted.body) } : {}),
      ...defined({ headersTimeout: wanted.headersTimeoutMs, bodyTimeout: wanted.idleTimeoutMs }),
      signal,
    });
    return { kind: 'begun', response };
  } catch (error) {
    return { kind: 'broken', error };
  }
}

async function readWhole(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { mostBytes = Number.POSITIVE_INFINITY }: ApiRequest,
  { held, signal }: Receiving,
): Promise<Attempt> {
  try {
    const location = single(headers.location);
    const answer: RawAnswer = {
      status: statusCode,
      contentType: single(headers['content-type']) ?? '',
      ...(location === undefined ? {} : { location }),
      body: (await readBody(body, held, { mostBytes, signal })).toString('utf8'),
    };
    return { kind: 'answered', answer, retryAfter: single(headers['retry-after']) };
  } catch (error) {
    return { kind: 'broken', error };
  }
}

function urlOf(server: string, { path, query }: ApiRequest): string {
  const parameters = new URLSearchParams(query).toString();
  return parameters === '' ? `${server}${path}` : `${server}${path}?${parameters}`;
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

/** A credential plugin doesn't know our deadline. */
async function beforeDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : '';
}

/** Whether an established connection broke: then a retry may work. */
export function wasDropped(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error));
}

const neverArrived = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a failed request may have reached the server anyway. TLS fails before anything is sent. */
export function mayHaveArrived(error: unknown): boolean {
  const code = codeOf(error);
  const isTls = /^(?:ERR_(?:TLS|SSL)_|CERT_|.*_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_)/.test(code);
  // A tunnel that a proxy refused.
  const isTunnel = error instanceof errors.RequestAbortedError && code === 'UND_ERR_ABORTED';
  return !(neverArrived.has(code) || isTls || isTunnel);
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'connection closed',
  EPIPE: 'connection closed',
  UND_ERR_SOCKET: 'connection closed',
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved now',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stopped midway',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a client certificate',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it refuses the TLS handshake',
};

/** Describes a failed request for people; contains no credentials. */
export function brokenBecause(error: unknown, server: string, signal: AbortSignal): string {
  if (signal.aborted) return 'the time for reading is over';
  if (error instanceof BodyTooLarge) return `the API server ${server} answers with ${error.message}`;
  const how = reasons[codeOf(error)];
  if (how !== undefined) return `the API server ${server} does not answer: ${how}`;
  // The message of a failed tunnel contains the proxy's status; no message of undici contains headers or the proxy's
  // address.
  if (error instanceof errors.RequestAbortedError) return `no way to ${server}: ${error.message}`;
  return `the API server ${server} does not answer: ${reasonOf(error).slice(0, 200)}`;
}
