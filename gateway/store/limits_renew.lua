-- The process of these requests lives: their places are held for another lease. KEYS: places (sorted set) of one subject.
-- ARGV: lease in ms, then permit ids. A place that is not there any more (Redis lost it) is taken again.

local clock = redis.call('TIME')
local ends = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000) + tonumber(ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[1]) + 1000)
return 1
