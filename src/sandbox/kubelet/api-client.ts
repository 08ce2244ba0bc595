import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { at, type Fields, isRecord, type KubeObject, records, text } from '../cluster/objects/object.ts';

/** The API server's address and the identity to use. */
export interface ApiServer {
  readonly url: string;
  readonly token?: string;
  /** CA of an HTTPS server. */
  readonly caPem?: string;
  /** A client certificate instead of a token. */
  readonly client?: { readonly certPem: string; readonly keyPem: string };
}

/** A response of the API server; `body` is the object or the Status. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Fields;
}

/** A kubelet's requests to the API server; every method works the same against a real one. */
export interface ApiClient {
  readonly send: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: Fields) => Promise<ApiAnswer>;
  /** JSON merge patch (RFC 7386). */
  readonly patch: (path: string, body: Fields) => Promise<ApiAnswer>;
  /** Lists and then watches forever; reports every object once at first and then on each change. */
  readonly follow: (path: string, fieldSelector: string, onObject: (kind: string, object: KubeObject) => void) => void;
  readonly close: () => Promise<void>;
}

const retryMs = 500;

/** A client with pooled connections; `close` also ends its watches. */
export function createApiClient(server: ApiServer): ApiClient {
  const connect = server.caPem === undefined ? {} : { ca: server.caPem };
  const pool = new Agent({ connections: 16, allowH2: false, connect });
  // A watch occupies its connection, so watches have their own pool.
  const streams = new Agent({ allowH2: false, connect, bodyTimeout: 0, headersTimeout: 30_000 });
  const stopped = new AbortController();
  const { signal } = stopped;
  const call: ApiClient['send'] = (method, path, body) =>
    exchange(server, { method, path, dispatcher: pool, signal, ...(body && { body }) });
  return {
    send: call,
    patch: (path, body) => exchange(server, { method: 'PATCH', path, dispatcher: pool, signal, body }),
    follow: (path, fieldSelector, onObject) => {
      const list = () => call('GET', withQuery(path, { fieldSelector }));
      const watch = (since: string) => {
        const query = { fieldSelector, watch: 'true', allowWatchBookmarks: 'true', resourceVersion: since };
        return openWatch(server, withQuery(path, query), streams, signal);
      };
      void keepFollowing({ list, watch, signal, onObject });
    },
    close: async () => {
      stopped.abort();
      await Promise.all([pool.destroy(), streams.destroy()]);
    },
  };
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly path: string;
  readonly body?: Fields;
  readonly dispatcher: Agent;
  readonly signal: AbortSignal;
}

function headersOf({ token }: ApiServer): Readonly<Record<string, string>> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { accept: 'application/json', 'user-agent': 'kubelet/v1.36.3', ...authorization };
}

async function exchange(server: ApiServer, { method, path, body, dispatcher, signal }: Call): Promise<ApiAnswer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const { statusCode, body: answer } = await request(new URL(path, server.url), {
    method,
    headers: { ...headersOf(server), ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    dispatcher,
    signal,
  });
  return { status: statusCode, body: parse(await answer.text()) };
}

async function openWatch(
  server: ApiServer,
  path: string,
  dispatcher: Agent,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const answer = await request(new URL(path, server.url), { headers: headersOf(server), dispatcher, signal });
  if (answer.statusCode !== 200) throw new Error(`watch of ${path}: ${answer.statusCode} ${await answer.body.text()}`);
  return answer.body;
}

function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query).toString()}`;
}

function parse(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : {};
  } catch {
    return { message: body };
  }
}

interface Following {
  readonly list: () => Promise<ApiAnswer>;
  readonly watch: (since: string) => Promise<AsyncIterable<Buffer>>;
  readonly signal: AbortSignal;
  readonly onObject: (kind: string, object: KubeObject) => void;
}

/** List, watch from there, watch again when the stream ends, list again when the revision has expired or anything fails. */
async function keepFollowing(following: Following): Promise<void> {
  const { signal } = following;
  let since = '';
  while (!signal.aborted) {
    try {
      if (since === '') since = await listAll(following);
      since = await watchUntilEnd(following, since);
    } catch {
      since = '';
      if (!signal.aborted) await delay(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function listAll({ list, onObject }: Following): Promise<string> {
  const { status, body } = await list();
  if (status !== 200) throw new Error(`list: ${status} ${text(body, 'message')}`);
  const kind = text(body, 'kind').replace(/List$/, '');
  const apiVersion = text(body, 'apiVersion');
  // Items of a list do not repeat their kind on a real API server.
  for (const item of records(body, 'items')) onObject('ADDED', { apiVersion, kind, ...item } as KubeObject);
  return text(body, 'metadata', 'resourceVersion');
}

/** The revision to continue from; empty when it has expired. */
async function watchUntilEnd({ watch, onObject }: Following, from: string): Promise<string> {
  let since = from;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of await watch(from)) {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = parse(line);
      const kind = text(event, 'type');
      if (kind === 'ERROR') return '';
      since = text(event, 'object', 'metadata', 'resourceVersion') || since;
      const object = at(event, 'object');
      if (kind !== 'BOOKMARK' && isRecord(object)) onObject(kind, object as unknown as KubeObject);
    }
  }
  return since;
}
