-- Keeps how a check ended, unless more is known of it, and lets go of its job.
-- KEYS: 1 the result, 2 their number, 3 the jobs
-- ARGV: 1 how much is known, 2 how many charges are possible, 3 the result with both before it, 4 for how many milliseconds it is kept, 5 the group, 6 the job's number
local known = redis.call('GET', KEYS[1])
local most, charges = string.match(known or '', '^(%d+) (%d+) ')
-- Of two verdicts the first is that of the call, and the second its repeat. Of two errors the one that may have cost more is told.
local is_more = not known or tonumber(most) < tonumber(ARGV[1])
  or (tonumber(most) == tonumber(ARGV[1]) and tonumber(most) < 2 and tonumber(charges) <= tonumber(ARGV[2]))
if is_more then redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
if not known then redis.call('INCR', KEYS[2]) end
if KEYS[3] then
  redis.call('XACK', KEYS[3], ARGV[5], ARGV[6])
  redis.call('XDEL', KEYS[3], ARGV[6])
end
return true
