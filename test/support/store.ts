import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../../src/store/redis/connection.ts';
import { createStore, type Store, type StoreOptions } from '../../src/store/store.ts';

/** A store with connections of its own, as one process has. */
export interface TestStore extends Store {
  readonly client: RedisClient;
  /** Errors in the background. */
  readonly troubles: readonly { readonly message: string; readonly detail: unknown }[];
  end(): Promise<void>;
}

let count = 0;

/** Opens a store, in a key space of its own unless `prefix` names one. */
export async function openStore(
  url: string,
  role: 'producer' | 'worker',
  over: Partial<StoreOptions> = {},
): Promise<TestStore> {
  count += 1;
  const client = connectRedis(url, { role });
  const subscriber = connectRedis(url, { role: 'subscriber' });
  await Promise.all([waitForRedis(client, 5000), waitForRedis(subscriber, 5000)]);
  const troubles: { message: string; detail: unknown }[] = [];
  const store = createStore({
    client,
    subscriber,
    prefix: `test-${process.pid}-${count}`,
    onTrouble: (message, detail) => troubles.push({ message, detail }),
    ...over,
  });
  return {
    ...store,
    client,
    troubles,
    end: async () => {
      store.close();
      await Promise.all([closeRedis(client), closeRedis(subscriber)]);
    },
  };
}
