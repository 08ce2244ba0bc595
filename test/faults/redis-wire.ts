import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/**
 * What becomes of a piece of the conversation: `swallow` keeps it from Redis, `deaf` lets it through and keeps the answer
 * from the client. Either way this connection is silent from then on.
 */
export type Verdict = 'swallow' | 'deaf' | undefined;

/** Stands between one process and Redis, so that a test knows at which command that process dies. */
export interface RedisWire {
  readonly url: string;
  /** Called with what the process sends. */
  watch: (text: string) => Verdict;
  stop(): Promise<void>;
}

/** `port` is asked for with every connection: after a failover another server is behind the same address. */
export async function startRedisWire(port: () => number): Promise<RedisWire> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection({ port: port(), host: '127.0.0.1' });
    let silent = false;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      if (silent) return;
      const verdict = wire.watch(chunk.toString('latin1'));
      silent = verdict !== undefined;
      if (verdict !== 'swallow') far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      if (!silent) near.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire: RedisWire = {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    watch: () => undefined,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return wire;
}
