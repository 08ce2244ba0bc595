import { heldLua } from '../redis/held.ts';
import { script } from '../redis/script.ts';

/**
 * The chain is a stream whose ids are `SEQUENCE-0`, so that Redis itself refuses a second record of a sequence. Redis
 * cannot compute the chain's hash; the caller does, from the head that it names, and nothing happens when the head is
 * another one by then.
 *
 * `append(key, arg)` reads from `KEYS[key]` the stream and then the history keys of every record in their order, and
 * from `ARGV[arg]` head sequence, head hash, keepMs, count, and for each record: text, hash, number of history keys.
 * `append_refusal` says beforehand why it cannot be done, because a script that fails is not taken back.
 */
export const appendLua = `
local function heal(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= kind then redis.call('DEL', key) end
end
local function chain_head(stream)
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if not last then return '0', '' end
  local hash = ''
  for index = 1, #last[2] - 1, 2 do
    if last[2][index] == 'hash' then hash = last[2][index + 1] end
  end
  return string.match(last[1], '^%d+'), hash
end
local function append_refusal(key, arg)
  if ARGV[arg + 3] == '0' then return nil end
  local kind = redis.call('TYPE', KEYS[key]).ok
  if kind ~= 'stream' and kind ~= 'none' then return { 'unusable' } end
  local sequence, hash = chain_head(KEYS[key])
  if sequence ~= ARGV[arg] or hash ~= ARGV[arg + 1] then return { 'head', sequence, hash } end
  return nil
end
local function append(key, arg)
  local sequence, history, at = tonumber(ARGV[arg]), key + 1, arg + 4
  for _ = 1, tonumber(ARGV[arg + 3]) do
    sequence = sequence + 1
    local id = string.format('%.0f', sequence)
    redis.call('XADD', KEYS[key], id .. '-0', 'record', ARGV[at], 'hash', ARGV[at + 1], 'at', now)
    for _ = 1, tonumber(ARGV[at + 2]) do
      heal(KEYS[history], 'zset')
      redis.call('ZADD', KEYS[history], id, id)
      redis.call('PEXPIRE', KEYS[history], ARGV[arg + 2])
      history = history + 1
    end
    at = at + 3
  end
end
`;

/**
 * KEYS once stream history… · ARGV onceMs (0: no key), then what `append` takes. Returns `done`, or why it was refused.
 */
export const appendScript = script(`${appendLua}
if ARGV[1] ~= '0' and redis.call('EXISTS', KEYS[1]) == 1 then return { 'done' } end
local refusal = append_refusal(2, 2)
if refusal then return refusal end
if ARGV[1] ~= '0' then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
append(2, 2)
return { 'done' }`);

/**
 * KEYS stream anchor · ARGV keepMs limit upTo. Takes records from the beginning that are older than that and not beyond
 * `upTo` (what every sink has), keeps the last one in any case because the next is chained to it, and keeps what it took
 * last as the anchor. Gives how many went.
 */
export const trimScript = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return 0 end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[2] + 1)
local gone, anchor = 0, nil
for index = 1, #first - 1 do
  local at, hash, sequence = nil, '', string.match(first[index][1], '^%d+')
  for field = 1, #first[index][2] - 1, 2 do
    if first[index][2][field] == 'at' then at = tonumber(first[index][2][field + 1]) end
    if first[index][2][field] == 'hash' then hash = first[index][2][field + 1] end
  end
  if (at or 0) > now - ARGV[1] or tonumber(sequence) > tonumber(ARGV[3]) then break end
  anchor, gone = sequence .. ' ' .. hash, gone + 1
end
if gone == 0 then return 0 end
redis.call('SET', KEYS[2], anchor)
redis.call('XTRIM', KEYS[1], 'MINID', first[gone + 1][1])
return gone`);

/**
 * KEYS cursor sinks · ARGV holder leaseMs sink. Returns sequence and hash of the last delivered record, or nothing
 * while another holder has it.
 */
export const takeCursorScript = script(`${heldLua}
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
if not hold(KEYS[1], ARGV[1], ARGV[2]) then return {} end
local sinks = redis.call('TYPE', KEYS[2]).ok
if sinks ~= 'zset' and sinks ~= 'none' then redis.call('DEL', KEYS[2]) end
redis.call('ZADD', KEYS[2], now, ARGV[3])
return { redis.call('HGET', KEYS[1], 'sequence') or '0', redis.call('HGET', KEYS[1], 'hash') or '' }`);

/** KEYS cursor · ARGV holder sequence hash. */
export const advanceCursorScript = script(`${heldLua}
if not is_holder(KEYS[1], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'sequence', ARGV[2], 'hash', ARGV[3])
return 1`);

/** KEYS cursor · ARGV holder. */
export const releaseCursorScript = script(`${heldLua}
give_back(KEYS[1], ARGV[1])
return 1`);
