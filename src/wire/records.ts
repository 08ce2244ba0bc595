import type { Config } from '../config.ts';
import { reasonOf, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../store/redis/connection.ts';
import { parseRedisUrl, type RedisNode } from '../store/redis/redis-url.ts';
import { createStore, type Store } from '../store/store.ts';
import { watchClock } from './clock-watch.ts';

/** How long a start waits for Redis before it logs that. */
const redisWithinMs = 10_000;

/** The records of the product and the connection that they use. */
export interface Records {
  readonly store: Store;
  readonly client: RedisClient;
  stop(deadlineMs: number): Promise<void>;
}

/** Connects to Redis. Throws a `UserError` that names the remedy if Redis does not respond. */
export async function openRecords(config: Config, role: 'producer' | 'worker', log: Log): Promise<Records> {
  const url = config.redis.url.reveal();
  const outages = logOutages(hostsOf(url), log);
  const shared = {
    ...(config.redis.ca === undefined ? {} : { ca: config.redis.ca }),
    onError: (error: Error) => outages.failed(error),
  };
  const client = connectRedis(url, { ...shared, role, name: `imagecheck-${role}` });
  client.on('ready', outages.ended);
  const subscriber = connectRedis(url, { ...shared, role: 'subscriber', name: 'imagecheck-wakeups' });
  try {
    await waitForRedis(client, redisWithinMs);
  } catch (error) {
    client.disconnect();
    subscriber.disconnect();
    const cause = error instanceof Error && error.cause !== undefined ? `: ${reasonOf(error.cause)}` : '';
    throw new UserError(`cannot connect to Redis${cause}.`, {
      remedy: 'Start Redis, or set REDIS_URL.',
      cause: error,
    });
  }
  const store = createStore({
    client,
    subscriber,
    prefix: config.redis.keyPrefix,
    keep: { approvalsMs: config.approvals.keepMs, auditMs: config.audit.keepMs },
    onTrouble: (message, detail) => log.warn({ detail, what: message }, 'bad record'),
  });
  const clocks = await watchClock(store.clock, log);
  return {
    store,
    client,
    stop: async () => {
      await clocks.stop();
      store.close();
      await Promise.all([closeRedis(client), closeRedis(subscriber)]);
    },
  };
}

/** Logs an outage once, although every attempt to reconnect fails, and its end. */
function logOutages(redis: string, log: Log) {
  let isDown = false;
  return {
    failed(error: Error): void {
      if (!isDown) log.warn({ redis, reason: error.message }, 'redis unavailable');
      isDown = true;
    },
    ended(this: void): void {
      if (isDown) log.info({ redis }, 'redis available again');
      isDown = false;
    },
  };
}

/** `redis.internal:6380`: the hosts of the URL, without its credentials. */
function hostsOf(url: string): string {
  const { topology } = parseRedisUrl(url);
  switch (topology.kind) {
    case 'single':
      return textOf([topology.node]);
    case 'sentinel':
      return textOf(topology.sentinels);
    case 'cluster':
      return textOf(topology.nodes);
    default:
      return topology satisfies never;
  }
}

function textOf(nodes: readonly RedisNode[]): string {
  return nodes.map(({ host, port }) => `${host}:${String(port)}`).join(', ');
}
