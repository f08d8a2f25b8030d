-- Puts a job among the buried, without the person, and lets go of it.
-- KEYS: 1 the jobs, 2 the buried   ARGV: 1 the group, 2 the job's number, 3 its reference, 4 how often it was handed over
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  redis.call('XADD', KEYS[2], '*', 'reference', ARGV[3], 'deliveries', ARGV[4])
  redis.call('XDEL', KEYS[1], ARGV[2])
end
return true
