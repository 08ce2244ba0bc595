import type { IncomingMessage } from 'node:http';
import type { ResourceType } from '../objects/resource-types.ts';
import { badRequest, unknownPath } from '../objects/status.ts';
import type { Store } from '../store/store.ts';

/** The RBAC verb of the action. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** The user, after authentication and impersonation. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** A request for objects, as the API server understands it (apiserver `request.RequestInfo`). */
export interface ResourceRequest {
  readonly verb: Verb;
  readonly type: ResourceType;
  readonly namespace: string;
  /** Empty for collections. */
  readonly name: string;
  readonly subresource: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  /** `fieldManager` or the client's own name, for managedFields. */
  readonly manager: string;
  readonly user: User;
}

/** What a path refers to, before checking that the type exists. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
  readonly subresource: string;
}

/** Splits `/apis/apps/v1/namespaces/ns/deployments/web/status`; undefined for any other path. */
export function resourcePath(pathname: string): ResourcePath | undefined {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const [group = '', version = ''] = core ? ['', parts[1]] : [parts[1], parts[2]];
  let rest = parts.slice(core ? 2 : 3);
  if (version === '' || rest.length === 0) return undefined;
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 2 && !isNamespaceSubresource(rest)) {
    namespace = rest[1] ?? '';
    rest = rest.slice(2);
  }
  const [plural = '', name = '', subresource = ''] = rest;
  return { group, version, namespace, plural, name, subresource };
}

function isNamespaceSubresource(rest: readonly string[]): boolean {
  return rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest('the path is not properly escaped');
  }
}

/** Converts an HTTP request into a request for objects; throws the API's 404 for types that do not exist. */
export function resourceRequest(
  store: Store,
  request: IncomingMessage,
  path: ResourcePath,
  url: URL,
  user: User,
): ResourceRequest {
  const type = store.type(path.group, path.plural);
  if (type === undefined || type.version !== path.version) throw unknownPath();
  return {
    verb: verbOf(request.method ?? 'GET', path, url.searchParams),
    type,
    namespace: path.namespace,
    name: path.name,
    subresource: path.subresource,
    query: url.searchParams,
    accept: request.headers.accept ?? '',
    contentType: (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '',
    manager: url.searchParams.get('fieldManager') ?? (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? '',
    user,
  };
}

/** The RBAC verb of an HTTP method. A `GET` of a collection with `watch` is a watch, even for one name. */
export function verbOf(method: string, { name }: Pick<ResourcePath, 'name'>, query: URLSearchParams): Verb {
  if (method === 'GET' || method === 'HEAD') {
    if (isTrue(query.get('watch'))) return 'watch';
    return name === '' ? 'list' : 'get';
  }
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  return name === '' ? 'deletecollection' : 'delete';
}

/** Whether a query parameter is true as Go parses booleans: `true`, `1`, or present but empty. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0';
}

/** The whole body, at most 3 MiB, the API server's limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > 3 * 1024 * 1024) throw badRequest('the request body is too large: limit is 3145728');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
