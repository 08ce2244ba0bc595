import type { Config } from '../config.ts';
import { reasonOf, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../store/redis/connection.ts';
import { createStore, type Store } from '../store/store.ts';

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
  const shared = {
    ...(config.redis.ca === undefined ? {} : { ca: config.redis.ca }),
    onError: (error: Error) => log.warn({ reason: error.message }, 'redis unavailable'),
  };
  const client = connectRedis(url, { ...shared, role, name: `imagecheck-${role}` });
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
  return {
    store,
    client,
    stop: async () => {
      store.close();
      await Promise.all([closeRedis(client), closeRedis(subscriber)]);
    },
  };
}
