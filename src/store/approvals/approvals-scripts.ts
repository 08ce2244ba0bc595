import { appendLua } from '../audit/audit-scripts.ts';
import { heldLua } from '../redis/held.ts';
import { script } from '../redis/script.ts';

/**
 * A state in which nobody works is looked at once more after this time, and shown again: whoever recorded it may have
 * died before it was shown, a failover may have lost the message, and a late message of an earlier state may have won.
 */
export const lookAgainMs = 10_000;

/**
 * KEYS approval due expiring all open toReview signed stream history… · ARGV expected nonce record revision member id work
 * dueInMs expiresAt keepMs state cluster isToReview signedUntil, then what `append` takes. `expected` is empty for a new approval,
 * `work` is `working`, `pending` or `over`, `isToReview` is 1 or 0. Gives `done` and the record, `exists`, `stale`, or `head` with the head of the chain as it is: then
 * nothing was done.
 *
 * An answer that was lost on its way makes the client send the script again: the nonce tells that it was done.
 */
export const changeApprovalScript = script(`${appendLua}
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'hash' and redis.call('HGET', KEYS[1], 'nonce') == ARGV[2] then return { 'done' } end
if ARGV[1] == '' then
  if kind ~= 'none' then return { 'exists' } end
elseif kind ~= 'hash' or redis.call('HGET', KEYS[1], 'revision') ~= ARGV[1] then return { 'stale' } end
local refusal = append_refusal(8, 15)
if refusal then return refusal end
heal(KEYS[2], 'zset') heal(KEYS[3], 'zset') heal(KEYS[4], 'zset') heal(KEYS[5], 'zset') heal(KEYS[6], 'zset') heal(KEYS[7], 'zset')
redis.call('HSET', KEYS[1], 'record', ARGV[3], 'revision', ARGV[4], 'nonce', ARGV[2], 'state', ARGV[11], 'cluster', ARGV[12])
if ARGV[1] == '' then redis.call('ZADD', KEYS[4], now, ARGV[6]) end
if ARGV[13] == '1' then redis.call('ZADD', KEYS[6], 'NX', now, ARGV[6])
else redis.call('ZREM', KEYS[6], ARGV[6]) end
if ARGV[14] ~= '' then redis.call('ZADD', KEYS[7], ARGV[14], ARGV[5]) else redis.call('ZREM', KEYS[7], ARGV[5]) end
redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', now)
if ARGV[7] == 'working' then
  local dueAt = now + ARGV[8]
  redis.call('HSET', KEYS[1], 'dueAt', dueAt)
  local ends = tonumber(redis.call('HGET', KEYS[1], 'until') or '') or 0
  redis.call('ZADD', KEYS[2], math.max(dueAt, ends), ARGV[5])
else
  redis.call('HDEL', KEYS[1], 'holder', 'until', 'dueAt')
  redis.call('ZADD', KEYS[2], now + ${lookAgainMs}, ARGV[5])
end
if ARGV[7] == 'pending' and ARGV[9] ~= '' then redis.call('ZADD', KEYS[3], ARGV[9], ARGV[5])
else redis.call('ZREM', KEYS[3], ARGV[5]) end
if ARGV[7] == 'over' then
  redis.call('ZREM', KEYS[5], ARGV[6])
  redis.call('PEXPIRE', KEYS[1], ARGV[10])
else
  redis.call('ZADD', KEYS[5], 'NX', now, ARGV[6])
  redis.call('PERSIST', KEYS[1])
end
append(8, 15)
return { 'done' }`);

/** KEYS approval due · ARGV member holder leaseMs mostDeaths states…. 1 = held. */
export const holdApprovalScript = script(`${heldLua}
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
local state, works = redis.call('HGET', KEYS[1], 'state'), false
for index = 5, #ARGV do works = works or ARGV[index] == state end
if not works then return 0 end
if not take(KEYS[1], ARGV[2], ARGV[3], ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1`);

/** KEYS approval due · ARGV member holder leaseMs. */
export const renewApprovalScript = script(`${heldLua}
if not renew(KEYS[1], ARGV[2], ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1`);

/** KEYS approval due · ARGV member holder. Score 0: due immediately, unless its time has not come yet. */
export const releaseApprovalScript = script(`${heldLua}
if not give_back(KEYS[1], ARGV[2]) then return 0 end
local dueAt = tonumber(redis.call('HGET', KEYS[1], 'dueAt') or '') or 0
redis.call('ZADD', KEYS[2], dueAt > now and dueAt or 0, ARGV[1])
return 1`);

/**
 * KEYS index · ARGV pastMs putOffMs limit. The members whose time came `pastMs` ago; each is postponed, so only one
 * caller gets it.
 */
export const claimApprovalsScript = script(`
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, ARGV[3])
for _, member in ipairs(due) do redis.call('ZADD', KEYS[1], now + ARGV[2], member) end
return { tostring(now), unpack(due) }`);

/**
 * KEYS approval index · ARGV member record. Removes a member from an index, provided that its record is still what the
 * caller saw and found useless (empty: no record).
 */
export const forgetApprovalScript = script(`
local kind, record = redis.call('TYPE', KEYS[1]).ok, ''
if kind == 'hash' then record = redis.call('HGET', KEYS[1], 'record') or '' end
if record ~= ARGV[2] then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])`);

/** KEYS signed · ARGV limit. Pairs of a member and until when its signatures are needed, the longest first. */
export const signedApprovalsScript = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then return {} end
return redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[1])`);
