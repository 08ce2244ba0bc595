import { connectRedis } from '../../src/store/redis/connection.ts';
import { startRedis, type TestRedis } from './redis.ts';

/** A server and its replica, of which the first is at `port`: what stands before it asks for the port again. */
export interface RedisPair extends TestRedis {
  /**
   * The two change their roles, without losing a write. Connections to the former master stay open and are answered
   * READONLY, as behind a balancer or a service with one address.
   */
  failover(): Promise<void>;
}

const patienceMs = 20_000;

export async function startRedisPair(): Promise<RedisPair> {
  const settings = { 'repl-diskless-sync-delay': '0', 'repl-timeout': '60' };
  let primary = await startRedis({ settings });
  let replica = await startRedis({ settings });
  await call(replica, 'REPLICAOF', '127.0.0.1', String(primary.port));
  await untilTold(primary, 'that the replica follows', hasReplica);
  return {
    get url() {
      return primary.url;
    },
    get port() {
      return primary.port;
    },
    pause: () => primary.pause(),
    resume: () => primary.resume(),
    stop: (signal) => primary.stop(signal),
    start: () => primary.start(),
    failover: async () => {
      await untilTold(primary, 'that the replica follows', hasReplica);
      await call(primary, 'FAILOVER', 'TO', '127.0.0.1', String(replica.port));
      await untilTold(replica, 'that the replica has become the master', (told) => told.includes('role:master'));
      [primary, replica] = [replica, primary];
    },
    close: async () => {
      await Promise.all([primary.close(), replica.close()]);
    },
  };
}

const hasReplica = (told: string): boolean => /slave0:.*state=online/.test(told) && told.includes('role:master');

async function untilTold(server: TestRedis, what: string, isSo: (told: string) => boolean): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const told = String(await call(server, 'INFO', 'replication'));
    if (isSo(told)) return;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}: ${told}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function call({ url }: TestRedis, command: string, ...args: readonly string[]): Promise<unknown> {
  const client = connectRedis(url, { role: 'worker' });
  try {
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}
