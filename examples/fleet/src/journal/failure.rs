//! What does a failure of Redis come to for a journal?

use std::{error::Error as StdError, fmt};

use liveness::money::{JournalError, JournalErrorKind};
use redis::RedisError;

/// Redis refused, or could not be asked: nothing is written.
pub(super) fn failed(error: RedisError) -> JournalError {
    let kind = match error.code() {
        Some("READONLY" | "NOAUTH" | "NOPERM" | "WRONGPASS") => JournalErrorKind::ReadOnly,
        Some("WRONGTYPE") => JournalErrorKind::Foreign,
        _ => JournalErrorKind::Unavailable,
    };
    JournalError::new(kind).with_source(error)
}

/// The connection broke after something was asked to be written.
pub(super) fn lost_reply(error: RedisError) -> JournalError {
    JournalError::new(JournalErrorKind::Unavailable).with_source(LostReply(error))
}

/// Something is there that this version did not write. What it is stays out of the error.
pub(super) fn damaged() -> JournalError {
    JournalErrorKind::Damaged.into()
}

#[derive(Debug)]
struct LostReply(RedisError);

impl fmt::Display for LostReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the connection to Redis broke before its reply: the record may be written. A call that was to be opened was not sent; it \
             may be in flight by the journal until its time is over, and in doubt afterwards. \
             与 Redis 的连接在收到回复前中断：记录可能已写入，待发起的调用未发送",
        )
    }
}

impl StdError for LostReply {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}
