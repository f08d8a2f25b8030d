-- Takes over one job that another worker has had for too long, and says how often it was handed over.
-- KEYS: 1 the jobs   ARGV: 1 the group, 2 this worker, 3 for how many milliseconds a worker may have a job
-- XPENDING finds it in one step; XAUTOCLAIM would copy all that are in hand, before each job that is taken.
local late = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], '-', '+', 1)[1]
if not late then return false end
local job = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], late[1])[1]
if not job then return false end
return { job[1], job[2], late[4] + 1 }
