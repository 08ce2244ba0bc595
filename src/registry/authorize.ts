import type { ProbeFailure } from '../model/image/outcome.ts';
import { echoesOf } from '../model/text/echoes.ts';
import type { Credential } from '../model/values/secret.ts';
import { chooseDemand, type Demand, parseChallenges } from './challenge.ts';
import { createDemands, type Demands, type Learned, type LearnedBearer, type Purpose, scopeFor } from './demands.ts';
import { answerFailure, type FailureContext, scrub } from './errors.ts';
import { untilAborted } from './flights.ts';
import { networkFailure } from './network-failure.ts';
import { type Followed, sendFollowing } from './redirect.ts';
import { createSilentHosts, silentAfter } from './silent-hosts.ts';
import type { Site, Sites } from './site.ts';
import { redactUrl } from './text.ts';
import { basicAuthorization, type Token, type TokenRequest, type Tokens } from './tokens.ts';
import type { Transport } from './transport.ts';

/** A request to a site, for one repository, with a credential or anonymously. */
export interface SiteRequest {
  readonly site: Site;
  readonly repository: string;
  readonly credential?: Credential;
  /** Represents the credential in keys. */
  readonly identity: string;
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly accept: string;
  readonly maxBytes: number;
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
}

/** The registry's response and the authorization it was given for. */
export interface Answered {
  readonly kind: 'answered';
  readonly received: Followed;
  readonly authorized: boolean;
  readonly emptyGrant: boolean;
  readonly challengeError?: string;
  readonly secrets: readonly string[];
}

/** Sends requests with the authorization that the site demands. */
export interface Authorizer {
  /**
   * For a new site, asks once without authorization, learns what it demands, and sends that first from then on. When
   * many callers reach a new site at once, one learns and the others wait.
   */
  ask(request: SiteRequest): Promise<Answered | ProbeFailure>;
}

export interface AuthorizerOptions {
  /** For one request with all that it takes: waiting for others, tokens, redirects, and a body that drips. */
  readonly totalMs: number;
  readonly transport: Transport;
  readonly sites: Pick<Sites, 'peerOf'>;
  readonly tokens: Tokens;
}

interface Context extends AuthorizerOptions {
  readonly demands: Demands;
}

/** The authorization of a request, and the token in it. */
interface Sent {
  readonly header?: string;
  readonly token?: Token;
  readonly tokenRequest?: TokenRequest;
}

/** An authorizer that knows no site yet; what it learns lives as long as the authorizer. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const context = { ...options, demands: createDemands() };
  const silent = createSilentHosts();
  return {
    ask: async (request) => {
      const answer = await silent.ask(request.site.host, () => askInTime(request, context), endOf);
      return (
        answer ?? late(request, `none of the last ${silentAfter} requests was answered, so it is asked one at a time`)
      );
    },
  };
}

async function askInTime(request: SiteRequest, context: Context): Promise<Answered | ProbeFailure> {
  const { totalMs } = context;
  const limit = AbortSignal.timeout(totalMs);
  const outcome = await ask({ ...request, signal: AbortSignal.any([request.signal, limit]) }, context);
  const isLate = limit.aborted && !request.signal.aborted && outcome.kind === 'not-probed';
  return isLate ? late(request, `the whole request took longer than ${totalMs / 1000} s`) : outcome;
}

function endOf(outcome: Answered | ProbeFailure): 'answered' | 'silent' | 'neither' {
  if (outcome.kind === 'unreachable') return outcome.how === 'timeout' ? 'silent' : 'neither';
  return outcome.kind === 'not-probed' ? 'neither' : 'answered';
}

function late({ url, site: { host } }: SiteRequest, why: string): ProbeFailure {
  return networkFailure(new DOMException(why, 'TimeoutError'), { url: redactUrl(url), host, proxied: false });
}

async function ask(request: SiteRequest, context: Context): Promise<Answered | ProbeFailure> {
  const { demands } = context;
  const lesson = demands.learning(request.site);
  if (lesson !== undefined) await untilAborted(lesson, request.signal);
  const known = demands.known(request.site);
  if (known === undefined && lesson === undefined) {
    const first = scout(request, context);
    demands.learnBy(request.site, first);
    return answerDemand(request, {}, await first, context);
  }
  const sent = known === undefined ? {} : await prepare(request, known, context);
  if (!('kind' in sent)) return answerDemand(request, sent, await send(request, sent, context), context);
  if (sent.kind !== 'unauthorized' && sent.kind !== 'forbidden') return sent;
  // The token service refused before the registry was asked; some registries let everyone read without a token.
  const open = await send(request, {}, context);
  return open.kind !== 'answered' || open.received.status !== 401 ? open : sent;
}

/** The first request to a site: without authorization, to learn what it demands. */
async function scout(request: SiteRequest, context: Context): Promise<Answered | ProbeFailure> {
  const answer = await send(request, {}, context);
  if (answer.kind !== 'answered' || answer.received.foreign) return answer;
  const demand = demandOf(answer.received);
  if (demand !== undefined) context.demands.learn(request, demand);
  else context.demands.sawOpen(request.site);
  return answer;
}

/** What to send to a site that demands this; fetches a token if one is needed. */
async function prepare(request: SiteRequest, demand: Learned, { tokens }: Context): Promise<Sent | ProbeFailure> {
  if (demand.scheme === 'none') return {};
  if (demand.scheme === 'basic') {
    return request.credential === undefined ? {} : { header: basicAuthorization(request.credential) };
  }
  const tokenRequest = tokenRequestOf(request, demand);
  const token = await tokens.get(tokenRequest);
  return token.kind === 'token' ? { header: `Bearer ${token.value}`, token, tokenRequest } : token;
}

/**
 * Responds to a 401 with what it demands if that was not sent yet, or with a fresh token for one that expired early.
 */
async function answerDemand(
  request: SiteRequest,
  sent: Sent,
  answer: Answered | ProbeFailure,
  context: Context,
): Promise<Answered | ProbeFailure> {
  if (answer.kind !== 'answered' || answer.received.foreign) return answer;
  const demand = demandOf(answer.received);
  if (demand === undefined) return answer;
  const next = context.demands.learn(request, demand);
  if (next.scheme === 'basic' && (sent.header?.startsWith('Basic ') === true || request.credential === undefined)) {
    return answer;
  }
  if (sent.tokenRequest !== undefined && next.scheme === 'bearer') {
    const same = isSameToken(sent.tokenRequest, tokenRequestOf(request, next));
    const ended = sent.token?.reused === true && answer.challengeError !== 'insufficient_scope';
    if (same && !ended) return answer;
    if (same) context.tokens.forget(sent.tokenRequest);
  }
  const again = await prepare(request, next, context);
  return 'kind' in again ? again : send(request, again, context);
}

async function send(request: SiteRequest, sent: Sent, options: AuthorizerOptions): Promise<Answered | ProbeFailure> {
  const authorization = sent.header === undefined ? {} : { authorization: sent.header };
  const headers = { accept: request.accept, 'user-agent': 'imagecheck', ...authorization };
  const { site, method, url, maxBytes, signal } = request;
  const received = await sendFollowing({ method, url, headers, maxBytes, signal }, site, options);
  const secrets = [...echoesOf(request.credential), ...(sent.token === undefined ? [] : [sent.token.value])];
  if (received.kind !== 'received') return scrub(received, secrets);
  const demand = demandOf(received);
  return {
    kind: 'answered',
    received,
    authorized: sent.header !== undefined,
    emptyGrant: sent.token?.emptyGrant ?? false,
    ...(demand?.scheme === 'bearer' && demand.error !== undefined ? { challengeError: demand.error } : {}),
    secrets,
  };
}

function demandOf({ status, headers }: Followed): Demand | undefined {
  return status === 401 ? chooseDemand(parseChallenges(headers.all('www-authenticate'))) : undefined;
}

function tokenRequestOf(request: SiteRequest, demand: LearnedBearer): TokenRequest {
  const { site, repository, credential, identity, signal, purpose } = request;
  return {
    site,
    realm: demand.realm,
    scope: scopeFor(demand, repository, purpose),
    identity,
    signal,
    ...(demand.service === undefined ? {} : { service: demand.service }),
    ...(credential === undefined ? {} : { credential }),
  };
}

function isSameToken(left: TokenRequest, right: TokenRequest): boolean {
  return left.realm === right.realm && left.service === right.service && left.scope === right.scope;
}

/** The typed outcome of a response that isn't a success. */
export function probeFailure(
  { received, authorized, emptyGrant, challengeError, secrets }: Answered,
  request: Pick<SiteRequest, 'site' | 'credential'>,
  subject: FailureContext['subject'],
  now: Date,
): ProbeFailure {
  return answerFailure(received, {
    provider: request.site.provider,
    stage: 'request',
    anonymous: request.credential === undefined,
    authorized,
    emptyGrant,
    subject,
    foreign: received.foreign,
    now,
    secrets,
    ...(challengeError === undefined ? {} : { challengeError }),
  });
}
