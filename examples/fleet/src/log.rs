//! Removes deleted data from the log of Redis.
//!
//! What is deleted or written over still stands in the append-only file, until Redis writes that anew from what it holds. Redis does so
//! when the file has grown by its own rule; where a person asks for deletion, that is too late. Copies, replicas and snapshots have
//! their own.

use std::{
    error::Error as StdError,
    fmt, thread,
    time::{Duration, Instant},
};

use redis::RedisError;

use crate::link::{Link, is_refused};

/// How long between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// Why the log was not written anew. Calling again is safe.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotRewritten {
    /// The server forbids `BGREWRITEAOF`, as managed ones do. It writes its log anew by its own rule.
    Forbidden(RedisError),
    /// It was not done in time, and may still be under way.
    Slow,
    /// The server tried and failed, such as on a full disk.
    Failed,
    /// Redis could not be asked, or refused.
    Redis(RedisError),
}

/// Writes the log of Redis anew from what Redis holds now, and returns when that is done. A rewrite that another caller began does not
/// count, because it may have begun before the deletion.
///
/// Redis writes all that it holds, so this takes seconds to minutes, and twice as long if another rewrite is under way.
///
/// # Errors
///
/// Why it was not done within this time.
pub fn rewrite(link: &Link, within: Duration) -> Result<(), NotRewritten> {
    let start = Instant::now();
    let wait = || {
        thread::sleep(LOOK);
        if start.elapsed() < within { Ok(()) } else { Err(NotRewritten::Slow) }
    };
    while let Err(error) = link.read(|connection| redis::cmd("BGREWRITEAOF").query::<String>(connection)) {
        match &error {
            _ if is_refused(&error) => return Err(NotRewritten::Forbidden(error)),
            // Redis does not begin another one after it.
            _ if error.detail().is_some_and(|detail| detail.contains("already in progress")) => wait()?,
            _ => return Err(NotRewritten::Redis(error)),
        }
    }
    loop {
        let told: String =
            link.read(|connection| redis::cmd("INFO").arg("persistence").query(connection)).map_err(|error| {
                if is_refused(&error) { NotRewritten::Forbidden(error) } else { NotRewritten::Redis(error) }
            })?;
        let says = |line: &str| told.lines().any(|told| told == line);
        if says("aof_rewrite_in_progress:0") && says("aof_rewrite_scheduled:0") {
            return if says("aof_last_bgrewrite_status:ok") { Ok(()) } else { Err(NotRewritten::Failed) };
        }
        wait()?;
    }
}

impl fmt::Display for NotRewritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forbidden(_) => "Redis forbids BGREWRITEAOF; Redis 禁止 BGREWRITEAOF",
            Self::Slow => {
                "Redis has not finished rewriting its log: what was deleted may still be in it. Try again later; \
                 AOF 重写尚未完成，已删除的数据可能仍在日志中，请稍后重试"
            }
            Self::Failed => {
                "Redis failed to rewrite its log: what was deleted is still in it. See the log messages of Redis; \
                 AOF 重写失败，已删除的数据仍在日志中，请查看 Redis 日志"
            }
            Self::Redis(_) => {
                "Redis did not rewrite its log: what was deleted is still in it; AOF 未重写，已删除的数据仍在日志中"
            }
        })
    }
}

impl StdError for NotRewritten {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Forbidden(error) | Self::Redis(error) => Some(error),
            Self::Slow | Self::Failed => None,
        }
    }
}
