import { script } from './script.ts';

/**
 * Lua functions for records that one process at a time holds (`timing/holding.ts`). Such a record is a hash with the
 * fields `holder` and `until` (milliseconds of the server's clock) besides its own. Approvals, flights, cursors of the
 * audit trail and channels of the outbox are held through these functions only.
 *
 * `hold` takes a record or renews the hold; false while another live holder has it. The second value says whether the
 * holder has changed. `renew` extends it: an expired lease still belongs to its holder until another process takes it.
 * `give_back` ends it; false if the caller has lost it. A holder whose lease ended without giving the record back died:
 * `take` counts such deaths in the field `deaths`, and leaves a record with more than `most_deaths` as it is; `deaths_of`
 * gives them, and 0 while a live holder has it. Only `hold` fails on a key of another type; its caller checks
 * that first.
 */
export const heldLua = `
local function is_holder(key, holder)
  return redis.call('TYPE', key).ok == 'hash' and redis.call('HGET', key, 'holder') == holder
end
local function hold(key, holder, lease_ms)
  local before = redis.call('HGET', key, 'holder')
  local ends = tonumber(redis.call('HGET', key, 'until') or '') or 0
  if before and before ~= holder and ends > now then return false, false end
  redis.call('HSET', key, 'holder', holder, 'until', now + lease_ms)
  return true, before ~= holder
end
local function renew(key, holder, lease_ms)
  if not is_holder(key, holder) then return false end
  redis.call('HSET', key, 'until', now + lease_ms)
  return true
end
local function give_back(key, holder)
  if not is_holder(key, holder) then return false end
  redis.call('HDEL', key, 'holder', 'until')
  return true
end
local function deaths_of(key, holder)
  local deaths = tonumber(redis.call('HGET', key, 'deaths') or '') or 0
  local before = redis.call('HGET', key, 'holder')
  if not before or before == holder then return deaths end
  local ends = tonumber(redis.call('HGET', key, 'until') or '') or 0
  return ends > now and 0 or deaths + 1
end
local function take(key, holder, lease_ms, most_deaths)
  local deaths = deaths_of(key, holder)
  if redis.call('HGET', key, 'holder') ~= holder and deaths > tonumber(most_deaths) then return false, false end
  local is_held, is_taken = hold(key, holder, lease_ms)
  if is_taken and deaths > 0 then redis.call('HSET', key, 'deaths', deaths) end
  return is_held, is_taken
end
`;

/** KEYS record. How many of its holders died, as `deaths_of` says. */
export const deathsScript = script(`${heldLua}
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
return deaths_of(KEYS[1], '')`);
