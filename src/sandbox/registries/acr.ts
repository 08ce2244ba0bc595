import { acrMetadata } from './acr-metadata.ts';
import {
  type Account,
  basicOf,
  bearerOf,
  errorReply,
  issueToken,
  jsonReply,
  mayRead,
  type Personality,
  type RegistryState,
  type Reply,
  scopedRepositories,
  signIn,
} from './personality.ts';

/** User name of refresh and access tokens (docs/facts/registries.md#acr). */
const tokenUser = '00000000-0000-0000-0000-000000000000';

const required = (challenge: string, detail: unknown) =>
  errorReply(
    401,
    'UNAUTHORIZED',
    'authentication required, visit https://aka.ms/acr/authorization for more information.',
    detail,
    {
      'www-authenticate': challenge,
    },
  );

/**
 * ACR as described in docs/facts/registries.md#acr: a token service on the registry's host, only `access_token` in its
 * responses, a refresh token as the password of a fixed user, 400 for containerd's OAuth POST of a user name, and a
 * firewall that answers 403 before anything else.
 */
export const acr: Personality = {
  id: 'acr',
  service: (request, url, body, state) => {
    if (state.firewalled) return firewall();
    if (url.pathname === '/oauth2/exchange' && request.method === 'POST')
      return exchange(new URLSearchParams(body), state);
    if (url.pathname !== '/oauth2/token') return acrMetadata(request, url, state);
    if (request.method === 'POST') {
      const form = new URLSearchParams(body);
      if (form.get('grant_type') !== 'refresh_token')
        return jsonReply(400, { errors: [{ code: 'UNSUPPORTED', message: 'grant type is not supported' }] });
      return grant(accountOfRefreshToken(form.get('refresh_token') ?? '', state), form.getAll('scope'), state);
    }
    const credentials = basicOf(request);
    if (credentials === undefined) return grant(undefined, url.searchParams.getAll('scope'), state);
    if (credentials.username === tokenUser) {
      return grant(accountOfRefreshToken(credentials.password, state), url.searchParams.getAll('scope'), state);
    }
    const signed = signIn(credentials, state);
    if (signed === undefined || signed.expired) return errorReply(401, 'UNAUTHORIZED', 'authentication required');
    return grant(signed.account, url.searchParams.getAll('scope'), state);
  },
  authorize: (request, wanted, state) => {
    if (state.firewalled) return firewall();
    const allowed = state.tokens.get(bearerOf(request) ?? '');
    if (allowed !== undefined && (wanted === undefined || allowed.repositories.includes(wanted.repository)))
      return undefined;
    const scope = wanted === undefined ? '' : `,scope="repository:${wanted.repository}:pull"`;
    const detail = wanted === undefined ? null : [{ Type: 'repository', Name: wanted.repository, Action: 'pull' }];
    return required(`Bearer realm="${state.url()}/oauth2/token",service="${state.host}"${scope}`, detail);
  },
  missing: (wanted, state) =>
    state.storage.repositories.has(wanted.repository)
      ? errorReply(404, 'MANIFEST_UNKNOWN', `manifest tagged by "${wanted.reference}" is not found`, {
          Tag: wanted.reference,
        })
      : errorReply(404, 'NAME_UNKNOWN', 'repository name not known to registry', { Name: wanted.repository }),
};

function firewall(): Reply {
  return errorReply(
    403,
    'DENIED',
    "client with IP '192.0.2.10' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
  );
}

/**
 * No anonymous pull unless the repository is public: then 401, which containerd reports as a failed anonymous token.
 */
function grant(account: Account | undefined, scopes: readonly string[], state: RegistryState): Reply {
  const asked = scopedRepositories(scopes);
  const allowed = asked.filter(
    (name) => mayRead(account, name, state) || (account !== undefined && !state.storage.repositories.has(name)),
  );
  if (account === undefined && asked.length > 0 && allowed.length === 0)
    return errorReply(401, 'UNAUTHORIZED', 'authentication required');
  const metadata = account?.readsMetadata === false ? [] : scopedRepositories(scopes, 'metadata_read');
  const token = issueToken(state, {
    username: account?.username,
    repositories: allowed,
    metadata: allowed.filter((name) => metadata.includes(name)),
  });
  return jsonReply(200, { access_token: token });
}

function exchange(form: URLSearchParams, state: RegistryState): Reply {
  const account = state.accounts.find(({ username }) => form.get('access_token') === `aad-${username}`);
  if (form.get('grant_type') !== 'access_token' || account === undefined)
    return errorReply(401, 'UNAUTHORIZED', 'authentication required');
  return jsonReply(200, { refresh_token: refreshTokenOf(account, state) });
}

function refreshTokenOf(account: Account, state: RegistryState): string {
  return `refresh-${Buffer.from(`${state.host} ${account.username}`).toString('base64url')}`;
}

function accountOfRefreshToken(token: string, state: RegistryState): Account | undefined {
  return state.accounts.find((account) => refreshTokenOf(account, state) === token);
}
