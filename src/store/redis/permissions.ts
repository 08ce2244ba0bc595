import { UserError } from '../../errors.ts';
import { patternsOf, type RedisSide, scriptCalls } from './commands.ts';
import type { RedisClient } from './connection.ts';
import { keysOf } from './keys.ts';

/** Makes each call and answers with `COMMAND ERROR` for those that failed, for whatever reason. */
const tryAll = `
local failed = {}
for _, line in ipairs(ARGV) do
  local call = {}
  for word in string.gmatch(line, '%S+') do
    call[#call + 1] = word == 'KEY' and KEYS[1] or word == 'TOPIC' and 'TOPIC_NAME' or word
  end
  local reply = redis.pcall(unpack(call))
  if type(reply) == 'table' and reply.err then failed[#failed + 1] = call[1] .. ' ' .. reply.err end
end
return failed
`;

interface Probed {
  readonly client: RedisClient;
  readonly subscriber: RedisClient;
  readonly prefix: string;
  readonly side: RedisSide;
  /** As the URL names it. */
  readonly user: string;
}

/**
 * Makes every kind of call once, on a key of its own, and throws a `UserError` that names what the user of Redis may not
 * do and how to allow it. Any other failure says nothing about permissions and is passed over.
 */
export async function checkPermissions(probed: Probed): Promise<void> {
  const refusals = await refusalsOf(probed);
  if (refusals.length === 0) return;
  const { prefix, side, user } = probed;
  const { keys, channels } = patternsOf(prefix);
  const commands = [...new Set(refusals.filter(({ what }) => what === 'command').map(({ command }) => command))];
  const needed = [
    ...(refusals.some(({ what }) => what === 'key') ? [keys] : []),
    ...(refusals.some(({ what }) => what === 'channel') ? [channels] : []),
    ...commands.map((command) => `+${command}`),
  ];
  const run = commands.length === 0 ? [] : [`run ${commands.map((command) => command.toUpperCase()).join(', ')}`];
  const use = needed.filter((rule) => !rule.startsWith('+')).map((rule) => `use ${rule.slice(1)}`);
  throw new UserError(
    `The user “${user}” of Redis isn’t allowed to ${[...run, ...use].join(', or to ')}, and the ${side} needs that.`,
    {
      remedy: `In redis-cli: ACL SETUSER ${user} ${needed.join(' ')}\nAll that is needed: imagecheck redis-acl`,
    },
  );
}

interface Refusal {
  readonly command: string;
  readonly what: 'command' | 'key' | 'channel';
}

async function refusalsOf({ client, subscriber, prefix, side }: Probed): Promise<readonly Refusal[]> {
  const keys = keysOf(prefix);
  const [key, topic] = [keys.permissionProbe, keys.topic('permission-probe')];
  const script = tryAll.replace('TOPIC_NAME', topic);
  const tried: Readonly<Record<string, () => Promise<unknown>>> = {
    eval: () => client.eval(script, 1, key, ...scriptCalls(side)),
    evalsha: () => client.evalsha('0'.repeat(40), 1, key),
    info: () => client.info('server'),
    multi: () => client.multi().exists(key).exec(),
    subscribe: () => subscriber.subscribe(topic),
    ...(side === 'worker' ? { bzpopmin: () => client.bzpopmin(key, 0.01) } : {}),
  };
  const refusals: Refusal[] = [];
  for (const [command, call] of Object.entries(tried)) {
    try {
      const reply = await call();
      if (command === 'eval' && Array.isArray(reply))
        refusals.push(...reply.flatMap((line) => refusalIn(String(line))));
    } catch (error) {
      if (error instanceof Error) refusals.push(...refusalIn(`${command} ${error.message}`));
    }
  }
  return refusals;
}

/** The words of Redis 6.2 and newer, which say “can’t” inside of a script; a refused MULTI shows in the EXEC. */
function refusalIn(line: string): readonly Refusal[] {
  const [, command = '', why = ''] = /^(\S+) (.*)$/s.exec(line) ?? [];
  if (!/NOPERM|can't (?:run|access|publish)|no permissions? to|EXEC without MULTI/i.test(why)) return [];
  const named = /permissions to run the '([^']+)' command/i.exec(why)?.[1];
  if (/channel/i.test(why)) return [{ command, what: 'channel' }];
  return [/\bkeys?\b/i.test(why) ? { command, what: 'key' } : { command: named ?? command, what: 'command' }];
}
