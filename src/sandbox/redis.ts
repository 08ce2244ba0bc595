import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.ts';

/** A Redis of the sandbox's own. */
export interface SandboxRedis {
  readonly url: string;
  stop(): Promise<void>;
}

const startsWithinMs = 10_000;

/** Starts a redis-server on a free port of loopback, with its data in a directory that goes with it. */
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
  const child = spawn(executable, [...settings, '--dir', directory, '--maxmemory-policy', 'noeviction'], {
    stdio: 'ignore',
  });
  const failed = new Promise<never>((_, reject) => {
    const remedy = 'Run npm run sandbox, which installs one, or set REDIS_URL.';
    child.once('error', (error) =>
      reject(new UserError(`redis-server cannot be started: ${error.message}`, { remedy, cause: error })),
    );
    child.once('exit', (code) => reject(new UserError(`redis-server ended with code ${code}.`, { remedy })));
  });
  failed.catch(() => {});
  await Promise.race([accepting(port), failed]);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await ended(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Ends a child: first politely, after five seconds for good. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
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

async function accepting(port: number): Promise<void> {
  const deadline = Date.now() + startsWithinMs;
  while (Date.now() < deadline) {
    if (await connects(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new UserError('redis-server was started but does not answer.');
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
