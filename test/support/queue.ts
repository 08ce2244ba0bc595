import { z } from 'zod';
import { type Consumer, type ConsumerOptions, startConsumer } from '../../src/queue/consumer.ts';
import { createProducer, type Producer } from '../../src/queue/producer.ts';
import type { JobTable } from '../../src/queue/table.ts';
import { closeRedis, connectRedis, type RedisClient, waitForRedis } from '../../src/store/redis/connection.ts';

/** Connections of one test, closed together. */
export interface QueueBench {
  producer(table?: JobTable, timeoutMs?: number): Promise<Producer>;
  consumer(options: Partial<ConsumerOptions> & Pick<ConsumerOptions, 'handlers'>): Promise<Consumer>;
  readonly errors: Error[];
  end(): Promise<void>;
}

/** A table with a job of each class that tests need. */
export const testJobs: JobTable = {
  quick: { payload: z.object({ version: z.literal(1), text: z.string() }), jobClass: 'person' },
  slow: { payload: z.object({ version: z.literal(1), text: z.string() }), jobClass: 'sweep' },
};

let count = 0;

export function queueBench(url: string): QueueBench {
  count += 1;
  const prefix = `{queue-${process.pid}-${count}}:queue`;
  const clients: RedisClient[] = [];
  const ends: (() => Promise<void>)[] = [];
  const errors: Error[] = [];
  const connect = async (role: 'producer' | 'worker'): Promise<RedisClient> => {
    const client = connectRedis(url, { role });
    clients.push(client);
    await waitForRedis(client, 5000);
    return client;
  };
  const onError = (error: Error) => void errors.push(error);
  return {
    errors,
    producer: async (table, timeoutMs) => {
      const producer = createProducer({
        connection: await connect('producer'),
        prefix,
        onError,
        ...(table === undefined ? {} : { table }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      ends.push(() => producer.close());
      return producer;
    },
    consumer: async (options) => {
      const consumer = startConsumer({
        connection: await connect('worker'),
        prefix,
        cluster: 'dev-eu',
        onRefused: () => Promise.resolve(),
        onError,
        ...options,
      });
      ends.push(() => consumer.stop(0));
      await consumer.ready();
      return consumer;
    },
    end: async () => {
      await Promise.all(ends.map((end) => end()));
      await Promise.all(clients.map((client) => closeRedis(client)));
    },
  };
}
