import { aclOf } from '../store/redis/commands.ts';
import { parseRedisUrl } from '../store/redis/redis-url.ts';
import { type CommandLine, textFlag } from '../terminal/command.ts';
import { exitCode } from '../terminal/exit-code.ts';
import { processStreams } from '../terminal/streams.ts';
import { readConfig } from './configuration.ts';

/** `imagecheck redis-acl`: the least rights in Redis, as commands for redis-cli. */
export async function redisAcl(args: CommandLine<'config'>): Promise<number> {
  const { redis } = readConfig({ file: textFlag(args.flags, 'config') });
  const address = parseRedisUrl(redis.url.reveal());
  const lines = (['bot', 'worker'] as const).map(
    (side) => `ACL SETUSER imagecheck-${side} on ${aclOf(side, redis.keyPrefix, address).join(' ')}\n`,
  );
  await processStreams().write(lines.join(''));
  return exitCode.healthy;
}
