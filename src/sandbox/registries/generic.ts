import {
  bearerOf,
  errorReply,
  issueToken,
  jsonReply,
  mayRead,
  type Personality,
  scopedRepositories,
  signIn,
  tokenRequestOf,
} from './personality.ts';

/** A registry that strictly follows the distribution specification and its token documents (Harbor, GitLab, Quay…). */
export const generic: Personality = {
  id: 'generic',
  service: (request, url, body, state) => {
    if (url.pathname !== '/auth/token') return undefined;
    const { credentials, scopes } = tokenRequestOf(request, url, body);
    const signed = credentials === undefined ? undefined : signIn(credentials, state);
    if (credentials !== undefined && (signed === undefined || signed.expired))
      return errorReply(401, 'UNAUTHORIZED', 'invalid username or password');
    const names = scopedRepositories(scopes).filter(
      (name) => mayRead(signed?.account, name, state) || signed !== undefined,
    );
    const token = issueToken(state, { username: signed?.account.username, repositories: names });
    // A POST gets an OAuth 2 response; clients read no other field of it.
    return jsonReply(200, { [request.method === 'POST' ? 'access_token' : 'token']: token, expires_in: 300 });
  },
  authorize: (request, wanted, state) => {
    const grant = state.tokens.get(bearerOf(request) ?? '');
    if (grant !== undefined && (wanted === undefined || grant.repositories.includes(wanted.repository)))
      return undefined;
    const scope = wanted === undefined ? '' : `,scope="repository:${wanted.repository}:pull"`;
    const challenge = `Bearer realm="${state.url()}/auth/token",service="${state.host}"${scope}`;
    return errorReply(401, 'UNAUTHORIZED', 'authentication required', undefined, { 'www-authenticate': challenge });
  },
  missing: (wanted, state) =>
    state.storage.repositories.has(wanted.repository)
      ? errorReply(404, 'MANIFEST_UNKNOWN', 'manifest unknown', { Tag: wanted.reference })
      : errorReply(404, 'NAME_UNKNOWN', 'repository name not known to registry', { name: wanted.repository }),
};
