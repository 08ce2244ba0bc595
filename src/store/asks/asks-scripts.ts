import { heldLua } from '../redis/held.ts';
import { script } from '../redis/script.ts';

/**
 * Forged or half-written values must not stop a script: numbers are read with a default, and keys of a wrong type make
 * the call for that one flight fail, which its caller reports.
 */

/**
 * KEYS ask flight waiting flights queued · ARGV id record flight cluster retentionMs. 1 = opened, 0 = joined.
 * An ask that is recorded already (Slack delivered it twice) changes nothing, even when it was answered meanwhile.
 */
export const openScript = script(`
if not redis.call('SET', KEYS[1], ARGV[2], 'NX', 'PX', ARGV[5]) then return 0 end
local opened = redis.call('EXISTS', KEYS[2]) == 0
redis.call('RPUSH', KEYS[3], ARGV[1])
if not opened then return 0 end
redis.call('HSET', KEYS[2], 'instance', ARGV[1], 'flight', ARGV[3], 'cluster', ARGV[4], 'openedAt', now, 'takes', 0)
redis.call('ZADD', KEYS[4], now, ARGV[3])
redis.call('ZADD', KEYS[5], now, ARGV[3])
return 1`);

/** KEYS asked · ARGV withinMs. Counts one more; the count ends that long after its first. */
export const countScript = script(`
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`);

/** KEYS flight flights queued · ARGV flight holder leaseMs mostDeaths. The release before counts no deaths. */
export const holdScript = script(`${heldLua}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local is_held, is_taken = take(KEYS[1], ARGV[2], ARGV[3], ARGV[4])
if not is_held then return 0 end
if is_taken then redis.call('HINCRBY', KEYS[1], 'takes', 1) end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return 1`);

/** KEYS flight flights · ARGV flight holder leaseMs. */
export const renewScript = script(`${heldLua}
if not renew(KEYS[1], ARGV[2], ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1`);

/** KEYS flight flights · ARGV flight holder. Score 0: due immediately for the look for lost flights. */
export const releaseScript = script(`${heldLua}
if not give_back(KEYS[1], ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 1`);

/**
 * KEYS flight waiting flights landings landing · ARGV flight holder answer instance retentionMs. Gives the time, or 0.
 * The list of waiting asks moves into the landing, so that whoever asks next finds nothing to join and opens a new flight.
 */
export const landScript = script(`${heldLua}
if not is_holder(KEYS[1], ARGV[2]) then return 0 end
if redis.call('HGET', KEYS[1], 'instance') ~= ARGV[4] then return 0 end
local asks = redis.call('LRANGE', KEYS[2], 0, -1)
redis.call('HSET', KEYS[5], 'flight', ARGV[1], 'answer', ARGV[3], 'landedAt', now, 'asks', #asks > 0 and cjson.encode(asks) or '[]')
redis.call('PEXPIRE', KEYS[5], ARGV[5])
redis.call('ZADD', KEYS[4], now, ARGV[4])
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return tostring(now)`);

/**
 * KEYS index · ARGV olderThanMs limit. Returns the members that are due and postpones them, so that only one caller
 * gets each.
 */
export const claimDueScript = script(`
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(due) do redis.call('ZADD', KEYS[1], now, member) end
return { tostring(now), unpack(due) }`);

/** KEYS ask flight waiting flights queued · ARGV id flight. A flight that nobody waits for any more ends. */
export const dropScript = script(`
redis.call('LREM', KEYS[3], 0, ARGV[1])
redis.call('DEL', KEYS[1])
if redis.call('LLEN', KEYS[3]) > 0 or redis.call('HGET', KEYS[2], 'holder') then return 0 end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('ZREM', KEYS[5], ARGV[2])
return 1`);

/**
 * KEYS record list index queued? · ARGV member retentionMs. Removes what no reader can ever use: a member without a
 * record, a record of a wrong type, or one older than the retention. What a newer release wrote stays for that release.
 */
export const forgetScript = script(`
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'hash' then
  local since = tonumber(redis.call('HGET', KEYS[1], 'openedAt') or redis.call('HGET', KEYS[1], 'landedAt') or '') or 0
  local list = redis.call('TYPE', KEYS[2]).ok
  if now - since < tonumber(ARGV[2]) and (list == 'list' or list == 'none') then return 0 end
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
if KEYS[4] then redis.call('ZREM', KEYS[4], ARGV[1]) end
return 1`);
