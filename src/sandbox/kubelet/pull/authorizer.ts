import { parseChallenges } from './challenge.ts';
import { type Dialect, unexpectedStatus } from './dialect.ts';
import { PullFailure, wrapping } from './failure.ts';
import { headerValues, type Network, type Reply } from './http.ts';

/** User name and password of a node for one pull; an empty user name means a refresh token. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Answers challenges from the hosts of one pull, as containerd's `dockerAuthorizer` does. */
export interface Authorizer {
  /**
   * The header for a request to this host; undefined until the host has asked for one. Throws when no token is issued.
   */
  readonly authorize: (host: string) => Promise<string | undefined>;
  /** Handles a 401. True: retry; false: no way to answer it. Throws when the refusal is final. */
  readonly onUnauthorized: (replies: readonly Reply[]) => boolean;
}

interface Handler {
  readonly scheme: 'basic' | 'bearer';
  readonly realm: string;
  readonly service: string;
  readonly scopes: readonly string[];
  token?: Promise<string>;
}

/** An authorizer for one pull of one repository with one login (or anonymously). */
export function createAuthorizer(
  network: Network,
  dialect: Dialect,
  repository: string,
  login: Login | undefined,
): Authorizer {
  const handlers = new Map<string, Handler>();
  return {
    authorize: async (host) => {
      const handler = handlers.get(host);
      if (handler === undefined) return undefined;
      if (handler.scheme === 'basic') return basic(login);
      handler.token ??= fetchToken(network, dialect, handler, login);
      return `Bearer ${await handler.token}`;
    },
    onUnauthorized: (replies) => {
      const last = replies.at(-1);
      if (last === undefined) return false;
      const { host } = new URL(last.url);
      const [challenge] = parseChallenges(headerValues(last, 'www-authenticate'));
      if (challenge === undefined) return false;
      if (challenge.scheme === 'basic') {
        if (login === undefined || login.username === '' || login.password === '') {
          if (dialect === 'containerd-1.6') return false;
          throw new PullFailure('authorization failed: no basic auth credentials', { refusedAuthorization: true });
        }
        handlers.set(host, { scheme: 'basic', realm: '', service: '', scopes: [] });
        return true;
      }
      const { error = '', realm = '', service = '', scope = '' } = challenge.parameters;
      if (error !== '') {
        if (!isFirst(replies)) {
          handlers.delete(host);
          throw new PullFailure(`server message: ${error}: authorization failed`, { refusedAuthorization: true });
        }
        handlers.delete(host);
      }
      if (realm === '') throw new PullFailure('no realm specified for token auth challenge');
      const scopes = [
        ...new Set([`repository:${repository}:pull`, ...scope.split(' ').filter((part) => part !== '')]),
      ].sort();
      if (!handlers.has(host)) handlers.set(host, { scheme: 'bearer', realm, service, scopes });
      return true;
    },
  };
}

/** This request was not answered before, so the token may just be missing or expired. */
function isFirst(replies: readonly Reply[]): boolean {
  const [previous, last] = replies.slice(-2);
  return replies.length === 1 || previous?.method !== last?.method || previous?.url !== last?.url;
}

function basic(login: Login | undefined): string {
  const { username = '', password = '' } = login ?? {};
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function fetchToken(network: Network, dialect: Dialect, handler: Handler, login: Login | undefined): Promise<string> {
  if (login === undefined || login.password === '') {
    return wrapping('failed to fetch anonymous token', () => getToken(network, dialect, handler, undefined));
  }
  return wrapping('failed to fetch oauth token', () => postThenGet(network, dialect, handler, login));
}

/** POST first; services without it answer 400 (ACR), 401, 404 or 405, and are then asked with GET. */
async function postThenGet(network: Network, dialect: Dialect, handler: Handler, login: Login): Promise<string> {
  const form = new URLSearchParams({
    ...(handler.scopes.length === 0 ? {} : { scope: handler.scopes.join(' ') }),
    service: handler.service,
    client_id: 'containerd-client',
    ...(login.username === ''
      ? { grant_type: 'refresh_token', refresh_token: login.password }
      : { grant_type: 'password', username: login.username, password: login.password }),
  });
  const reply = await network.send({
    method: 'POST',
    url: handler.realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: form.toString(),
  });
  const asksByGet = [400, 401, 404].includes(reply.status) || (reply.status === 405 && login.username !== '');
  if (asksByGet) return getToken(network, dialect, handler, login);
  return tokenOf(dialect, reply, ['access_token']);
}

async function getToken(
  network: Network,
  dialect: Dialect,
  handler: Handler,
  login: Login | undefined,
): Promise<string> {
  const url = new URL(handler.realm);
  for (const scope of handler.scopes) url.searchParams.append('scope', scope);
  if (handler.service !== '') url.searchParams.append('service', handler.service);
  const headers = login === undefined ? {} : { authorization: basic(login) };
  const reply = await network.send({ method: 'GET', url: url.href, headers });
  return tokenOf(dialect, reply, ['access_token', 'token']);
}

/** A response to a POST is read as OAuth 2: a `token` field alone is ignored. */
function tokenOf(dialect: Dialect, reply: Reply, names: readonly ('access_token' | 'token')[]): string {
  if (reply.status < 200 || reply.status >= 400) {
    throw new PullFailure(unexpectedStatus(dialect, reply), { status: reply.status });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(reply.body);
  } catch {
    throw new PullFailure(`unable to decode token response: ${decodeProblem(reply.body)}`);
  }
  const answer = (parsed ?? {}) as Readonly<Record<string, unknown>>;
  const given = names.map((name) => answer[name]).find((value) => typeof value === 'string' && value !== '');
  if (typeof given !== 'string') throw new PullFailure('authorization server did not include a token in the response');
  return given;
}

/** The error of Go's JSON decoder for a body that isn't JSON. */
function decodeProblem(body: string): string {
  const first = body.trimStart().slice(0, 1);
  return first === '' ? 'EOF' : `invalid character '${first}' looking for beginning of value`;
}
