-- A request ended. KEYS: tokens (hash) and places (sorted set) of one subject.
-- ARGV: permit id, the second its tokens were written under, tokens used minus tokens taken.
-- What was taken too much leaves the second it was taken in; what was used beyond that counts from now.

redis.call('ZREM', KEYS[2], ARGV[1])
local more = tonumber(ARGV[3])
if more == 0 then return 1 end
local clock = redis.call('TIME')
local second = more > 0 and clock[1] or ARGV[2]
local amount, last = string.match(redis.call('HGET', KEYS[1], second) or '', '^(%d+):(%d+)$')
if more > 0 then
  last = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
elseif not amount then
  return 1
end
local left = math.max(0, tonumber(amount or 0) + more)
redis.call('HSET', KEYS[1], second, string.format('%d:%d', left, tonumber(last)))
if more > 0 then redis.call('PEXPIRE', KEYS[1], 61000) end
return 1
