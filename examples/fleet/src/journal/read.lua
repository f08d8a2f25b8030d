-- The time, and what is written down of a call. KEYS: 1 the records of the reference, 2 their versions. ARGV: the call.
return { redis.call('TIME'), redis.call('HGET', KEYS[2], ARGV[1]), redis.call('HGET', KEYS[1], ARGV[1]) }
