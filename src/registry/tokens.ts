import type { ProbeFailure } from '../model/image/outcome.ts';
import { echoesOf } from '../model/text/echoes.ts';
import type { Credential } from '../model/values/secret.ts';
import { answerFailure, contentFailure, scrub } from './errors.ts';
import type { Flights } from './flights.ts';
import { largestBody } from './heap-limits.ts';
import { realmPeer } from './realm.ts';
import { readClaims, readToken } from './schema.ts';
import type { Site, Sites } from './site.ts';
import type { Received, Transport } from './transport.ts';

const maxTokenBytes = largestBody(1_048_576);
const defaultLifetimeMs = 60_000;
/** A token is not used shortly before it expires, so that it does not expire in transit. */
const marginMs = 5_000;
/** Each has at most 64 KiB. */
const maxTokens = 500;

/** Who asks for a token, and for what. */
export interface TokenRequest {
  readonly site: Site;
  readonly realm: string;
  readonly service?: string;
  readonly scope: string;
  readonly credential?: Credential;
  /** Represents the credential in keys. */
  readonly identity: string;
  readonly signal: AbortSignal;
}

/** A token to send in `Authorization: Bearer`. */
export interface Token {
  readonly kind: 'token';
  readonly value: string;
  readonly expiresAtMs: number;
  readonly emptyGrant: boolean;
  /** It was cached before this request. */
  readonly reused: boolean;
}

/** Tokens by realm, service, scope and credential, kept until they expire (60 s if they don't say). */
export interface Tokens {
  get(request: TokenRequest): Promise<Token | ProbeFailure>;
  /** Drops a token that the registry no longer accepts. */
  forget(request: TokenRequest): void;
}

export interface TokensOptions {
  readonly transport: Transport;
  readonly sites: Pick<Sites, 'peerOf'>;
  readonly flights: Flights;
  readonly now: () => Date;
}

/** Fetches tokens through `transport`; concurrent requests for the same token share one fetch. */
export function createTokens(options: TokensOptions): Tokens {
  const kept = new Map<string, Token>();
  const keyOf = ({ site, realm, service, scope, identity }: TokenRequest): string =>
    JSON.stringify(['token', site.peer.origin, realm, service ?? '', scope, identity]);
  const keep = (key: string, token: Token): void => {
    const now = options.now().getTime();
    if (kept.size >= maxTokens) for (const [old, { expiresAtMs }] of kept) if (expiresAtMs <= now) kept.delete(old);
    if (kept.size >= maxTokens) kept.clear();
    kept.set(key, token);
  };
  return {
    get: async (request) => {
      const key = keyOf(request);
      const known = kept.get(key);
      if (known !== undefined && known.expiresAtMs - marginMs > options.now().getTime())
        return { ...known, reused: true };
      return options.flights.run(key, request.site.host, request.signal, async (signal) => {
        const token = await fetchToken({ ...request, signal }, options);
        if (token.kind === 'token') keep(key, token);
        return token;
      });
    },
    forget: (request) => {
      kept.delete(keyOf(request));
    },
  };
}

async function fetchToken(request: TokenRequest, options: TokensOptions): Promise<Token | ProbeFailure> {
  const { site, credential } = request;
  const url = realmUrl(request);
  if (url === undefined) {
    const message = `${site.host} names a token service that isn't a valid URL`;
    return { kind: 'bad-content', message, url: `${site.publicOrigin}${site.root}/` };
  }
  const peer = realmPeer(url, site, { withCredential: credential !== undefined, sites: options.sites });
  if ('kind' in peer) return peer;
  const base = { peer, maxBytes: maxTokenBytes, signal: request.signal };
  if (credential !== undefined && site.provider.refreshTokenUsers.includes(credential.username)) {
    const exchanged = await options.transport({ ...base, ...exchange(url, request, credential) });
    if (exchanged.kind !== 'received' || ![400, 401, 404, 405].includes(exchanged.status)) {
      return readAnswer(exchanged, request, options);
    }
  }
  const headers = credential === undefined ? {} : { authorization: basicAuthorization(credential) };
  return readAnswer(await options.transport({ ...base, method: 'GET', url, headers }), request, options);
}

/** The token endpoint with `service` and `scope` (distribution's token specification). */
function realmUrl({ realm, service, scope }: TokenRequest): URL | undefined {
  if (!URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '')
    return undefined;
  url.hash = '';
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.delete('scope');
  for (const one of scope.split(' ').filter((part) => part !== '')) url.searchParams.append('scope', one);
  return url;
}

/**
 * OAuth's refresh grant; registries without it answer 400, 401, 404 or 405 and are then asked with GET, as containerd
 * does.
 */
function exchange(url: URL, { service, scope }: TokenRequest, { password }: Credential) {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: password.reveal(), scope });
  form.set('client_id', 'imagecheck');
  if (service !== undefined) form.set('service', service);
  const bare = new URL(url);
  bare.searchParams.delete('service');
  bare.searchParams.delete('scope');
  return {
    method: 'POST' as const,
    url: bare,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  };
}

function readAnswer(
  answer: Received | ProbeFailure,
  { site, credential }: TokenRequest,
  { now }: TokensOptions,
): Token | ProbeFailure {
  const secrets = echoesOf(credential);
  if (answer.kind !== 'received') return scrub(answer, secrets);
  if (answer.status < 200 || answer.status > 299) {
    return answerFailure(answer, {
      provider: site.provider,
      stage: 'token',
      anonymous: credential === undefined,
      authorized: credential !== undefined,
      emptyGrant: false,
      subject: 'repository',
      foreign: false,
      now: now(),
      secrets,
    });
  }
  const read = readToken(answer.body);
  if (read === undefined) return contentFailure(answer, 'the token service answered without a token', secrets);
  const { expiresAt, emptyGrant } = readClaims(read.token);
  const lifetimeMs = read.expiresInSeconds === undefined ? undefined : read.expiresInSeconds * 1000;
  const started = now().getTime();
  const expiresAtMs =
    lifetimeMs === undefined ? (expiresAt?.getTime() ?? started + defaultLifetimeMs) : started + lifetimeMs;
  return { kind: 'token', value: read.token, expiresAtMs, emptyGrant, reused: false };
}

/** The `Authorization` header for a user name and password. */
export function basicAuthorization({ username, password }: Credential): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}
