//! Whose check is it? That of the browser which first came with its reference.
//!
//! A reference is no secret: it stands in logs and statements. Who knows it must not go on with somebody else's check.

use liveness::keeper::{Browser, Key};
use redis::RedisResult;

use crate::link::Link;

/// How long it is known: as long as the journal keeps its records.
const KEPT_SECONDS: u64 = 90 * 24 * 60 * 60;

/// The browsers by reference, in Redis. Clones share them.
#[derive(Clone, Debug)]
pub struct Owners {
    link: Link,
}

impl Owners {
    /// Those of this Redis.
    pub fn new(link: Link) -> Self {
        Self { link }
    }

    /// Whether the check of this reference is this browser's, from now on if it was nobody's. Only a hash of the browser is kept.
    ///
    /// # Errors
    ///
    /// Those of Redis. It may be asked again.
    pub fn is_of(&self, reference: &str, browser: &Browser) -> RedisResult<bool> {
        let own = Key::of(&format!("owner {}", browser.reveal()));
        let first: Option<String> = self.link.read(|connection| {
            let mut set = redis::cmd("SET");
            set.arg(format!("{{liveness}}:owner:{reference}")).arg(own.as_str());
            set.arg(&["NX", "GET", "EX"]).arg(KEPT_SECONDS).query(connection)
        })?;
        Ok(first.is_none_or(|first| first == own.as_str()))
    }
}
