-- Writes a record if nobody has written it since it was read and the caps have room. What the record says was decided before, by the
-- rules of the crate; here only that nothing came between, and the sums. Redis takes nothing back that a script wrote before it failed,
-- so all that may be found wrong is looked at before the first write.
--
-- KEYS: 1 the records of the reference by their calls, 2 of each of them "VERSION POSSIBLE KEEP_UNTIL", 3 all calls by name, 4 the
--       references by the end of their time in milliseconds, 5 the calls that may be in doubt, 6 those in flight by the end of their
--       time, 7 what was opened in the last minute, 8 with what charges, 9 their sum, 10 the sums of days, 11 the last version
-- ARGV: 1 the call in KEYS[1], 2 its name in KEYS[3], 3 the version that was read, "0" for none, 4 the record, 5 the rest as JSON,
--       6 the reference
local field, name, version, record, reference = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[6]
local note = cjson.decode(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local minute = 60 * 1000000
-- How many references that are over leave the list of names at one write. Each write adds one at most.
local OVER = 10

-- What was decided long ago was decided on another time.
if math.abs(now - note.read_at) > note.patience then return { 'late', false } end

-- The calls of a reference go together, when the last of them may: -1 is never.
local known, possible, keep_until = '0', 0, tonumber(note.keep_until)
if keep_until == 0 then keep_until = -1 end
local calls = redis.call('HGETALL', KEYS[2])
for at = 1, #calls, 2 do
  local its_version, its_possible, its_end = string.match(calls[at + 1], '^(%d+) (%d+) (%d+)$')
  if not its_version then return { 'damaged', false } end
  possible = possible + tonumber(its_possible)
  if calls[at] == field then
    known = its_version
  elseif tonumber(its_end) == 0 or keep_until < 0 then
    keep_until = -1
  else
    keep_until = math.max(keep_until, tonumber(its_end))
  end
end
if known ~= version then return { 'changed', false } end

local function forget(member)
  local charges = redis.call('HGET', KEYS[8], member)
  if charges then
    redis.call('ZREM', KEYS[7], member)
    redis.call('HDEL', KEYS[8], member)
    redis.call('DECRBY', KEYS[9], charges)
  end
end

-- Lets go of what is over. After the clock went back, what seems to come is taken for spent now. Days are kept for a week, so that a
-- clock that is wrong for a moment forgets none that still counts.
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[7], '-inf', now - minute)) do forget(member) end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[7], '(' .. string.format('%.0f', now), '+inf')) do
  redis.call('ZADD', KEYS[7], now, member)
end
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now)
for _, day in ipairs(redis.call('HKEYS', KEYS[10])) do
  if (tonumber(day) or 0) < note.oldest_day then redis.call('HDEL', KEYS[10], day) end
end

-- A sum that fell below nothing holds nobody back, and lends nothing.
local function sum(text) return math.max(0, tonumber(text or 0) or 0) end

local uses, is_over = {}, false
for _, cap in ipairs(note.caps) do
  local used = cap.asked
  if cap.name == 'per_minute' then
    used = used + sum(redis.call('GET', KEYS[9]))
  elseif cap.name == 'per_day' then
    used = used + sum(redis.call('HGET', KEYS[10], string.format('%.0f', note.today)))
  elseif cap.name == 'in_flight' then
    used = used + redis.call('ZCARD', KEYS[6])
  else
    used = used + possible
  end
  is_over = is_over or used > cap.limit
  table.insert(uses, used)
end
if is_over then return { 'over', uses } end

version = string.format('%.0f', redis.call('INCR', KEYS[11]))
redis.call('HSET', KEYS[1], field, record)
redis.call('HSET', KEYS[2], field, version .. ' ' .. note.possible .. ' ' .. note.keep_until)
redis.call('ZADD', KEYS[3], 0, name)
redis.call(note.is_unfinished and 'ZADD' or 'ZREM', KEYS[5], unpack(note.is_unfinished and { 0, name } or { name }))
redis.call(note.until_at and 'ZADD' or 'ZREM', KEYS[6], unpack(note.until_at and { note.until_at, name } or { name }))
for _, fence in ipairs(note.left) do forget(name .. ' ' .. fence) end
for _, spent in ipairs(note.spent) do
  local member = name .. ' ' .. spent.fence
  forget(member)
  if spent.at > now - minute then
    redis.call('ZADD', KEYS[7], spent.at, member)
    redis.call('HSET', KEYS[8], member, spent.charges)
    redis.call('INCRBY', KEYS[9], spent.charges)
  end
end
for _, day in ipairs(note.days) do
  if redis.call('HINCRBY', KEYS[10], day.day, day.more) < 0 then redis.call('HSET', KEYS[10], day.day, 0) end
end

for at = 1, 2 do
  if keep_until < 0 then redis.call('PERSIST', KEYS[at]) else redis.call('PEXPIREAT', KEYS[at], keep_until) end
end
redis.call(keep_until < 0 and 'ZREM' or 'ZADD', KEYS[4], unpack(keep_until < 0 and { reference } or { keep_until, reference }))
local before_now = '(' .. string.format('%.0f', math.floor(now / 1000))
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', before_now, 'LIMIT', 0, OVER)) do
  redis.call('ZREM', KEYS[4], over)
  redis.call('ZREMRANGEBYLEX', KEYS[3], '[' .. over .. ' ', '(' .. over .. '!')
end
return { 'written', uses }
