import {
  basicOf,
  bearerOf,
  errorReply,
  issueToken,
  jsonReply,
  mayRead,
  type Personality,
  scopedRepositories,
  signIn,
} from './personality.ts';

const denied = () => errorReply(403, 'DENIED', 'requested access to the resource is denied');
const authenticationRequired = () => errorReply(401, 'UNAUTHORIZED', 'authentication required');

/**
 * GHCR as described in docs/facts/registries.md#ghcr: anonymously a public name gets a token, a missing one 403 DENIED,
 * a private one 401; a wrong credential gets 403 even for a public name; a member gets a token for a missing name and
 * then 404.
 */
export const ghcr: Personality = {
  id: 'ghcr',
  service: (request, url, _body, state) => {
    if (url.pathname !== '/token') return undefined;
    const [name] = scopedRepositories(url.searchParams.getAll('scope'));
    if (name === undefined) return errorReply(400, 'UNSUPPORTED', 'scope is required');
    const credentials = basicOf(request);
    if (credentials === undefined) {
      const repository = state.storage.repositories.get(name);
      if (repository === undefined) return denied();
      return repository.private
        ? authenticationRequired()
        : jsonReply(200, { token: issueToken(state, { username: undefined, repositories: [name] }) });
    }
    const signed = signIn(credentials, state);
    if (signed === undefined || signed.expired) return errorReply(403, 'DENIED', 'denied');
    return jsonReply(200, { token: issueToken(state, { username: signed.account.username, repositories: [name] }) });
  },
  authorize: (request, wanted, state) => {
    const grant = state.tokens.get(bearerOf(request) ?? '');
    if (grant === undefined || (wanted !== undefined && !grant.repositories.includes(wanted.repository))) {
      const scope = wanted === undefined ? 'repository:user/image:pull' : `repository:${wanted.repository}:pull`;
      const challenge = `Bearer realm="${state.url()}/token",service="ghcr.io",scope="${scope}"`;
      return errorReply(401, 'UNAUTHORIZED', 'authentication required', undefined, { 'www-authenticate': challenge });
    }
    if (wanted === undefined || !state.storage.repositories.has(wanted.repository)) return undefined;
    const account = state.accounts.find(({ username }) => username === grant.username);
    return mayRead(account, wanted.repository, state) ? undefined : denied();
  },
  missing: () => errorReply(404, 'MANIFEST_UNKNOWN', 'manifest unknown'),
};
