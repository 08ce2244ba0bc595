import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, unknownPath } from '../objects/status.ts';
import { allowedBecause, forbidden } from './authorization.ts';
import { apiGroup, groupList, openApiDocument, openApiIndex, openApiV2, resourceList, version } from './discovery.ts';
import type { ClusterFaults } from './faults.ts';
import { type ApiContext, handle, parseObject, send } from './handle.ts';
import { isTrue, type ResourcePath, readBody, resourcePath, resourceRequest, type User } from './request.ts';
import { review, reviewKinds } from './reviews.ts';
import { rbacResource } from './subresources.ts';

/** One listening socket of the API. */
export interface Listener {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Serves the API over HTTP, or over HTTPS when a certificate is given; port 0 picks a free one. */
export async function listen(
  context: ApiContext,
  faults: ClusterFaults,
  options: { readonly port: number; readonly tls?: { readonly certPem: string; readonly keyPem: string } },
): Promise<Listener> {
  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    void serve(context, faults, request, response);
  const { tls, port } = options;
  const server: Server =
    tls === undefined
      ? createHttpServer(onRequest)
      : createHttpsServer({ cert: tls.certPem, key: tls.keyPem }, onRequest);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  context: ApiContext,
  faults: ClusterFaults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const fault = faults.next(url.pathname);
    if (fault?.delayMs !== undefined) await delay(fault.delayMs);
    if (fault?.disconnect === true) return void request.socket.destroy();
    if (fault?.status !== undefined) throw injected(fault.status);
    await route(context, request, response, url);
  } catch (error) {
    const known = error instanceof ApiError ? error : internalError(error);
    if (response.headersSent) response.destroy();
    else send(response, known.code, JSON.stringify(known.body));
  }
}

function injected(status: number): ApiError {
  const reasons: Readonly<Record<number, string>> = {
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'NotFound',
    409: 'Conflict',
    410: 'Expired',
    429: 'TooManyRequests',
    500: 'InternalError',
    503: 'ServiceUnavailable',
    504: 'Timeout',
  };
  return new ApiError(status, reasons[status] ?? 'Unknown', 'the server was told to fail this request');
}

function internalError(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`);
}

async function route(context: ApiContext, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const user = impersonated(context, request, context.authentication.userOf(request));
  const path = resourcePath(url.pathname);
  const isReview =
    path !== undefined && reviewKinds.some(({ group, plural }) => group === path.group && plural === path.plural);
  if (path === undefined) return answerPath(context, user, request.method ?? 'GET', url, response);
  if (isReview) {
    const body = parseObject(await readBody(request), request.headers['content-type'] ?? '');
    return send(response, 201, JSON.stringify(review(context.store, user, path.plural, body)));
  }
  await answerResource(context, request, response, url, path, user);
}

async function answerResource(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  path: ResourcePath,
  user: User,
): Promise<void> {
  const resource = resourceRequest(context.store, request, path, url, user);
  const { verb, type, namespace, name } = resource;
  // `namespaces` is addressed by name alone, and RBAC also uses that name as the namespace.
  const where = type.kind === 'Namespace' ? name : namespace;
  const wanted = { verb, group: type.group, resource: rbacResource(resource), namespace: where, name };
  if (allowedBecause(context.store, user, wanted) === undefined) throw forbidden(user, wanted);
  const body = verb === 'get' || verb === 'list' || verb === 'watch' ? Buffer.alloc(0) : await readBody(request);
  await handle(context, resource, body, response);
}

/** `--as`: someone who may impersonate acts only with the other user's rights. */
function impersonated({ store }: ApiContext, { headers }: IncomingMessage, user: User): User {
  const name = headers['impersonate-user'];
  if (typeof name !== 'string') return user;
  const wanted = { verb: 'impersonate', group: '', resource: 'users', namespace: '', name };
  if (allowedBecause(store, user, wanted) === undefined) throw forbidden(user, wanted);
  const groups = headers['impersonate-group'];
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name) ?? [];
  const implied = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const given = typeof groups === 'string' ? groups.split(', ') : (groups ?? []);
  return { name, groups: [...implied, ...given, 'system:authenticated'] };
}

function answerPath({ store }: ApiContext, user: User, method: string, url: URL, response: ServerResponse): void {
  const { pathname } = url;
  const wanted = { verb: method.toLowerCase(), group: '', resource: '', namespace: '', name: '', path: pathname };
  if (allowedBecause(store, user, wanted) === undefined) throw forbidden(user, wanted);
  if (['/healthz', '/livez', '/readyz'].includes(pathname)) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    return void response.end(isTrue(url.searchParams.get('verbose')) ? `${pathname.slice(1)} check passed\n` : 'ok');
  }
  const answer = documentAt(store.types(), pathname);
  if (answer === undefined) throw unknownPath();
  send(response, 200, JSON.stringify(answer));
}

function documentAt(types: Parameters<typeof groupList>[0], pathname: string): unknown {
  const parts = pathname.split('/').filter((part) => part !== '');
  const [first, second, third = ''] = parts;
  if (pathname === '/version' || pathname === '/version/') return version;
  if (first === 'api' && parts.length === 1)
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (first === 'api' && parts.length === 2) return resourceList(types, '', second ?? '');
  if (first === 'apis' && parts.length === 1) return groupList(types);
  if (first === 'apis' && parts.length === 2) return apiGroup(types, second ?? '');
  if (first === 'apis' && parts.length === 3) return resourceList(types, second ?? '', third);
  if (pathname === '/openapi/v2') return openApiV2;
  if (pathname === '/openapi/v3') return openApiIndex(types);
  const [, , place, group = '', wanted] = parts;
  if (pathname.startsWith('/openapi/v3/') && place === 'api') return openApiDocument(types, '', group);
  if (pathname.startsWith('/openapi/v3/') && place === 'apis') return openApiDocument(types, group, wanted ?? '');
  return pathname === '/'
    ? { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] }
    : undefined;
}
