import { createConnection } from 'node:net';
import { type Measured, nextPort, startProgram, temporaryDirectory, until } from './processes.ts';

/** A Redis that can be stopped and restarted with its data, on the same port. */
export interface BenchRedis {
  readonly url: string;
  /** Stops the server; its data stays. */
  down(): Promise<void>;
  /** Stops it from answering, without closing any connection. */
  freeze(): void;
  thaw(): void;
  up(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Redis with an append-only file, as docker-compose.yml does. */
export async function startRedis(): Promise<BenchRedis> {
  const directory = temporaryDirectory();
  const port = await nextPort();
  let server: Measured | undefined;
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes'];
  const up = async (): Promise<void> => {
    server = startProgram(process.env.IMAGECHECK_REDIS_SERVER ?? 'redis-server', [...settings, '--dir', directory]);
    await until('redis-server to accept connections', 10_000, async () => ((await connects(port)) ? true : undefined));
  };
  await up();
  return {
    url: `redis://127.0.0.1:${port}`,
    up,
    down: async () => await server?.stop(),
    freeze: () => void process.kill(server?.pid ?? 0, 'SIGSTOP'),
    thaw: () => void process.kill(server?.pid ?? 0, 'SIGCONT'),
    stop: async () => await server?.stop(),
  };
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
