import { heldLua } from '../redis/held.ts';
import { script } from '../redis/script.ts';

/*
 * A row is a hash: record, digest, urgency, channel, parent, wanted, posted, since, later, final, ts, postedAt, updatedAt, refused.
 * `pending` of a channel scores the rows that are not posted as wanted; a channel is in `dirty` while its `pending` has
 * any. Alerts are scored earlier than answers and progress later, so that in a backlog alerts come first, then answers to
 * people.
 */

/** How much earlier an alert, or later progress, is scored than an answer that was put at the same time. */
const urgencyStepMs = 30_000;

/** Recomputes whether the channel is dirty, and since when. */
const mark = `
local function mark(pending, dirty, channel)
  local oldest = redis.call('ZRANGE', pending, 0, 0, 'WITHSCORES')
  if oldest[2] then redis.call('ZADD', dirty, oldest[2], channel) else redis.call('ZREM', dirty, channel) end
end
`;

/**
 * KEYS row pending dirty parentRow? · ARGV id channel record digest urgency parent phase retentionMs topic payload.
 * 1 = wanted now, 0 = nothing changed. A reply to a refused message is refused too: it would wait for ever.
 */
export const putScript = script(`${mark}
local row = redis.call('HMGET', KEYS[1], 'refused', 'wanted', 'posted', 'digest', 'final', 'since', 'later')
if row[1] then return 0 end
if KEYS[4] and redis.call('HEXISTS', KEYS[4], 'refused') == 1 then
  redis.call('HSET', KEYS[1], 'refused', now)
  redis.call('PEXPIRE', KEYS[1], ARGV[8])
  return 0
end
local known = row[2]
if ARGV[7] == 'first' and known then return 0 end
if ARGV[7] == 'early' and row[7] then return 0 end
if ARGV[7] == 'interim' and row[5] then return 0 end
if ARGV[7] ~= 'first' and ARGV[7] ~= 'early' then redis.call('HSET', KEYS[1], 'later', '1') end
if ARGV[7] == 'final' then redis.call('HSET', KEYS[1], 'final', '1') end
if row[4] == ARGV[4] then return 0 end
local wanted = tonumber(row[2] or '') or 0
local posted = tonumber(row[3] or '') or 0
local since = now
if wanted > posted then since = tonumber(row[6] or '') or now end
redis.call('HSET', KEYS[1], 'record', ARGV[3], 'digest', ARGV[4], 'urgency', ARGV[5], 'channel', ARGV[2], 'parent', ARGV[6],
  'wanted', wanted + 1, 'posted', posted, 'since', since)
redis.call('PEXPIRE', KEYS[1], ARGV[8])
local delay = ARGV[5] == 'progress' and ${urgencyStepMs} or ARGV[5] == 'alert' and -${urgencyStepMs} or 0
redis.call('ZADD', KEYS[2], since + delay, ARGV[1])
mark(KEYS[2], KEYS[3], ARGV[2])
redis.call('PUBLISH', ARGV[9], ARGV[10])
return 1`);

/**
 * KEYS row pending dirty place · ARGV id channel revision ts retentionMs record digest urgency parent topic payload
 * placeMs. Gives the ts that stays. The place outlives the row.
 */
export const postedScript = script(`${mark}
if redis.call('HEXISTS', KEYS[1], 'wanted') == 0 then
  redis.call('HSET', KEYS[1], 'record', ARGV[6], 'digest', ARGV[7], 'urgency', ARGV[8], 'channel', ARGV[2], 'parent', ARGV[9],
    'wanted', ARGV[3], 'since', now)
end
local first = redis.call('HSETNX', KEYS[1], 'ts', ARGV[4])
local kept = redis.call('HGET', KEYS[1], 'ts')
if kept ~= '' then redis.call('SET', KEYS[4], ARGV[2] .. ' ' .. kept, 'PX', ARGV[12]) end
local before = tonumber(redis.call('HGET', KEYS[1], 'posted') or '') or 0
local revision = tonumber(ARGV[3])
if first == 0 and (kept ~= ARGV[4] or revision <= before) then return kept end
local wanted = tonumber(redis.call('HGET', KEYS[1], 'wanted') or '') or 0
redis.call('HSET', KEYS[1], 'posted', revision, 'postedAt', now)
if first == 0 then redis.call('HSET', KEYS[1], 'updatedAt', now) end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if revision >= wanted then redis.call('ZREM', KEYS[2], ARGV[1]) else redis.call('HSET', KEYS[1], 'since', now) end
mark(KEYS[2], KEYS[3], ARGV[2])
if first == 1 and redis.call('ZCARD', KEYS[2]) > 0 then redis.call('PUBLISH', ARGV[10], ARGV[11]) end
return kept`);

/**
 * KEYS pending dirty, then a row for each ARGV[3…] · ARGV channel retentionMs id…. The rows stay as tombstones that
 * ignore later puts.
 */
export const refusedScript = script(`${mark}
for index = 3, #ARGV do
  local row = KEYS[index]
  redis.call('DEL', row)
  redis.call('HSET', row, 'refused', now)
  redis.call('PEXPIRE', row, ARGV[2])
  redis.call('ZREM', KEYS[1], ARGV[index])
end
mark(KEYS[1], KEYS[2], ARGV[1])
return 1`);

/**
 * KEYS a lease for each ARGV[4…] · ARGV holder leaseMs limit channel…. Gives the channels that are now held. A lease that
 * exists has a live holder: it leaves with its time, as the one of a bot of the release before, a string, does.
 */
export const claimScript = script(`${heldLua}
local held = {}
for index = 4, #ARGV do
  if #held == tonumber(ARGV[3]) then break end
  local lease = KEYS[index - 3]
  if redis.call('EXISTS', lease) == 0 and hold(lease, ARGV[1], ARGV[2]) then
    redis.call('PEXPIRE', lease, ARGV[2])
    held[#held + 1] = ARGV[index]
  end
end
return held`);

/** KEYS lease · ARGV holder leaseMs. */
export const renewLeaseScript = script(`${heldLua}
if not renew(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

/** KEYS lease pending dirty · ARGV holder channel. */
export const releaseLeaseScript = script(`${heldLua}${mark}
if not give_back(KEYS[1], ARGV[1]) then return 0 end
mark(KEYS[2], KEYS[3], ARGV[2])
return 1`);

/** KEYS pending dirty · ARGV channel id…. Takes rows out that no longer exist or never can be posted. */
export const pruneScript = script(`${mark}
for index = 2, #ARGV do redis.call('ZREM', KEYS[1], ARGV[index]) end
mark(KEYS[1], KEYS[2], ARGV[1])
return 1`);
