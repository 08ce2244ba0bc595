import type { IncomingMessage } from 'node:http';
import type { Storage } from './storage.ts';

/** What one request asks for, in the terms of the distribution specification. */
export interface Wanted {
  readonly method: string;
  readonly repository: string;
  /** `tags` covers tags/list; `referrers`, `blobs` and `uploads` their endpoints. */
  readonly what: 'manifests' | 'blobs' | 'tags' | 'referrers' | 'uploads';
  readonly reference: string;
}

/** An HTTP response, before it is written. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** An account of a registry. `expiresAt` is when its password expires (an ECR token, a robot's). */
export interface Account {
  readonly username: string;
  password: string;
  expiresAt?: string;
  /** Repositories it may read; undefined means all. */
  readonly repositories?: readonly string[];
  /** ACR: whether it may also read `/acr/v1`; default: true. */
  readonly readsMetadata?: boolean;
}

/** The state of one registry host, for its personality. */
export interface RegistryState {
  readonly host: string;
  readonly storage: Storage;
  readonly accounts: Account[];
  /** Base URL for clients; realms are derived from it. */
  readonly url: () => string;
  readonly now: () => Date;
  /** Tokens it issued: token -> what it grants. */
  readonly tokens: Map<string, Grant>;
  /** Docker Hub: anonymous pulls left in the window. */
  readonly quota: Quota;
  /** Quotas of single repositories, by name, so that one can be used up without the others. */
  readonly narrowQuotas: Map<string, Quota & { readonly only: readonly string[] }>;
  /** ACR: the registry's firewall refuses everyone. */
  firewalled: boolean;
  /** Answers with a login page instead of the protocol. */
  html: boolean;
}

/** A counter of remaining pulls. */
export interface Quota {
  limit: number;
  remaining: number;
}

/** What a bearer token grants. */
export interface Grant {
  readonly username: string | undefined;
  readonly repositories: readonly string[];
  /** ACR: repositories for which it grants `metadata_read`. */
  readonly metadata?: readonly string[];
}

/** How one vendor's registry differs from the specification (docs/facts/registries.md). */
export interface Personality {
  readonly id: 'acr' | 'ecr' | 'ghcr' | 'docker-hub' | 'generic';
  /** Endpoints outside /v2/, such as token services; undefined for any other path. */
  readonly service: (request: IncomingMessage, url: URL, body: string, state: RegistryState) => Reply | undefined;
  /** Undefined lets the request through; otherwise the refusal. */
  readonly authorize: (request: IncomingMessage, wanted: Wanted | undefined, state: RegistryState) => Reply | undefined;
  /** The body of a 404 in this vendor's wording. */
  readonly missing: (wanted: Wanted, state: RegistryState) => Reply;
  /** Runs for every granted manifest request: counts the quota and sets its headers. */
  readonly meter?: (
    request: IncomingMessage,
    wanted: Wanted,
    state: RegistryState,
  ) => { readonly refusal?: Reply; readonly headers: Readonly<Record<string, string>> };
}

/** An error body of the distribution specification. */
export function errorReply(
  status: number,
  code: string,
  message: string,
  detail?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] }),
  };
}

/** A JSON response. */
export function jsonReply(status: number, content: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) };
}

/** User name and password of a Basic header, or undefined. */
export function basicOf(
  request: IncomingMessage,
): { readonly username: string; readonly password: string } | undefined {
  const found = /^basic\s+(.+)$/i.exec(request.headers.authorization ?? '');
  if (found === null) return undefined;
  const text = Buffer.from(found[1] ?? '', 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at < 0 ? undefined : { username: text.slice(0, at), password: text.slice(at + 1) };
}

/** A token request: by GET with Basic, or by the OAuth POST that containerd tries first. */
export function tokenRequestOf(
  request: IncomingMessage,
  url: URL,
  body: string,
): { readonly credentials: ReturnType<typeof basicOf>; readonly scopes: readonly string[] } {
  if (request.method !== 'POST') return { credentials: basicOf(request), scopes: url.searchParams.getAll('scope') };
  const form = new URLSearchParams(body);
  const username = form.get('username');
  const password = form.get('password');
  const credentials = username === null || password === null ? undefined : { username, password };
  return { credentials, scopes: form.getAll('scope') };
}

/** The bearer token of a request, or undefined. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The account whose password this is; `expired` if it used to be valid. */
export function signIn(
  credentials: { readonly username: string; readonly password: string },
  state: RegistryState,
): { readonly account: Account; readonly expired: boolean } | undefined {
  const account = state.accounts.find(
    ({ username, password }) => username === credentials.username && password === credentials.password,
  );
  if (account === undefined) return undefined;
  return { account, expired: account.expiresAt !== undefined && account.expiresAt <= state.now().toISOString() };
}

/**
 * Repository names in `repository:NAME:ACTIONS` scopes, optionally only those with one action; scopes may be
 * space-separated or repeated.
 */
export function scopedRepositories(scopes: readonly string[], action?: string): readonly string[] {
  return scopes
    .flatMap((scope) => scope.split(' '))
    .flatMap((scope) => {
      const [, name, actions = ''] = /^repository:(.+):([a-z_,*]+)$/.exec(scope) ?? [];
      return name === undefined || (action !== undefined && !actions.split(',').includes(action)) ? [] : [name];
    });
}

/** Whether an account may read a repository. */
export function mayRead(account: Account | undefined, name: string, state: RegistryState): boolean {
  const repository = state.storage.repositories.get(name);
  if (repository === undefined) return false;
  if (!repository.private) return true;
  return account !== undefined && (account.repositories === undefined || account.repositories.includes(name));
}

/** Issues a token for the requested and allowed scopes. */
export function issueToken(state: RegistryState, grant: Grant): string {
  const claims = { access: grant.repositories.map((name) => ({ type: 'repository', name, actions: ['pull'] })) };
  const token = [
    '{"alg":"none"}',
    JSON.stringify({ ...claims, exp: Math.floor(state.now().getTime() / 1000) + 300, jti: `${state.tokens.size}` }),
    state.host,
  ]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  state.tokens.set(token, grant);
  return token;
}
