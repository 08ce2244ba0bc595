import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { LRUCache } from 'lru-cache';
import { afterEach, expect, test, vi } from 'vitest';
import { UnavailableError, UserError } from '../../../src/errors.ts';
import { attempt, type Deliveries } from '../../../src/slack/bot/attempt.ts';
import type { Reply } from '../../../src/slack/bot/request.ts';
import { connectRedis, type RedisClient, waitForRedis } from '../../../src/store/redis/connection.ts';
import { createStore } from '../../../src/store/store.ts';
import { startRedis } from '../../support/redis.ts';

afterEach(() => void vi.useRealTimers());

function bot() {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  return { log, deliveries: new LRUCache<string, { reply: Promise<Reply> }>({ max: 10 }) satisfies Deliveries };
}

async function textOf(reply: Promise<Reply>): Promise<string> {
  const { drawn } = (await reply) as Extract<Reply, { kind: 'private' }>;
  return JSON.stringify(drawn);
}

const platform = new WebAPIPlatformError({ ok: false, error: 'missing_scope' });

test.each([
  ['redis unavailable', new UnavailableError('Redis does not answer'), /Redis isn’t responding/],
  ['slack refused', platform, /Slack refused a call I need for this.*missing_scope/],
  ['slack refused', new WebAPIRateLimitedError(30), /Slack refused a call I need for this.*ratelimited/],
  ['slack unavailable', new WebAPIRequestError(new Error('socket hang up')), /Slack didn’t answer a call/],
  ['slack unavailable', new WebAPIHTTPError(502, 'Bad Gateway', {}), /Slack didn’t answer a call/],
  ['internal error', new TypeError('x is undefined'), /Something inside imagecheck went wrong; your workload isn’t/],
] as const)('a failure is answered and logged as what it is: %s', async (kind, error, expected) => {
  const { log, ...rest } = bot();
  const text = await textOf(attempt({ log, ...rest }, 'key', async () => Promise.reject(error)));
  expect(text).toMatch(expected);
  const [fields, message] = log.error.mock.calls[0] ?? [];
  expect(message).toBe(`Slack request failed: ${kind}`);
  expect(fields).toMatchObject({ incident: expect.stringMatching(/^[0-9A-F]{8}$/), reason: error.message });
  expect(text).toContain(fields.incident);
  if (kind !== 'redis unavailable') expect(text).not.toContain('Redis');
});

test('a mistake is shown as written, and is no incident', async () => {
  const own = bot();
  const mistake = new UserError('There is no cluster qa.', { remedy: 'Ask about dev-eu.' });
  expect(await textOf(attempt(own, 'key', async () => Promise.reject(mistake)))).toContain('There is no cluster qa.');
  expect(own.log.error).not.toHaveBeenCalled();
});

test('work that takes longer than Slack waits is answered as such, and the same delivery runs once', async () => {
  vi.useFakeTimers();
  const own = bot();
  const run = vi.fn(async () => new Promise<Reply>(() => {}));
  const replies = [attempt(own, 'key', run), attempt(own, 'other', run)];
  void attempt(own, 'key', run);
  await vi.advanceTimersByTimeAsync(2500);
  expect(await textOf(replies[0] as Promise<Reply>)).toContain('taking longer than usual');
  expect(run).toHaveBeenCalledTimes(2);
});

test('a Redis that hangs or has stopped is what the records say is unavailable', async () => {
  const redis = await startRedis();
  const clients: RedisClient[] = [];
  const connect = (role: 'producer' | 'subscriber') => {
    const client = connectRedis(redis.url, { role });
    clients.push(client);
    return client;
  };
  const store = createStore({ client: connect('producer'), subscriber: connect('subscriber'), onTrouble: () => {} });
  await Promise.all(clients.map((client) => waitForRedis(client, 5000)));
  const isUnavailable = async (): Promise<void> => {
    await expect(store.asks.get('T1/none')).rejects.toThrow(UnavailableError);
    await expect(store.approvals.get('T1', 'none')).rejects.toThrow(UnavailableError);
  };
  redis.pause();
  await isUnavailable();
  redis.resume();
  await redis.stop();
  await isUnavailable();
  store.close();
  for (const client of clients) client.disconnect();
  await redis.close();
});
