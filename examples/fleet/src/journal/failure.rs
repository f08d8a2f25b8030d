//! Translates a failure of Redis to an error of the journal.

use std::{error::Error as StdError, fmt};

use liveness::money::{JournalError, JournalErrorKind};
use redis::{ErrorKind, RedisError};

use crate::{link, log::NotRewritten};

/// Redis refused, or could not be asked: nothing is written.
pub(super) fn failed(error: RedisError) -> JournalError {
    let kind = match error.code() {
        // The client does not keep the code of a password that is refused when a connection is made.
        _ if error.kind() == ErrorKind::AuthenticationFailed => JournalErrorKind::ReadOnly,
        Some("READONLY" | "NOAUTH" | "NOPERM" | "WRONGPASS") => JournalErrorKind::ReadOnly,
        Some("WRONGTYPE") => JournalErrorKind::Foreign,
        _ => JournalErrorKind::Unavailable,
    };
    JournalError::new(kind).with_source(error)
}

/// Whether Redis refused because it still reads its log. A reply that was lost is none of these.
pub(super) fn is_loading(error: &JournalError) -> bool {
    error.source().and_then(|source| source.downcast_ref()).is_some_and(link::is_loading)
}

/// It was sent to be written, and the answer was lost or not understood.
pub(super) fn lost_reply(error: RedisError) -> JournalError {
    JournalError::new(JournalErrorKind::Unavailable).with_source(LostReply(error))
}

/// Something is there that this version did not write. What it is stays out of the error.
pub(super) fn damaged() -> JournalError {
    JournalErrorKind::Damaged.into()
}

/// As [`damaged`], of a call that the operator can look up by this name.
pub(super) fn unreadable(name: &str) -> JournalError {
    damaged().with_source(Unreadable(name.to_owned()))
}

/// It is erased, and may still stand in the log of Redis.
pub(super) fn not_rewritten(error: NotRewritten) -> JournalError {
    JournalError::new(JournalErrorKind::Unavailable).with_source(error)
}

#[derive(Debug)]
struct LostReply(RedisError);

#[derive(Debug)]
struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this version cannot read the record of \"{0}\"; 本版本无法读取“{0}”的记录", self.0)
    }
}

impl StdError for Unreadable {}

impl fmt::Display for LostReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the reply of Redis was lost: the record may be written. A call that was to be opened was not sent; it may be in flight by \
             the journal until its time is over, and in doubt afterwards. \
             未收到 Redis 的回复：记录可能已写入，待发起的调用未发送",
        )
    }
}

impl StdError for LostReply {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}
