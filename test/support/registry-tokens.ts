import { json, type Reply, refusal, type SeenRequest } from './registry-server.ts';

/**
 * A registry that requires a Bearer token from `/token` on the requested host; `serve` answers requests with a token.
 */
export function bearerRegistry(
  serve: (request: SeenRequest, token: string) => Reply,
  more: {
    readonly realm?: string;
    readonly service?: string;
    readonly token?: (request: SeenRequest, count: number) => Reply;
  } = {},
): (request: SeenRequest) => Reply {
  let issued = 0;
  return (request) => {
    const url = new URL(request.url, 'http://registry');
    if (url.pathname === '/token') {
      issued += 1;
      return more.token?.(request, issued) ?? json(200, { token: `token-${issued}-of-the-registry` });
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined) return serve(request, token);
    return refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challengeFor(request, more) });
  };
}

/** The challenge that belongs to a request's repository. */
export function challengeFor(
  { url, headers }: SeenRequest,
  {
    realm,
    service = 'registry.test',
    error,
  }: { readonly realm?: string; readonly service?: string; readonly error?: string } = {},
): string {
  const repository = /^\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\//.exec(url)?.[1] ?? 'none';
  const where = realm ?? `https://${headers.host ?? ''}/token`;
  const problem = error === undefined ? '' : `,error="${error}"`;
  return `Bearer realm="${where}",service="${service}",scope="repository:${repository}:pull"${problem}`;
}

/** Claims as an unsigned JWT: enough for a client, which never verifies. */
export function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.signature`;
}
