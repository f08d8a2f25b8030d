-- Keeps how a check ended, unless more is known of it, and lets go of its job.
-- KEYS: 1 the results, 2 the jobs   ARGV: 1 the reference, 2 how much is known, 3 the result, 4 the group, 5 the job's number
local known = redis.call('HGET', KEYS[1], ARGV[1])
local most = known and tonumber(string.match(known, '^%d+')) or 0
-- Of two verdicts the first is that of the call, and the second its repeat.
if not known or (most <= tonumber(ARGV[2]) and most < 2) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
end
if KEYS[2] then
  redis.call('XACK', KEYS[2], ARGV[4], ARGV[5])
  redis.call('XDEL', KEYS[2], ARGV[5])
end
return true
