import { z } from 'zod';
import { type JobName, jobs } from '../jobs.ts';
import type { WorkerState, Workers } from '../ports/records.ts';
import type { RedisClient } from './redis/connection.ts';
import type { Keys } from './redis/keys.ts';
import { recordFormat, valueOf } from './redis/record.ts';
import { run, script, texts } from './redis/script.ts';
import { isoOf } from './redis/stored.ts';

function isJobName(name: string): name is JobName {
  return Object.hasOwn(jobs, name);
}

const JobNames = z.custom<JobName>((name) => typeof name === 'string' && isJobName(name));

const State = z.object({
  cluster: z.string(),
  id: z.string(),
  version: z.string(),
  seenAt: z.string(),
  clockAheadMs: z.number().optional(),
  trustedKeys: z.array(z.string()).optional(),
  neededKeys: z.array(z.object({ id: z.string(), until: z.string(), changes: z.number() })).optional(),
  missingRights: z.array(z.string()),
  // A newer worker knows jobs that this process does not.
  jobs: z.codec(z.array(z.string()), z.array(JobNames), {
    decode: (names) => names.filter(isJobName),
    encode: (names) => names,
  }),
});
const format = recordFormat<WorkerState>({ version: 1, schema: State });

/** KEYS seen states · ARGV id record ttlMs. */
const beatScript = script(`
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3] * 100)
for _, id in ipairs(gone) do redis.call('ZREM', KEYS[1], id) redis.call('HDEL', KEYS[2], id) end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2], 'last', now)
return 1`);

/** KEYS seen states · ARGV ttlMs. Gives pairs of when (ms) and what. */
const aliveScript = script(`
local alive = redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[1], '+inf', 'WITHSCORES')
local answer = {}
for index = 1, #alive, 2 do
  local record = redis.call('HGET', KEYS[2], alive[index])
  if record then answer[#answer + 1] = alive[index + 1] answer[#answer + 1] = record end
end
return answer`);

/** KEYS seen states · ARGV id. */
const goneScript = script(`
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1`);

/** Heartbeats in Redis: a worker that was not heard for `ttlMs`, by the server's clock, is not alive. */
export function createWorkers(client: RedisClient, keys: Keys, ttlMs: number): Workers {
  const places = (cluster: string) => [keys.workers(cluster), keys.workerStates(cluster)];
  return {
    beat: async (worker) => {
      await run(client, beatScript, places(worker.cluster), [`worker:${worker.id}`, format.encode(worker), ttlMs]);
    },
    gone: async (cluster, id) => {
      await run(client, goneScript, places(cluster), [`worker:${id}`]);
    },
    alive: async (cluster) => {
      const pairs = texts(await run(client, aliveScript, places(cluster), [ttlMs]));
      return pairs.flatMap((seen, index) => {
        const state = index % 2 === 0 ? valueOf(format.decode(pairs[index + 1])) : undefined;
        return state === undefined || state.cluster !== cluster ? [] : [{ ...state, seenAt: isoOf(seen) }];
      });
    },
    lastSeen: async (cluster) => {
      const last = await client.hget(keys.workerStates(cluster), 'last');
      return last === null || !/^\d{1,15}$/.test(last) ? undefined : isoOf(last);
    },
  };
}
