import { Cluster, Redis } from 'ioredis';
import { UnavailableError } from '../../errors.ts';
import { within } from '../../timing/within.ts';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';
import { isNotMaster } from './unavailable.ts';

/** A connection to Redis, whatever stands behind the URL. */
export type RedisClient = Redis | Cluster;

export interface ConnectOptions {
  /**
   * `producer` fails within a second when Redis is down (a person waits); `worker` and `subscriber` wait until it is
   * back.
   */
  readonly role: 'producer' | 'worker' | 'subscriber';
  /** Shown by `CLIENT LIST`. */
  readonly name?: string;
  /** PEM text trusted for TLS. */
  readonly ca?: string;
  /**
   * Called for every failed connection, as long as it fails, also where a proxy takes it and closes it again. ioredis
   * throws without a listener, so there always is one.
   */
  readonly onError?: (error: Error) => void;
  /**
   * Called when this connection, or a copy that BullMQ made of it, leaves its server because that is not the master.
   * Whatever only listens to the same server has to leave as well: it sends nothing, so nobody tells it.
   */
  readonly onLeft?: () => void;
}

const longestRetryDelayMs = 1000;
const producerTimeoutMs = 800;

/** Opens a connection in the background; it reconnects until it is closed. Throws a UserError for a malformed URL. */
export function connectRedis(url: string, options: ConnectOptions): RedisClient {
  const address = parseRedisUrl(url);
  const client = clientOf(address, optionsOf(address, options), options.role === 'producer');
  reportFailures(client, options.onError);
  return client;
}

/** A connection that is closed in an orderly way is no `error` to ioredis: it only connects once more. */
function reportFailures(client: RedisClient, onError: ConnectOptions['onError']): void {
  let isReported = false;
  client.on('error', (error: Error) => {
    isReported = true;
    onError?.(error);
  });
  client.on('reconnecting', () => {
    if (!isReported) onError?.(new UnavailableError('the connection was closed'));
    isReported = false;
  });
}

/** Resolves once commands are answered, rejects with the last connection error after `timeoutMs`. */
export async function waitForRedis(client: RedisClient, timeoutMs: number): Promise<void> {
  if (client.status === 'ready') return;
  let last: Error | undefined;
  const onError = (error: Error): void => {
    last = error;
  };
  client.on('error', onError);
  const { promise: ready, resolve: onReady } = Promise.withResolvers<void>();
  client.once('ready', onReady);
  try {
    await within(timeoutMs, ready, () => {
      throw new UnavailableError('cannot connect to Redis', { cause: last });
    });
  } finally {
    client.removeListener('ready', onReady);
    client.removeListener('error', onError);
  }
}

/** Closes the connection; commands under way are answered first when Redis is there. */
export async function closeRedis(client: RedisClient): Promise<void> {
  if (client.status !== 'ready') {
    client.disconnect();
    return;
  }
  try {
    await within(1000, client.quit(), () => client.disconnect());
  } catch {
    client.disconnect();
  }
}

function optionsOf(address: RedisAddress, options: ConnectOptions) {
  const failFast = options.role === 'producer';
  return {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password.reveal() }),
    ...(address.tls ? { tls: options.ca === undefined ? {} : { ca: options.ca } } : {}),
    db: address.database,
    ...(options.name === undefined ? {} : { connectionName: options.name }),
    // Not everybody may be allowed to say which library it is, and nobody needs to know.
    disableClientInfo: true,
    connectTimeout: 2000,
    // BullMQ insists on null for what blocks; a producer's command must not outlive the person's patience.
    maxRetriesPerRequest: failFast ? 1 : null,
    enableOfflineQueue: !failFast,
    ...(failFast ? { commandTimeout: producerTimeoutMs } : {}),
    reconnectOnError: leaveReplica(options),
  };
}

/**
 * A master that became a replica keeps its connections, so after a failover behind one address these would stay with it
 * for good. ioredis copies this option to the connections that BullMQ makes. The command itself fails: it was not
 * carried out, and sending it again outside its transaction would be wrong.
 */
function leaveReplica({ onError, onLeft }: ConnectOptions): (error: Error) => boolean {
  return (error) => {
    if (!isNotMaster(error)) return false;
    onError?.(error);
    onLeft?.();
    return true;
  };
}

function clientOf(address: RedisAddress, options: ReturnType<typeof optionsOf>, failFast: boolean): RedisClient {
  const { topology } = address;
  if (topology.kind === 'single') return new Redis({ ...options, ...topology.node, retryStrategy: retryDelayMs });
  if (topology.kind === 'sentinel') {
    return new Redis({
      ...options,
      sentinels: [...topology.sentinels],
      name: topology.master,
      retryStrategy: retryDelayMs,
      sentinelRetryStrategy: retryDelayMs,
      ...(options.tls === undefined ? {} : { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
    });
  }
  return new Cluster([...topology.nodes], {
    clusterRetryStrategy: retryDelayMs,
    enableOfflineQueue: !failFast,
    // A cluster sends its clients on to the master itself.
    redisOptions: { ...options, reconnectOnError: null },
    // With TLS the names of the certificate must be kept; addresses would not match them.
    ...(address.tls ? { dnsLookup: (host, callback) => callback(null, host) } : {}),
  });
}

function retryDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 6), longestRetryDelayMs);
}
