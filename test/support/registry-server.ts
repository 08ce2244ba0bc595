import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as a registry server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path with its query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a purpose-made registry server answers; `destroy` closes the connection, `hang` never answers. */
export type Reply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: string | Buffer;
    }
  | 'destroy'
  | 'hang';

export interface RegistryServer {
  /** `http://127.0.0.1:N`. */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  readonly close: () => Promise<void>;
}

/** A server on a free loopback port that answers with `answer`; closed when the test is finished. */
export async function startRegistryServer(
  answer: (request: SeenRequest) => Reply | Promise<Reply>,
  tls?: { readonly key: string; readonly cert: string },
): Promise<RegistryServer> {
  const seen: SeenRequest[] = [];
  const onRequest: Parameters<typeof createServer>[1] = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(parts).toString() };
      seen.push(one);
      void Promise.resolve(answer(one)).then((reply) => {
        if (reply === 'hang') return;
        if (reply === 'destroy') {
          request.socket.destroy();
          return;
        }
        for (const [name, value] of Object.entries(reply.headers ?? {})) {
          response.setHeader(name, typeof value === 'string' ? value : [...value]);
        }
        response.statusCode = reply.status;
        response.end(method === 'HEAD' ? undefined : reply.body);
      });
    });
  };
  const server: Server = tls === undefined ? createServer(onRequest) : createTlsServer({ ...tls }, onRequest);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  onTestFinished(close);
  const host = `127.0.0.1:${port}`;
  return { origin: `${tls === undefined ? 'http' : 'https'}://${host}`, host, port, seen, close };
}

/** JSON with a content type. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** A registry's error body. */
export function refusal(status: number, code: string, message: string, headers = {}): Reply {
  return json(status, { errors: [{ code, message }] }, headers);
}
