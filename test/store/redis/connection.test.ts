import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../../../src/store/redis/connection.ts';
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
