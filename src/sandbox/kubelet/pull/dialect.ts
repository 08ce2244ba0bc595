import { statusLine } from './go-text.ts';
import type { Reply } from './http.ts';

/**
 * The error wording of a runtime generation: containerd 1.6 (`remotes/docker`), 1.7 and 2.0 (local pull), and 2.1 and
 * newer, which pull with the transfer service or, if configured so, still locally. docs/facts/runtimes.md#pull-errors:
 * each gives a different message for the same failure. `npm run test:runtimes` compares them with the real runtimes.
 */
export type Dialect = 'containerd-1.6' | 'containerd-1.7' | 'containerd-2-local' | 'containerd-2';

/**
 * From `status.nodeInfo.containerRuntimeVersion`, such as `containerd://2.1.4`; `localPull` is the setting
 * `use_local_image_pull`, which no version string shows.
 */
export function dialectOf(runtime: string, localPull = false): Dialect {
  const [major, minor] = versionOf(runtime);
  if (major < 2) return minor < 7 ? 'containerd-1.6' : 'containerd-1.7';
  if (major === 2 && minor === 0) return 'containerd-1.7';
  return localPull ? 'containerd-2-local' : 'containerd-2';
}

/** Local pulls after 1.7, and the transfer service. */
function isTwo(dialect: Dialect): boolean {
  return dialect === 'containerd-2' || dialect === 'containerd-2-local';
}

function versionOf(runtime: string): readonly [major: number, minor: number, patch: number] {
  const [, major = '2', minor = '1', patch = '0'] = /^containerd:\/\/(\d+)\.(\d+)(?:\.(\d+))?/.exec(runtime) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}

/**
 * Final changes to a text: 1.6 is built with a Go version that puts no `tls:` before certificate errors; since 1.7.30
 * and 2.2.1 the CRI plugin redacts the queries of URLs that could not be reached (containerd PR 12491).
 */
export function finished(runtime: string, text: string): string {
  const [major, minor, patch] = versionOf(runtime);
  if (major < 2 && minor < 7) return text.replaceAll('tls: failed to verify certificate: x509', 'x509');
  const redacts = major < 2 ? minor > 7 || patch >= 30 : minor > 2 || (minor === 2 && patch >= 1);
  if (!redacts) return text;
  return text.replace(/\b(Get|Head|Post) "([^"?]*)\?([^"]*)"/g, (_all, method: string, url: string, query: string) => {
    const keys = [...new Set(new URLSearchParams(query).keys())].sort();
    return `${method} "${url}?${keys.map((key) => `${key}=%5BREDACTED%5D`).join('&')}"`;
  });
}

/** `remoteerrors.ErrUnexpectedStatus`: the token service's refusals, and from 1.7 on the registry's too. */
export function unexpectedStatus(dialect: Dialect, reply: Reply): string {
  if (dialect === 'containerd-1.6') return `unexpected status: ${statusLine(reply.status)}`;
  return `unexpected status from ${reply.method} request to ${reply.url}: ${statusLine(reply.status)}`;
}

/** The same with the message of the body, which 2.x appends on a separate line (`errors.Join`). */
export function unexpectedResponse(dialect: Dialect, reply: Reply): string {
  const said = isTwo(dialect) ? bodyErrors(reply.body) : undefined;
  const text = unexpectedStatus(dialect, reply);
  return said === undefined ? text : `${text}\n${said}`;
}

/** A refused HEAD of a manifest: 1.6 prints host and path instead of the URL. */
export function refusedResolve(dialect: Dialect, reply: Reply, host: string, path: readonly string[]): string {
  if (dialect !== 'containerd-1.6') return unexpectedResponse(dialect, reply);
  return `pulling from host ${host} failed with status code [${path.join(' ')}]: ${statusLine(reply.status)}`;
}

/**
 * A refused GET of content: up to 2.0 it prints the original URL even after a redirect, followed by the server's
 * message.
 */
export function refusedFetch(dialect: Dialect, reply: Reply, asked: string): string {
  if (isTwo(dialect)) return unexpectedResponse(dialect, reply);
  const said = bodyErrors(reply.body);
  const text = `unexpected status code ${asked}: ${statusLine(reply.status)}`;
  return said === undefined ? text : `${text} - Server message: ${said}`;
}

/** Whether a refused HEAD is repeated as a GET for the registry's message: since 2.x, and only after 403. */
export function asksForWords(dialect: Dialect, reply: Reply): boolean {
  return isTwo(dialect) && reply.status === 403 && reply.method === 'HEAD';
}

/** Content that ended before its size. */
export function shortRead(dialect: Dialect, wanted: number, got: number): string {
  if (isTwo(dialect)) return `short read: expected ${wanted} bytes but got ${got}: unexpected EOF`;
  return 'failed to read expected number of bytes: unexpected EOF';
}

/** Content that is longer than its size. */
export function longRead(dialect: Dialect, reference: string, wanted: number, got: number): string {
  if (isTwo(dialect)) return `failed to copy: httpReadSeeker: read past expected size ${wanted}: failed precondition`;
  return `failed commit on ref "${reference}": "${reference}" failed size validation: ${got} != ${wanted}: failed precondition`;
}

// The codes that containerd's errdesc.go registers, with their default messages; all others are UNKNOWN.
const knownCodes: Readonly<Record<string, string>> = {
  UNKNOWN: 'unknown error',
  UNSUPPORTED: 'The operation is unsupported.',
  UNAUTHORIZED: 'authentication required',
  DENIED: 'requested access to the resource is denied',
  UNAVAILABLE: 'service unavailable',
  TOOMANYREQUESTS: 'too many requests',
};

/** `denied: …` from a body `{"errors":[{code,message,detail}]}`; undefined for any other body. */
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
