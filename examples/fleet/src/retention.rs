//! For how many days the fleet keeps what is over.
//!
//! A record that goes too early is a call that a redelivery pays for again. So all processes of a fleet, and the operator's programs, go by
//! one number, which stands in Redis: the longest that a worker or server was started with. It grows by itself; to make it shorter, stop
//! all of them, delete `{liveness}:retention:days`, and start them again.

use redis::{ErrorKind, RedisResult, Script};

use crate::link::Link;

const DAYS: &str = "{liveness}:retention:days";
/// KEYS: 1 the days   ARGV: 1 those of this process
const AGREE: &str = "
local known = redis.call('GET', KEYS[1])
if known and not string.match(known, '^%d+$') then return known end
if not known or tonumber(known) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
  return ARGV[1]
end
return known";

/// Tells that this process keeps what is over for so many days: how many it is to be.
///
/// # Errors
///
/// Those of Redis, and if something else stands there.
pub fn agree(link: &Link, days: u32) -> RedisResult<u32> {
    let script = Script::new(AGREE);
    link.read(|connection| read(&script.prepare_invoke().key(DAYS).arg(days).invoke::<String>(connection)?))
}

/// How many days it is; `None` before any process of the fleet was started.
///
/// # Errors
///
/// As [`agree`].
pub fn agreed(link: &Link) -> RedisResult<Option<u32>> {
    let days: Option<String> = link.read(|connection| redis::cmd("GET").arg(DAYS).query(connection))?;
    days.map(|days| read(&days)).transpose()
}

fn read(days: &str) -> RedisResult<u32> {
    days.parse().map_err(|_| (ErrorKind::UnexpectedReturnType, "{liveness}:retention:days is no number of days").into())
}
