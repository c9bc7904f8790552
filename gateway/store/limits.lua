-- Takes a request's places from all its limits, or from none. One call, atomic, by the server's clock.
--
-- KEYS: three for each subject: requests (hash), tokens (hash), places (sorted set).
-- ARGV: permit id, tokens wanted, lease in ms; then for each subject its requests, tokens and parallel limit (-1: none).
-- A hash maps a second to "amount:last", `last` in ms: the moment of the latest taking in that second.
--
-- Returns: 1 or 0 (admitted), the second tokens were written under, then for each subject: requests used, ms until they
-- are all back, ms to wait for one; the same of tokens; 1 if it has no place left.

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local second = math.floor(now / 1000)
local permit, tokens, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local MINUTE = 60000

local function look(key, limit, asked)
  if limit < 0 then return 0, 0, 0 end
  local fields = redis.call('HGETALL', key)
  local used, newest, live, gone = 0, 0, {}, {}
  for i = 1, #fields, 2 do
    local amount, last = string.match(fields[i + 1], '^(%d+):(%d+)$')
    amount, last = tonumber(amount), tonumber(last)
    if last + MINUTE <= now then
      gone[#gone + 1] = fields[i]
    else
      used = used + amount
      if last > newest then newest = last end
      live[#live + 1] = {last, amount}
    end
  end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  local wait, over = 0, used + asked - limit
  if over > 0 then
    table.sort(live, function(a, b) return a[1] < b[1] end)
    for _, entry in ipairs(live) do
      over = over - entry[2]
      wait = entry[1] + MINUTE - now
      if over <= 0 then break end
    end
  end
  return used, used > 0 and newest + MINUTE - now or 0, wait
end

local function take(key, amount)
  local amount_there = string.match(redis.call('HGET', key, second) or '0:', '^(%d+):')
  redis.call('HSET', key, second, string.format('%d:%d', tonumber(amount_there) + amount, now))
  redis.call('PEXPIRE', key, MINUTE + 1000)
end

local fits, found = true, {}
for i = 1, #KEYS / 3 do
  local r, t, p = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2]), tonumber(ARGV[3 * i + 3])
  local full = 0
  if p >= 0 then
    redis.call('ZREMRANGEBYSCORE', KEYS[3 * i], '-inf', now)
    if redis.call('ZCARD', KEYS[3 * i]) >= p then full = 1 end
  end
  local r_used, r_reset, r_wait = look(KEYS[3 * i - 2], r, 1)
  local t_used, t_reset, t_wait = look(KEYS[3 * i - 1], t, tokens)
  if r_wait > 0 or t_wait > 0 or full == 1 then fits = false end
  for _, value in ipairs({r_used, r_reset, r_wait, t_used, t_reset, t_wait, full}) do found[#found + 1] = value end
end

if fits then
  for i = 1, #KEYS / 3 do
    if tonumber(ARGV[3 * i + 1]) >= 0 then take(KEYS[3 * i - 2], 1) end
    if tonumber(ARGV[3 * i + 2]) >= 0 then take(KEYS[3 * i - 1], tokens) end
    if tonumber(ARGV[3 * i + 3]) >= 0 then
      redis.call('ZADD', KEYS[3 * i], now + lease, permit)
      redis.call('PEXPIRE', KEYS[3 * i], lease + 1000)
    end
  end
end
return {fits and 1 or 0, second, unpack(found)}
