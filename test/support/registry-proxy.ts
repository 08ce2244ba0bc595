import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * An HTTP proxy on loopback: `CONNECT` tunnels and plain forwarding, all to one port, regardless of the requested name.
 */
export async function startProxy(targetPort: number, refuse?: number) {
  const seen: { readonly method: string; readonly target: string; readonly authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    const authorization = incoming.headers['proxy-authorization'];
    seen.push({ method: incoming.method ?? '', target: incoming.url ?? '', authorization });
    if (refuse !== undefined) {
      outgoing.writeHead(refuse).end();
      return;
    }
    const { pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    incoming.pipe(
      request({ port: targetPort, host: '127.0.0.1', path: `${pathname}${search}`, method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('connect', (incoming, client: Socket) => {
    seen.push({
      method: 'CONNECT',
      target: incoming.url ?? '',
      authorization: incoming.headers['proxy-authorization'],
    });
    if (refuse !== undefined) {
      client.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client);
      client.pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { seen, url: `http://user:pw@127.0.0.1:${(server.address() as AddressInfo).port}` };
}
