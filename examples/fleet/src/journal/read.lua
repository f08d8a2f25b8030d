-- What is written down of a call, and the time. KEYS: the calls of the reference. ARGV: the call.
return { redis.call('TIME'), redis.call('HGET', KEYS[1], ARGV[1]) }
