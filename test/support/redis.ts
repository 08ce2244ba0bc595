import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private redis-server with an append-only file, on a free port and in its own directory. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Freezes the process: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends the process, as an operator would (SIGTERM) or as a crash would (SIGKILL). The data stay. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port, with the same data. */
  start(): Promise<void>;
  /** Ends the process and removes the data. */
  close(): Promise<void>;
}

/** Settings besides the usual ones, as on the command line; `sentinel` makes it a Sentinel with this configuration. */
export interface TestRedisOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly sentinel?: string;
}

/** Starts a server; `IMAGECHECK_REDIS_SERVER` names the binary, otherwise PATH is searched. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-redis-'));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return await redisOn(port, directory, options);
    } catch (error) {
      // Another process may have taken the port since it was found free.
      if (attempt === 5) throw error;
    }
  }
}

async function redisOn(port: number, directory: string, options: TestRedisOptions): Promise<TestRedis> {
  let child: ChildProcess | undefined = await launch(port, directory, options);
  const killed = (): void => void child?.kill('SIGKILL');
  process.once('exit', killed);
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    const ended = child;
    child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill('SIGCONT');
    ended.kill(signal);
    await exit;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop,
    start: async () => {
      child ??= await launch(port, directory, options);
    },
    close: async () => {
      await stop('SIGKILL');
      process.removeListener('exit', killed);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function launch(port: number, directory: string, options: TestRedisOptions): Promise<ChildProcess> {
  const binary = process.env['IMAGECHECK_REDIS_SERVER'] ?? 'redis-server';
  const args =
    options.sentinel === undefined
      ? serverArgs(port, directory, options)
      : await sentinelArgs(port, directory, options.sentinel);
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new Error(`${binary} could not be started: ${error.message}`)));
    child.once('exit', (code) => reject(new Error(`${binary} ended with code ${code}:\n${output}`)));
  });
  failed.catch(() => {});
  await Promise.race([answers(port), failed]);
  return child;
}

function serverArgs(port: number, directory: string, { settings }: TestRedisOptions): readonly string[] {
  const usual = { port, bind: '127.0.0.1', dir: directory, save: '', appendonly: 'yes', appendfsync: 'everysec' };
  return Object.entries({ ...usual, ...settings }).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** A Sentinel rewrites its configuration, so it needs a file. */
async function sentinelArgs(port: number, directory: string, configuration: string): Promise<readonly string[]> {
  const file = join(directory, 'sentinel.conf');
  await writeFile(file, `port ${port}\nbind 127.0.0.1\ndir ${directory}\n${configuration}\n`);
  return [file, '--sentinel'];
}

async function answers(port: number): Promise<void> {
  for (;;) {
    if (await ping(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    // While the append-only file is read, the answer is `-LOADING`.
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
