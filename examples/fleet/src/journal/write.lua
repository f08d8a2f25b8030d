-- Writes a record if nobody has written it since it was read and the caps have room. What the record says was decided before, by the
-- rules of the crate; here only that nothing came between, and the sums.
--
-- KEYS: 1 the calls of the reference, 2 all calls by name, 3 those that may be in doubt, 4 those in flight by the end of their time,
--       5 what was opened in the last minute, 6 with what charges, 7 their sum, 8 the sums of days, 9 the last version
-- ARGV: 1 the call in KEYS[1], 2 its name in KEYS[2], 3 the version that was read, "0" for none, 4 the record, 5 the rest as JSON
local version, record, note = ARGV[3], ARGV[4], cjson.decode(ARGV[5])
local field, name = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local minute = 60 * 1000000

-- What was decided long ago was decided on another time.
if math.abs(now - note.read_at) > note.patience then return { 'late', false } end

local before = redis.call('HGET', KEYS[1], field)
local known = before and string.match(before, '^%d+') or '0'
if known ~= version then return { 'changed', false } end

local function forget(member)
  local charges = redis.call('HGET', KEYS[6], member)
  if charges then
    redis.call('ZREM', KEYS[5], member)
    redis.call('HDEL', KEYS[6], member)
    redis.call('DECRBY', KEYS[7], charges)
  end
end

-- Lets go of what is over. After the clock went back, what seems to come is taken for spent now.
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now - minute)) do forget(member) end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '(' .. string.format('%.0f', now), '+inf')) do
  redis.call('ZADD', KEYS[5], now, member)
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
for _, day in ipairs(redis.call('HKEYS', KEYS[8])) do
  if tonumber(day) < note.today - 1 then redis.call('HDEL', KEYS[8], day) end
end

local uses, is_over = {}, false
for _, cap in ipairs(note.caps) do
  local used = cap.asked
  if cap.name == 'per_minute' then
    used = used + (redis.call('GET', KEYS[7]) or 0)
  elseif cap.name == 'per_day' then
    used = used + (redis.call('HGET', KEYS[8], string.format('%.0f', note.today)) or 0)
  elseif cap.name == 'in_flight' then
    used = used + redis.call('ZCARD', KEYS[4])
  else
    for _, call in ipairs(redis.call('HVALS', KEYS[1])) do
      used = used + string.match(call, '^%d+ (%d+) ')
    end
  end
  is_over = is_over or used > cap.limit
  table.insert(uses, used)
end
if is_over then return { 'over', uses } end

version = string.format('%.0f', redis.call('INCR', KEYS[9]))
redis.call('HSET', KEYS[1], field, version .. ' ' .. note.possible .. ' ' .. note.keep_until .. ' ' .. record)
redis.call('ZADD', KEYS[2], 0, name)
redis.call(note.is_unfinished and 'ZADD' or 'ZREM', KEYS[3], unpack(note.is_unfinished and { 0, name } or { name }))
redis.call(note.until_at and 'ZADD' or 'ZREM', KEYS[4], unpack(note.until_at and { note.until_at, name } or { name }))
for _, fence in ipairs(note.left) do forget(name .. ' ' .. fence) end
for _, spent in ipairs(note.spent) do
  local member = name .. ' ' .. spent.fence
  forget(member)
  if spent.at > now - minute then
    redis.call('ZADD', KEYS[5], spent.at, member)
    redis.call('HSET', KEYS[6], member, spent.charges)
    redis.call('INCRBY', KEYS[7], spent.charges)
  end
end
for _, day in ipairs(note.days) do redis.call('HINCRBY', KEYS[8], day.day, day.more) end

-- The calls of a reference go together, when the last of them may.
local keep_until = 0
for _, call in ipairs(redis.call('HVALS', KEYS[1])) do
  local own = tonumber(string.match(call, '^%d+ %d+ (%d+) '))
  keep_until = (own == 0 or keep_until < 0) and -1 or math.max(keep_until, own)
end
if keep_until < 0 then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIREAT', KEYS[1], keep_until) end
return { 'written', uses }
