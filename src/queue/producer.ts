import { Queue as BullQueue, type ConnectionOptions, type JobsOptions } from 'bullmq';
import { reasonOf, UnavailableError } from '../errors.ts';
import type { Queue } from '../ports/queue.ts';
import { isRedisFailure } from '../store/redis/unavailable.ts';
import { within } from '../timing/within.ts';
import { queueName } from './names.ts';
import { type JobTable, jobTable, readPayload } from './table.ts';

export interface ProducerOptions {
  /** A connection that fails fast; shared with the store, closed by its opener. */
  readonly connection: ConnectionOptions;
  /** The store's `queuePrefix`. */
  readonly prefix: string;
  readonly table?: JobTable;
  /** Because a person waits for the answer, default 900 ms. */
  readonly timeoutMs?: number;
  readonly onError: (error: Error) => void;
}

/** Puts jobs into the queues of every cluster. */
export interface Producer extends Queue {
  close(): Promise<void>;
}

/** How long finished jobs are kept for inspection; the records in the store are the truth. */
const kept = {
  removeOnComplete: { age: 3600, count: 200 },
  removeOnFail: { age: 24 * 3600, count: 500 },
} as const;

/** A job is retried if its worker could not reach Redis or did not know the job; another worker may. */
const retry = { attempts: 3, backoff: { type: 'fixed', delay: 1000 } } as const;

/** Opens the sending end. Queues are opened on first use; every call ends within `timeoutMs`. */
export function createProducer(options: ProducerOptions): Producer {
  const { table = jobTable, timeoutMs = 900 } = options;
  const queues = new Map<string, BullQueue>();
  const queueOf = (cluster: string, name: string): BullQueue => {
    const entry = table[name];
    if (entry === undefined) throw new TypeError(`there is no job ${name}`);
    const queue = queueName(cluster, entry.jobClass);
    return queues.get(queue) ?? openQueue(queue, options, queues);
  };
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await within(timeoutMs, work, () => {
        throw new UnavailableError(`the queue did not answer within ${timeoutMs} ms`);
      });
    } catch (error) {
      if (isRedisFailure(error))
        throw new UnavailableError(`the queue does not answer: ${reasonOf(error)}`, { cause: error });
      throw error;
    }
  };

  return {
    enqueue: async (cluster, name, data, { delayMs, id, again } = {}) => {
      const payload = readPayload(table, name, data);
      if (payload.kind === 'refused') throw new TypeError(`${name} cannot be queued: ${payload.why}`);
      const queue = queueOf(cluster, name);
      const jobOptions: JobsOptions = {
        ...kept,
        ...retry,
        ...(delayMs === undefined ? {} : { delay: delayMs }),
        ...(id === undefined ? {} : { jobId: id }),
      };
      const add = async (): Promise<void> => {
        if (again === true && id !== undefined) await removeFinished(queue, id);
        await queue.add(name, payload.data, jobOptions);
      };
      await inTime(add());
    },
    waiting: (cluster, name) => inTime(queueOf(cluster, name).getWaitingCount()),
    close: async () => {
      const open = [...queues.values()];
      queues.clear();
      await Promise.all(open.map((queue) => inTime(queue.close()).catch(options.onError)));
    },
  };
}

function openQueue(name: string, options: ProducerOptions, queues: Map<string, BullQueue>): BullQueue {
  const queue = new BullQueue(name, {
    connection: options.connection,
    prefix: options.prefix,
    // Nobody listens to the event streams; they only have to exist.
    streams: { events: { maxLen: 100 } },
  });
  queue.on('error', options.onError);
  queues.set(name, queue);
  // A queue that failed while it was opened never recovers; the next call opens another.
  queue.waitUntilReady().catch(() => {
    if (queues.get(name) === queue) queues.delete(name);
    queue.close().catch(options.onError);
  });
  return queue;
}

async function removeFinished(queue: BullQueue, id: string): Promise<void> {
  const job = await queue.getJob(id);
  if (job === undefined) return;
  if ((await job.isCompleted()) || (await job.isFailed())) await job.remove();
}
