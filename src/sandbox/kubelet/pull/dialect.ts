import { statusLine } from '../go-text.ts';
import type { Reply } from './http.ts';

/**
 * How a generation of the runtime words its errors: containerd 1.6 (`remotes/docker`), 1.7 and 2.0 (local pull), and
 * 2.1 and newer (transfer service). stack.md 7.2: the paths compose different sentences for the same failure.
 */
export type Dialect = 'containerd-1.6' | 'containerd-1.7' | 'containerd-2';

/** From `status.nodeInfo.containerRuntimeVersion`, such as `containerd://2.1.4`. */
export function dialectOf(runtime: string): Dialect {
  const [, major = '2', minor = '0'] = /^containerd:\/\/(\d+)\.(\d+)/.exec(runtime) ?? ['', '2', '1'];
  if (major === '1') return Number(minor) < 7 ? 'containerd-1.6' : 'containerd-1.7';
  return Number(major) === 2 && Number(minor) === 0 ? 'containerd-1.7' : 'containerd-2';
}

/** `remoteerrors.ErrUnexpectedStatus`: the token service's refusals, and from 1.7 on the registry's too. */
export function unexpectedStatus(dialect: Dialect, reply: Reply): string {
  if (dialect === 'containerd-1.6') return `unexpected status: ${statusLine(reply.status)}`;
  return `unexpected status from ${reply.method} request to ${reply.url}: ${statusLine(reply.status)}`;
}

/** The same with what the body says, which 2.x appends on a line of its own (`errors.Join`). */
export function unexpectedResponse(dialect: Dialect, reply: Reply): string {
  const said = dialect === 'containerd-2' ? bodyErrors(reply.body) : undefined;
  const text = unexpectedStatus(dialect, reply);
  return said === undefined ? text : `${text}\n${said}`;
}

/** A refused HEAD of a manifest: 1.6 names host and path instead of the URL. */
export function refusedResolve(dialect: Dialect, reply: Reply, host: string, path: readonly string[]): string {
  if (dialect !== 'containerd-1.6') return unexpectedResponse(dialect, reply);
  return `pulling from host ${host} failed with status code [${path.join(' ')}]: ${statusLine(reply.status)}`;
}

/** A refused GET of content: up to 2.0 the registry's words follow on the same line. */
export function refusedFetch(dialect: Dialect, reply: Reply): string {
  if (dialect === 'containerd-2') return unexpectedResponse(dialect, reply);
  const said = bodyErrors(reply.body);
  const text = `unexpected status code ${reply.url}: ${statusLine(reply.status)}`;
  return said === undefined ? text : `${text} - Server message: ${said}`;
}

// The codes that containerd's errdesc.go registers, with the message it takes for granted; all others are UNKNOWN.
const knownCodes: Readonly<Record<string, string>> = {
  UNKNOWN: 'unknown error',
  UNSUPPORTED: 'The operation is unsupported.',
  UNAUTHORIZED: 'authentication required',
  DENIED: 'requested access to the resource is denied',
  UNAVAILABLE: 'service unavailable',
  TOOMANYREQUESTS: 'too many requests',
};

/** `denied: …` from a body `{"errors":[{code,message,detail}]}`; undefined when it is none. */
export function bodyErrors(body: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const errors = (parsed as { readonly errors?: unknown } | null)?.errors;
  if (!Array.isArray(errors) || errors.length === 0) return undefined;
  const texts = errors.map(oneError);
  return texts.length === 1 ? texts[0] : `errors:\n${texts.join('\n')}\n`;
}

function oneError(error: unknown): string {
  const { code, message, detail } = (error ?? {}) as Readonly<Record<string, unknown>>;
  const known = typeof code === 'string' && Object.hasOwn(knownCodes, code) ? code : 'UNKNOWN';
  const said = typeof message === 'string' ? message : '';
  const name = known.toLowerCase();
  const isBare = (detail === undefined || detail === null) && (said === '' || said === knownCodes[known]);
  return isBare ? name : `${name}: ${said}`;
}
