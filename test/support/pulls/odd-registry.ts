import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { digestOf } from '../../../src/sandbox/registries/content.ts';
import { close, listen } from '../../../src/sandbox/serving/listen.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const errors = (...list: readonly (readonly [code: string, message: string, detail?: unknown])[]) =>
  JSON.stringify({ errors: list.map(([code, message, detail]) => ({ code, message, detail })) });

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const config = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}';
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: manifestType,
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(Buffer.from(config)),
    size: config.length,
  },
  layers: [],
});
const image: Answer = {
  status: 200,
  headers: { 'content-type': manifestType, 'docker-content-digest': digestOf(Buffer.from(manifest)) },
  body: manifest,
};
const bearer = (realm: string, more = ''): Answer => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="odd"${more}` },
  body: errors(['UNAUTHORIZED', 'authentication required']),
});

/** Recorded answers of real registries and of proxies in front of them, by repository. */
const repositories: Readonly<Record<string, (base: string, path: string) => Answer>> = {
  'token/html': (base) => bearer(`${base}/tokens/html`),
  'token/empty': (base) => bearer(`${base}/tokens/empty`),
  'token/nothing': (base) => bearer(`${base}/tokens/nothing`),
  'token/moved': () => bearer('http://127.0.0.1:1/token'),
  'token/expired': (base) => bearer(`${base}/tokens/good`, ',error="invalid_token"'),
  'challenge/none': () => ({ status: 401, body: errors(['UNAUTHORIZED', 'authentication required']) }),
  'challenge/unknown': () => ({ status: 401, headers: { 'www-authenticate': 'Negotiate' } }),
  'challenge/no-realm': () => ({ status: 401, headers: { 'www-authenticate': 'Bearer service="odd"' } }),
  'refusal/detail': () => ({ status: 403, body: errors(['DENIED', 'no access for you', { reason: 'policy' }]) }),
  'refusal/several': () => ({
    status: 403,
    body: errors(['DENIED', 'requested access to the resource is denied'], ['UNSUPPORTED', 'not here']),
  }),
  'refusal/own-code': () => ({ status: 403, body: errors(['QUOTA_EXCEEDED', 'adding 1 MB would exceed the quota']) }),
  'refusal/html': () => ({
    status: 403,
    headers: { 'content-type': 'text/html' },
    body: '<html><body>Blocked by the company proxy</body></html>',
  }),
  'refusal/blocked': () => ({ status: 407, body: 'Proxy Authentication Required' }),
  'header/digest': () => ({ ...image, headers: { ...image.headers, 'docker-content-digest': 'sha256:abc' } }),
  'header/none': () => ({ ...image, headers: { 'content-type': manifestType } }),
  'blob/refused': (_base, path) => (path.includes('/manifests/') ? image : redirect('http://127.0.0.1:1/storage')),
  'blob/forbidden': (base, path) => (path.includes('/manifests/') ? image : redirect(`${base}/storage/403`)),
  'blob/gone': (base, path) => (path.includes('/manifests/') ? image : redirect(`${base}/storage/404`)),
  'blob/slow-down': (base, path) => (path.includes('/manifests/') ? image : redirect(`${base}/storage/503`)),
  'manifest/moved': (base) => redirect(`${base}/v2/manifest/moved/manifests/1`),
};

function redirect(location: string): Answer {
  return { status: 307, headers: { location } };
}

function answer(base: string, url: URL): Answer {
  const { pathname } = url;
  const [, repository = '', path = ''] = /^\/v2\/(\w+\/[\w-]+)(\/.*)$/.exec(pathname) ?? [];
  const scripted = repositories[repository];
  if (scripted !== undefined) return scripted(base, path);
  const [, status] = /^\/storage\/(\d+)$/.exec(pathname) ?? [];
  if (status !== undefined)
    return { status: Number(status), body: '<?xml version="1.0"?><Error><Code>Refused</Code></Error>' };
  if (pathname === '/tokens/html')
    return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html></html>' };
  if (pathname === '/tokens/empty') return { status: 200, body: '{}' };
  if (pathname === '/tokens/good') return { status: 200, body: '{"token":"good"}' };
  return { status: 200, body: '' };
}

/** A server of odd answers on loopback. */
export async function startOddRegistry(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  let base = '';
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { status, headers = {}, body = '' } = answer(base, new URL(request.url ?? '/', base));
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  base = await listen(server, 0);
  return { url: base, stop: () => close(server) };
}
