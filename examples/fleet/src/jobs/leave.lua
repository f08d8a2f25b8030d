-- Lets go of the names of workers that have no job: of this one, and of those that nobody has heard of for an hour. A name that is used
-- again comes back by itself; one that has a job must stay, because its jobs would go with it.
-- KEYS: 1 the jobs   ARGV: 1 the group, 2 this worker
for _, told in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local of = {}
  for at = 1, #told, 2 do of[told[at]] = told[at + 1] end
  if of.pending == 0 and (of.name == ARGV[2] or of.idle > 60 * 60 * 1000) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], of.name)
  end
end
return true
