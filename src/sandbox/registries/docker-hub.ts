import { hubTags } from './hub-tags.ts';
import {
  bearerOf,
  errorReply,
  issueToken,
  jsonReply,
  mayRead,
  type Personality,
  type Quota,
  scopedRepositories,
  signIn,
  tokenRequestOf,
} from './personality.ts';

const windowSeconds = 21_600;

/**
 * Docker Hub as described in docs/facts/registries.md#docker-hub: everyone gets a token; for a missing or private
 * repository it grants nothing, and the registry then answers 401 insufficient_scope. Only a GET of a manifest counts
 * as a pull.
 */
export const dockerHub: Personality = {
  id: 'docker-hub',
  service: (request, url, body, state) => {
    if (url.pathname !== '/token') return hubTags(request, url, state);
    const { credentials, scopes } = tokenRequestOf(request, url, body);
    const signed = credentials === undefined ? undefined : signIn(credentials, state);
    if (credentials !== undefined && (signed === undefined || signed.expired)) {
      return jsonReply(401, { details: 'incorrect username or password' });
    }
    // Anyone signed in may push, and so create a repository.
    const pushes = signed !== undefined && scopes.some((scope) => /:[^:]*\bpush\b[^:]*$/.test(scope));
    const names = scopedRepositories(scopes).filter((name) => pushes || mayRead(signed?.account, name, state));
    const token = issueToken(state, { username: signed?.account.username, repositories: names });
    return jsonReply(200, { token, access_token: token, expires_in: 300, issued_at: state.now().toISOString() });
  },
  authorize: (request, wanted, state) => {
    const token = bearerOf(request);
    const grant = state.tokens.get(token ?? '');
    if (grant !== undefined && (wanted === undefined || grant.repositories.includes(wanted.repository)))
      return undefined;
    const scope = wanted === undefined ? '' : `,scope="repository:${wanted.repository}:pull"`;
    const problem = token === undefined ? '' : ',error="insufficient_scope"';
    const challenge = `Bearer realm="${state.url()}/token",service="registry.docker.io"${scope}${problem}`;
    const detail =
      wanted === undefined ? null : [{ Type: 'repository', Class: '', Name: wanted.repository, Action: 'pull' }];
    return errorReply(401, 'UNAUTHORIZED', 'authentication required', detail, { 'www-authenticate': challenge });
  },
  missing: (wanted) =>
    wanted.what === 'manifests'
      ? errorReply(404, 'MANIFEST_UNKNOWN', 'manifest unknown', `unknown tag=${wanted.reference}`)
      : errorReply(404, 'NAME_UNKNOWN', 'repository name not known to registry', { name: wanted.repository }),
  meter: (request, wanted, state) => {
    const isAnonymous = state.tokens.get(bearerOf(request) ?? '')?.username === undefined;
    // Without a credential, the quota belongs to the address; signed-in users have their own.
    if (wanted.what !== 'manifests' || !isAnonymous) return { headers: {} };
    const narrow = [...state.narrowQuotas.values()].find(({ only }) => only.includes(wanted.repository));
    const quota = narrow ?? state.quota;
    const headers = quotaHeaders(quota);
    if (wanted.method === 'HEAD') return { headers };
    if (quota.remaining <= 0) {
      const message =
        'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit';
      return {
        refusal: errorReply(429, 'TOOMANYREQUESTS', message, undefined, { ...headers, 'retry-after': '60' }),
        headers,
      };
    }
    quota.remaining -= 1;
    return { headers: quotaHeaders(quota) };
  },
};

function quotaHeaders(quota: Quota): Readonly<Record<string, string>> {
  return {
    'ratelimit-limit': `${quota.limit};w=${windowSeconds}`,
    'ratelimit-remaining': `${quota.remaining};w=${windowSeconds}`,
    'docker-ratelimit-source': '192.0.2.10',
  };
}
