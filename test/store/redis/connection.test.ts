import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../../../src/store/redis/connection.ts';
import { isRedisFailure } from '../../../src/store/redis/unavailable.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

const opened: RedisClient[] = [];
let redis: TestRedis | undefined;

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => closeRedis(client)));
  await redis?.close();
  redis = undefined;
});

function open(url: string, role: 'producer' | 'worker'): RedisClient {
  const client = connectRedis(url, { role });
  opened.push(client);
  return client;
}

async function timed(work: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await expect(work).rejects.toThrow();
  return performance.now() - started;
}

describe('a producer', () => {
  test('fails within a second, whether Redis was never there, is gone, or does not answer', async () => {
    redis = await startRedis();
    const client = open(redis.url, 'producer');
    await waitForRedis(client, 5000);
    redis.pause();
    expect(await timed(client.get('x'))).toBeLessThan(1500);
    redis.resume();
    await redis.stop();
    expect(await timed(client.get('x'))).toBeLessThan(1500);
    const never = open(redis.url, 'producer');
    expect(await timed(never.get('x'))).toBeLessThan(1500);
  });

  test('works again soon after Redis is back', async () => {
    redis = await startRedis();
    const client = open(redis.url, 'producer');
    await waitForRedis(client, 5000);
    await client.set('kept', 'yes');
    await redis.stop('SIGKILL');
    await expect(client.get('kept')).rejects.toThrow();
    await redis.start();
    await waitForRedis(client, 5000);
    expect(await client.get('kept')).toBe('yes');
  });
});

describe('a worker', () => {
  test('waits until Redis is back', async () => {
    redis = await startRedis();
    const client = open(redis.url, 'worker');
    await waitForRedis(client, 5000);
    await client.set('kept', 'yes');
    await redis.stop();
    const waiting = client.get('kept');
    await redis.start();
    expect(await waiting).toBe('yes');
  });
});

test('a proxy that takes connections and closes them is told as a failure too, until the client is closed', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const told: string[] = [];
  const { port } = server.address() as AddressInfo;
  const onError = (error: Error) => told.push(error.message);
  const client = connectRedis(`redis://127.0.0.1:${port}`, { role: 'worker', onError });
  try {
    await expect.poll(() => told.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  } finally {
    await closeRedis(client);
    server.close();
  }
});

/** Answers like a server that started just now, and GET with what is given for its connection, then with a value. */
async function startAnswering(firstAnswer: string) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const answer = connections === 1 ? `-${firstAnswer}\r\n` : '+here\r\n';
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      for (const [, command = ''] of data.toString().matchAll(/\r\n(HELLO|INFO|GET|QUIT)\r\n/gi)) {
        const replies: Readonly<Record<string, string>> = { hello: '%0\r\n', info: '$0\r\n\r\n', get: answer };
        socket.write(replies[command.toLowerCase()] ?? '+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe.each([
  'READONLY You can’t write against a read only replica. script: 1f, on @user_script:3.',
  'ERR Error running script (call to f_1f): @user_script:3: @user_script: 3: -READONLY You can’t write against it.',
  'LOADING Redis is loading the dataset in memory',
  'MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to ‘no’.',
  'CLUSTERDOWN The cluster is down',
  'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
])('a server that answers %s', (answer) => {
  test.each(['producer', 'worker', 'subscriber'] as const)('is left by a %s, and by a copy of it', async (role) => {
    const { url, server } = await startAnswering(answer);
    const told: string[] = [];
    let left = 0;
    const onError = (error: Error) => told.push(error.message);
    const client = connectRedis(url, { role, onError, onLeft: () => (left += 1) });
    opened.push(client);
    await waitForRedis(client, 5000);
    await expect(client.get('x')).rejects.toSatisfy(isRedisFailure);
    await expect.poll(() => client.get('x').catch(() => '')).toBe('here');
    expect({ told: told[0], left }).toEqual({ told: answer, left: 1 });
    const copied = (client as Redis).duplicate({ lazyConnect: true }).options.reconnectOnError;
    expect(copied?.(new Error(answer))).toBe(true);
    expect(copied?.(new Error('ERR READONLY is a word here'))).toBe(false);
    server.close();
  });
});

test('closing a client tells no failure', async () => {
  redis = await startRedis();
  const told: string[] = [];
  const client = connectRedis(redis.url, { role: 'worker', onError: (error) => told.push(error.message) });
  await waitForRedis(client, 5000);
  const ended = once(client, 'end');
  await closeRedis(client);
  await ended;
  expect(told).toEqual([]);
});

test('waiting for Redis ends with the reason why it is not there', async () => {
  redis = await startRedis();
  await redis.stop();
  const client = open(redis.url, 'worker');
  await expect(waitForRedis(client, 300)).rejects.toMatchObject({
    message: 'cannot connect to Redis',
    cause: { message: expect.stringContaining('ECONNREFUSED') },
  });
});

test('a password and a database are used', async () => {
  redis = await startRedis();
  const admin = open(redis.url, 'producer');
  await waitForRedis(admin, 5000);
  await admin.call('ACL', 'SETUSER', 'bot', 'on', '>s3cret', '~*', '&*', '+@all');
  const client = open(redis.url.replace('redis://', 'redis://bot:s3cret@') + '/3', 'producer');
  await waitForRedis(client, 5000);
  expect(await client.call('ACL', 'WHOAMI')).toBe('bot');
  await client.set('here', '1');
  expect(await admin.get('here')).toBeNull();
});
