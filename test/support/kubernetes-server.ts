import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Common name of the client certificate. */
  readonly clientName: string | undefined;
}

/** The response: JSON unless a type is given; `drop` ends the connection, `hang` never answers. */
export type Answer =
  | {
      readonly status?: number;
      readonly body?: unknown;
      readonly type?: string;
      readonly headers?: Record<string, string>;
    }
  | 'drop'
  | 'hang';
export type Responder = (request: SeenRequest) => Answer | undefined;

/** An API server for a test: answers through its responders and records its requests. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly requests: SeenRequest[];
  /** Bytes of the bodies sent so far. */
  sentBytes(): number;
  /** Connections accepted so far. */
  connections(): number;
  /** Later responders are asked first; undefined passes the request on. */
  on(path: string | RegExp, responder: Responder): void;
  /** Serves these objects as a collection with paging and label selectors, and each by name. */
  serve(path: string, kind: string, objects: readonly NamedObject[]): void;
  close(): Promise<void>;
}

export interface NamedObject {
  readonly metadata?: { readonly name?: string; readonly labels?: Record<string, string> };
}

/** Starts a server on a free loopback port, with TLS when options for it are given. */
export async function startKubernetesServer(tls?: ServerOptions): Promise<TestServer> {
  const responders: { path: string | RegExp; responder: Responder }[] = [];
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let sent = 0;
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    void (async () => {
      const seen = await seenRequest(incoming);
      requests.push(seen);
      for (const { path, responder } of [...responders].reverse()) {
        if (typeof path === 'string' ? path !== seen.path : !path.test(seen.path)) continue;
        const answer = responder(seen);
        if (answer === undefined) continue;
        sent += send(response, answer);
        return;
      }
      sent += send(response, notFound(seen.path));
    })();
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on(tls === undefined ? 'connection' : 'secureConnection', () => {
    connections += 1;
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const on = (path: string | RegExp, responder: Responder): void => void responders.push({ path, responder });
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => connections,
    sentBytes: () => sent,
    on,
    serve(path, kind, objects) {
      on(path, (request) => ({ body: page(kind, objects, request) }));
      for (const object of objects) on(`${path}/${object.metadata?.name}`, () => ({ body: object }));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function seenRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://server.test');
  const socket = incoming.socket as Socket & { getPeerCertificate?(): { subject?: { CN?: string } } };
  return {
    method: incoming.method ?? '',
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    body: await text(incoming),
    clientName: socket.getPeerCertificate?.().subject?.CN,
  };
}

function send(response: ServerResponse, answer: Answer): number {
  if (answer === 'hang') return 0;
  if (answer === 'drop') {
    response.socket?.destroy();
    return 0;
  }
  const { status = 200, body = '', type = 'application/json', headers = {} } = answer;
  response.writeHead(status, { 'content-type': type, ...headers });
  const written = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.end(written);
  return written.length;
}

/** A `Status` as apimachinery writes it. */
export function status(code: number, reason: string, message: string, metadata: object = {}): Answer {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, reason, code },
  };
}

export function notFound(path: string): Answer {
  const [plural = '', name = ''] = path.split('/').slice(-2);
  return status(404, 'NotFound', `${plural} "${name}" not found`);
}

export function forbidden(what: string): Answer {
  const message = `${what} is forbidden: User "system:serviceaccount:ops:imagecheck" cannot do that`;
  return status(403, 'Forbidden', message);
}

function page(kind: string, objects: readonly NamedObject[], { query }: SeenRequest): object {
  const selected = objects.filter((object) => matches(query.get('labelSelector') ?? '', object.metadata?.labels ?? {}));
  const start = Number(query.get('continue') ?? 0);
  const end = start + Number(query.get('limit') ?? selected.length);
  const rest = selected.length > end ? { continue: String(end), remainingItemCount: selected.length - end } : {};
  const items = selected.slice(start, end);
  return { kind: `${kind}List`, apiVersion: 'v1', metadata: { resourceVersion: '7', ...rest }, items };
}

/** Equality and `in (…)`, which is what the reader sends. */
function matches(selector: string, labels: Record<string, string>): boolean {
  return selector
    .split(/,(?![^(]*\))/)
    .filter((term) => term !== '')
    .every((term) => {
      const [, key = '', values] = /^(\S+) in \((.*)\)$/.exec(term) ?? [];
      if (values !== undefined) return values.split(',').includes(labels[key] ?? '');
      const [name = '', value] = term.split('=');
      return labels[name] === value;
    });
}
