import type { ProbeFailure } from '../model/image/outcome.ts';
import type { Provider, RegistryRefusal } from '../model/providers/provider.ts';
import { withoutSecrets } from '../model/text/echoes.ts';
import { readRateLimit, retryAfterMs } from './rate.ts';
import { type RegistryError, readRegistryError } from './schema.ts';
import { printable, redactUrl } from './text.ts';
import type { Received } from './transport.ts';

/** The request, as far as it decides what a response means. */
export interface FailureContext extends Pick<RegistryRefusal, 'stage' | 'anonymous' | 'authorized' | 'emptyGrant'> {
  readonly provider: Provider;
  /** What a 404 refers to when the registry does not say. */
  readonly subject: 'tag' | 'digest' | 'blob' | 'repository';
  readonly challengeError?: string;
  /** The response came from another site, after a redirect. */
  readonly foreign: boolean;
  readonly now: Date;
  /** Secrets that must not appear in any text of the outcome. */
  readonly secrets: readonly string[];
}

const repositoryCodes: ReadonlySet<string> = new Set(['NAME_UNKNOWN', 'NAME_INVALID', 'REPOSITORY_NOT_FOUND']);
const missingCodes: ReadonlySet<string> = new Set([
  ...repositoryCodes,
  'MANIFEST_UNKNOWN',
  'TAG_UNKNOWN',
  'TAG_INVALID',
  'BLOB_UNKNOWN',
  'NOT_FOUND',
]);

/** The typed outcome of a response that isn't a success. HTML never comes from the registry itself. */
export function answerFailure(received: Received, context: FailureContext): ProbeFailure {
  return scrub(classify(received, context), context.secrets);
}

/** The outcome for a success whose body does not follow the protocol. */
export function contentFailure(received: Received, message: string, secrets: readonly string[]): ProbeFailure {
  const failure: ProbeFailure =
    received.body.length === 0 || looksLikeHtml(received)
      ? notARegistry(received, secrets)
      : { kind: 'bad-content', message: printable(message), url: redactUrl(received.url) };
  return scrub(failure, secrets);
}

/** Whether the body is an HTML page. */
export function looksLikeHtml({ headers, body }: Pick<Received, 'headers' | 'body'>): boolean {
  const type = mediaTypeOf(headers.get('content-type'));
  return (
    type === 'text/html' ||
    type === 'application/xhtml+xml' ||
    /^\s*<(?:!doctype\s+html|html|head|body)\b/i.test(start(body))
  );
}

/** A media type without its parameters, in lower case. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function classify(received: Received, context: FailureContext): ProbeFailure {
  const { status } = received;
  const error = readRegistryError(received.body);
  const said = describe(received, error, context.secrets);
  const url = redactUrl(received.url);
  if (status === 429) return rateLimited(received, said.message, context.now);
  if (status >= 500) return { kind: 'server-error', status, message: said.message, url };
  if (status === 407) return { kind: 'unreachable', how: 'proxy', message: said.message, url };
  if (status < 400) return notARegistry(received, context.secrets);
  const challenged = status === 401 && received.headers.all('www-authenticate').length > 0;
  if (looksLikeHtml(received) && (context.foreign || !challenged)) return notARegistry(received, context.secrets);
  if (context.foreign && context.subject !== 'blob' && (status === 401 || status === 403))
    return notARegistry(received, context.secrets);
  if (status === 401 || status === 403 || status === 451) return refused(status, said, context);
  if (/client sent an http request to an https server/i.test(said.message)) {
    return { kind: 'unreachable', how: 'tls-other', message: 'it expects HTTPS but was asked over plain HTTP', url };
  }
  const code = said.code?.toUpperCase() ?? '';
  if (status === 404 || status === 410 || missingCodes.has(code)) return missing(status, said, context);
  if (context.stage === 'token' && status === 400 && code === 'INVALID_GRANT') return refused(401, said, context);
  return { kind: 'bad-content', message: printable(`status ${status}: ${said.code ?? ''} ${said.message}`), url };
}

interface Said {
  readonly code?: string;
  readonly message: string;
}

/**
 * The registry's own message, truncated and printable; plain text is a message too (ECR's `Not Authorized`). Secrets
 * are removed before truncating, because half a secret would not be recognised.
 */
function describe(received: Received, error: RegistryError | undefined, secrets: readonly string[]): Said {
  const code = error?.code === undefined ? undefined : printable(withoutSecrets(error.code, secrets), 80);
  const plain = looksLikeHtml(received) ? '' : start(received.body, secrets);
  const said = error === undefined ? plain : withoutSecrets(error.message ?? '', secrets);
  const message = printable(said, 300);
  return { message: message === '' ? `status ${received.status}` : message, ...(code ? { code } : {}) };
}

function refused(status: number, said: Said, context: FailureContext): ProbeFailure {
  const { provider, stage } = context;
  const hint = provider.hint({ ...context, ...said, status });
  return {
    kind: status === 401 ? 'unauthorized' : 'forbidden',
    stage,
    status,
    ...said,
    ...(hint === undefined ? {} : { hint }),
  };
}

function missing(status: number, said: Said, context: FailureContext): ProbeFailure {
  return { kind: 'not-found', what: whatIsMissing(said.code?.toUpperCase(), context), status, ...said };
}

function whatIsMissing(
  code: string | undefined,
  { subject, provider, anonymous }: FailureContext,
): Extract<ProbeFailure, { readonly kind: 'not-found' }>['what'] {
  if (code !== undefined && repositoryCodes.has(code)) return 'repository';
  if (code === 'TAG_UNKNOWN' || code === 'TAG_INVALID') return 'tag';
  if (code === 'BLOB_UNKNOWN' || subject === 'blob') return 'digest';
  if (code === 'MANIFEST_UNKNOWN' && subject !== 'repository' && provider.manifestUnknownMeans(anonymous) === 'tag') {
    return subject;
  }
  return 'unclear';
}

function rateLimited({ headers }: Received, message: string, now: Date): ProbeFailure {
  const wait = retryAfterMs(headers.get('retry-after'), now);
  const rateLimit = readRateLimit(headers);
  return {
    kind: 'rate-limited',
    message,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  };
}

function notARegistry({ status, headers, body, url }: Received, secrets: readonly string[]): ProbeFailure {
  return {
    kind: 'not-a-registry',
    status,
    contentType: printable(mediaTypeOf(headers.get('content-type')), 80),
    sample: printable(start(body, secrets), 80),
    url: redactUrl(url),
  };
}

function start(body: Buffer, secrets: readonly string[] = []): string {
  return withoutSecrets(body.subarray(0, 16_384).toString('utf8'), secrets).slice(0, 2048);
}

/** The failure with secrets removed from all its texts. */
export function scrub(failure: ProbeFailure, secrets: readonly string[]): ProbeFailure {
  const entries = Object.entries(failure).map(([key, value]): readonly [string, unknown] => [
    key,
    typeof value === 'string' ? withoutSecrets(value, secrets) : value,
  ]);
  return Object.fromEntries(entries) as unknown as ProbeFailure;
}
