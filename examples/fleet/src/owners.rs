//! The owner of a check: the browser that first came with its reference.
//!
//! A reference is no secret: it stands in logs and statements. Who knows it must not go on with somebody else's check.

use liveness::keeper::{Browser, Key};
use redis::RedisResult;

use crate::link::Link;

/// How long it is known after the browser was last there: longer than the journal keeps what was answered. Doubts stay in the journal for
/// ever, so who comes as the first with a reference that the journal knows is not its owner.
const KEPT_SECONDS: u64 = 180 * 24 * 60 * 60;

/// Whose a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This browser's.
    This,
    /// This browser's from now on: it was nobody's.
    New,
    /// Another's.
    Another,
}

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

    /// Whose the check of this reference is, from now on this browser's if it was nobody's. Only a hash of the browser is kept.
    ///
    /// # Errors
    ///
    /// Those of Redis. It may be asked again.
    pub fn owner(&self, reference: &str, browser: &Browser) -> RedisResult<Owner> {
        let own = Key::of(&format!("owner {}", browser.reveal()));
        let key = format!("{{liveness}}:owner:{reference}");
        let (first, _): (Option<String>, i64) = self.link.read(|connection| {
            let mut both = redis::pipe();
            both.cmd("SET").arg(&key).arg(own.as_str()).arg(&["NX", "GET", "EX"]).arg(KEPT_SECONDS);
            both.cmd("EXPIRE").arg(&key).arg(KEPT_SECONDS);
            both.query(connection)
        })?;
        Ok(match first {
            None => Owner::New,
            Some(first) if first == own.as_str() => Owner::This,
            Some(_) => Owner::Another,
        })
    }

    /// Takes back that it is this browser's.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn disown(&self, reference: &str) -> RedisResult<()> {
        self.link.read(|connection| redis::cmd("DEL").arg(format!("{{liveness}}:owner:{reference}")).query(connection))
    }
}
