import { keysOf } from './keys.ts';
import type { RedisAddress } from './redis-url.ts';

/** The two sides that share Redis, each with a user of its own if the installation wants that. */
export type RedisSide = 'bot' | 'worker';

/**
 * What our scripts and BullMQ’s call inside and outside of scripts, each as a call that does no harm: `KEY` is a key of
 * our own, `TOPIC` a channel. This list is the source of the ACL (`imagecheck redis-acl`) and of the check when a
 * process starts.
 */
const both = [
  'set KEY probe PX 1000',
  'del KEY',
  'exists KEY',
  'get KEY',
  'hdel KEY field',
  'hexists KEY field',
  'hget KEY field',
  'hgetall KEY',
  'hincrby KEY field 0',
  'hmget KEY field',
  'hmset KEY field 0',
  'hset KEY field 0',
  'hsetnx KEY field 0',
  'incr KEY',
  'lindex KEY 0',
  'llen KEY',
  'lpos KEY value',
  'lpush KEY value',
  'lrange KEY 0 0',
  'lrem KEY 0 value',
  'mget KEY',
  'persist KEY',
  'pexpire KEY 1000',
  'pttl KEY',
  'publish TOPIC probe',
  'rpop KEY',
  'rpush KEY value',
  'sadd KEY value',
  'scard KEY',
  'smembers KEY',
  'srem KEY value',
  'time',
  'type KEY',
  'xadd KEY * field value',
  'xrange KEY - + COUNT 1',
  'xrevrange KEY + - COUNT 1',
  'xtrim KEY MAXLEN 1000',
  'zadd KEY 0 value',
  'zcard KEY',
  'zcount KEY 0 0',
  'zpopmin KEY',
  'zrange KEY 0 0',
  'zrangebyscore KEY 0 0',
  'zrank KEY value',
  'zrem KEY value',
  'zremrangebyscore KEY 0 0',
  'zrevrange KEY 0 0',
  'zrevrangebyscore KEY 0 0',
  'zscore KEY value',
] as const;

/** Only a worker takes jobs. */
const ofWorker = ['ltrim KEY 0 0', 'rpoplpush KEY KEY', 'zremrangebyrank KEY 0 0'] as const;

/** What a script may not call. */
const outsideScripts: Readonly<Record<RedisSide, readonly string[]>> = {
  bot: ['client|setname', 'eval', 'evalsha', 'exec', 'info', 'multi', 'subscribe'],
  worker: ['bzpopmin', 'client|setname', 'eval', 'evalsha', 'exec', 'info', 'multi', 'subscribe'],
};

/** Calls that a script may make, to find out whether it may. */
export function scriptCalls(side: RedisSide): readonly string[] {
  return side === 'bot' ? both : [...both, ...ofWorker];
}

/** Every command that a side needs, in lower case and in order, as ACLs name them. */
export function aclCommands(side: RedisSide): readonly string[] {
  const inScripts = scriptCalls(side).map((call) => call.split(' ', 1)[0] ?? '');
  return [...inScripts, ...outsideScripts[side]].toSorted();
}

/** The rules of an ACL that allow a side what it needs and nothing else; they can be set again and again. */
export function aclOf(side: RedisSide, prefix: string, address: RedisAddress): readonly string[] {
  const { keys, channels } = patternsOf(prefix);
  const ofAddress = [
    ...(address.topology.kind === 'cluster' ? ['cluster|info', 'cluster|slots'] : []),
    ...(address.database === 0 ? [] : ['select']),
  ];
  const commands = [...aclCommands(side), ...ofAddress].map((command) => `+${command}`);
  return ['resetkeys', keys, 'resetchannels', channels, '-@all', ...commands];
}

/** Patterns of the keys and channels that both sides use: nothing else in this Redis is touched. */
export function patternsOf(prefix: string): { readonly keys: string; readonly channels: string } {
  const keys = keysOf(prefix);
  return { keys: `~${keys.root}:*`, channels: `&${keys.topic('')}*` };
}
