import type { Config } from '../config.ts';
import { reasonOf, UnavailableError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../store/redis/connection.ts';
import { keysOf } from '../store/redis/keys.ts';
import { checkPermissions } from '../store/redis/permissions.ts';
import { parseRedisUrl, type RedisNode } from '../store/redis/redis-url.ts';
import { isRedisFailure } from '../store/redis/unavailable.ts';
import { createStore, type Store } from '../store/store.ts';
import { within } from '../timing/within.ts';
import { watchClock } from './clock-watch.ts';
import { watchOutages } from './outage.ts';

/** How long a start waits for Redis before it logs that. */
const redisWithinMs = 10_000;

/** The records of the product and the connection that they use. */
export interface Records {
  readonly store: Store;
  readonly client: RedisClient;
  /** Told by queues what went wrong in the background: Redis that serves nobody is logged once for each outage. */
  readonly onQueueError: (error: Error) => void;
  /** Whether Redis serves this process now. */
  readonly isServing: () => Promise<boolean>;
  stop(deadlineMs: number): Promise<void>;
}

/**
 * Connects to Redis. Throws a `UserError` that names the remedy if Redis does not respond, or does not allow what this
 * role needs.
 */
export async function openRecords(config: Config, role: 'producer' | 'worker', log: Log): Promise<Records> {
  const url = config.redis.url.reveal();
  const outage = watchOutages(hostsOf(url), () => client.status === 'ready', log);
  const shared = { ...(config.redis.ca === undefined ? {} : { ca: config.redis.ca }), onError: outage.failed };
  const subscriber = connectRedis(url, { ...shared, role: 'subscriber', name: 'imagecheck-wakeups' });
  const onLeft = (): void => subscriber.disconnect(true);
  const client = connectRedis(url, { ...shared, role, name: `imagecheck-${role}`, onLeft });
  try {
    await waitForRedis(client, redisWithinMs);
    const user = parseRedisUrl(url).username ?? 'default';
    const side = role === 'producer' ? 'bot' : 'worker';
    const checked = checkPermissions({ client, subscriber, prefix: config.redis.keyPrefix, side, user });
    await within(redisWithinMs, checked, () => {
      throw new UnavailableError('Redis does not answer');
    });
  } catch (error) {
    outage.stop();
    client.disconnect();
    subscriber.disconnect();
    throw cannotConnect(error);
  }
  const store = createStore({
    client,
    subscriber,
    prefix: config.redis.keyPrefix,
    keep: { approvalsMs: config.approvals.keepMs, auditMs: config.audit.keepMs, planMs: config.approvals.planMs },
    onTrouble: (message, detail) => log.warn({ detail, what: message }, 'bad record'),
  });
  const clocks = await watchClock(store.clock, log);
  return {
    store,
    client,
    onQueueError: (error) => {
      if (isRedisFailure(error)) outage.failed(error);
      else log.warn({ reason: error.message }, 'queue error');
    },
    isServing: async () =>
      !outage.isDown() && (await client.exists(keysOf(config.redis.keyPrefix).permissionProbe)) >= 0,
    stop: async () => {
      outage.stop();
      await clocks.stop();
      store.close();
      await Promise.all([closeRedis(client), closeRedis(subscriber)]);
    },
  };
}

function cannotConnect(error: unknown): UserError {
  if (error instanceof UserError) return error;
  const cause = error instanceof Error && error.cause !== undefined ? `: ${reasonOf(error.cause)}` : '';
  return new UserError(`cannot connect to Redis${cause}.`, { remedy: 'Start Redis, or set REDIS_URL.', cause: error });
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
