-- Takes over one job that another worker has had for too long, and says how often it was handed over.
-- KEYS: 1 the jobs   ARGV: 1 the group, 2 this worker, 3 for how many milliseconds a worker may have a job
local cursor, found = '0-0', nil
repeat
  -- It looks at ten of those that workers have, and the one that waits may stand behind them.
  found = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], cursor, 'COUNT', 1)
  cursor = found[1]
until found[2][1] or cursor == '0-0'
local job = found[2][1]
if not job then return false end
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], job[1], job[1], 1)
return { job[1], job[2], pending[1][4] }
