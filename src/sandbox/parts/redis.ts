import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { ended, spawnGuarded } from '../serving/guarded.ts';

/** A Redis of the sandbox's own. */
export interface SandboxRedis {
  readonly url: string;
  stop(): Promise<void>;
}

const startsWithinMs = 10_000;

/** Starts a redis-server on a free port of loopback, with its data in a directory that is removed with it. */
export async function startRedis(executable: string): Promise<SandboxRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-redis-'));
  const port = await freePort();
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
  ];
  const args = [...settings, '--dir', directory, '--maxmemory-policy', 'noeviction'];
  const child = spawnGuarded(executable, args, { stdio: 'ignore', directory });
  const stopped = new AbortController();
  const stop = async (): Promise<void> => {
    stopped.abort();
    await ended(child);
    await rm(directory, { recursive: true, force: true });
  };
  const failed = new Promise<never>((_, reject) => {
    const remedy = 'Run npm run sandbox, which installs one, or set REDIS_URL.';
    child.once('error', (error) =>
      reject(new UserError(`redis-server cannot be started: ${error.message}`, { remedy, cause: error })),
    );
    child.once('exit', (code) => reject(new UserError(`redis-server ended with code ${code}.`, { remedy })));
  });
  failed.catch(() => {});
  try {
    await Promise.race([accepting(port, stopped.signal), failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function accepting(port: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + startsWithinMs;
  while (Date.now() < deadline && !signal.aborted) {
    if (await connects(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new UserError('redis-server was started but isn’t responding.');
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
