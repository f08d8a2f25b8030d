//! How are hosted checks kept, so that any server goes on with what another began?
//!
//! An entry is a hash: what is kept, and the number of its claim. The claim itself is a key that Redis ends with the lease. The names
//! of open entries are a sorted set, the times after which entries are swept another. Each step is one script.
//!
//! **A kept session is as good as its token**: this Redis needs a password, and TLS or a private network.

use std::time::Duration;

use liveness::{
    keeper::{Claim, Claimed, Kept, Key, SessionStore, StoreError},
    time::OffsetDateTime,
};
use redis::{RedisError, Script};

use crate::link::Link;

/// How many names are read at a time.
const NAMES: usize = 100;

const PUT: &str = "
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'kept', ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
if ARGV[4] == '1' then redis.call('ZADD', KEYS[4], 0, ARGV[1]) end
return 1";

const CLAIM: &str = "
local kept = redis.call('HGET', KEYS[1], 'kept')
if not kept then return { 'unknown', false, false } end
if redis.call('EXISTS', KEYS[2]) == 1 then return { 'busy', false, false } end
local fence = string.format('%.0f', redis.call('INCR', KEYS[3]))
redis.call('HSET', KEYS[1], 'fence', fence)
redis.call('SET', KEYS[2], fence, 'PX', ARGV[1])
return { 'yours', fence, kept }";

const RELEASE: &str = "
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[5] then return 0 end
redis.call('HDEL', KEYS[1], 'fence')
redis.call('DEL', KEYS[2])
if ARGV[6] == '1' then
  redis.call('HSET', KEYS[1], 'kept', ARGV[2])
  redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
  if ARGV[4] == '1' then redis.call('ZADD', KEYS[4], 0, ARGV[1]) else redis.call('ZREM', KEYS[4], ARGV[1]) end
end
return 1";

const REMOVE: &str = "
if ARGV[2] ~= '' and
  (redis.call('EXISTS', KEYS[2]) == 1 or (tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1])) or 1e18) >= tonumber(ARGV[2])) then
  return 0
end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('DEL', KEYS[2])
return redis.call('DEL', KEYS[1])";

/// A store of sessions in Redis. Clones share it, and so do all processes with the same Redis and prefix. Leases end by its clock.
#[derive(Clone, Debug)]
pub struct RedisSessionStore {
    link: Link,
    prefix: String,
}

impl RedisSessionStore {
    /// The store of this Redis. Nothing is sent yet.
    pub fn new(link: Link) -> Self {
        Self { link, prefix: "{liveness}:sessions".to_owned() }
    }

    /// Sets what the names of its keys begin with. In a cluster it needs a hash tag, a part in braces. Defaults to
    /// `{liveness}:sessions`.
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    fn named(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    fn entry(&self, key: &Key) -> String {
        format!("{}:entry:{}", self.prefix, key.as_str())
    }

    /// Runs one of the scripts that take an entry, its claim, the times and the open ones.
    fn run(&self, code: &str, key: &Key, arguments: &[&str]) -> Result<bool, StoreError> {
        let script = Script::new(code);
        let mut call = script.prepare_invoke();
        call.key(self.entry(key)).key(self.claim_of(key)).key(self.named("times")).key(self.named("open"));
        call.arg(key.as_str()).arg(arguments);
        self.link.write(|connection| call.invoke(connection)).map_err(failed)
    }

    fn claim_of(&self, key: &Key) -> String {
        format!("{}:claim:{}", self.prefix, key.as_str())
    }
}

impl SessionStore for RedisSessionStore {
    fn put(&self, key: &Key, kept: &Kept) -> Result<bool, StoreError> {
        self.run(PUT, key, &[&text(kept)?, &micros(kept.keep_until()), flag(kept.is_open())])
    }

    fn find(&self, key: &Key) -> Result<Option<Kept>, StoreError> {
        let entry = self.entry(key);
        let found: Option<String> = self
            .link
            .read(|connection| redis::cmd("HGET").arg(&entry).arg("kept").query(connection))
            .map_err(failed)?;
        found.as_deref().map(parsed).transpose()
    }

    fn claim(&self, key: &Key, lease: Duration) -> Result<Claimed, StoreError> {
        let script = Script::new(CLAIM);
        let mut call = script.prepare_invoke();
        call.key(self.entry(key)).key(self.claim_of(key)).key(self.named("fence"));
        call.arg(u64::try_from(lease.as_millis()).unwrap_or(u64::MAX).max(1));
        let (word, fence, kept): (String, Option<u64>, Option<String>) =
            self.link.write(|connection| call.invoke(connection)).map_err(failed)?;
        match (word.as_str(), fence, kept) {
            ("yours", Some(fence), Some(kept)) => Ok(Claimed::Yours(Claim::new(key.clone(), fence), parsed(&kept)?)),
            ("busy", ..) => Ok(Claimed::Busy),
            _ => Ok(Claimed::Unknown),
        }
    }

    fn release(&self, claim: &Claim, kept: Option<&Kept>) -> Result<bool, StoreError> {
        let fence = claim.fence().to_string();
        let (data, until, is_open) = match kept {
            Some(kept) => (text(kept)?, micros(kept.keep_until()), kept.is_open()),
            None => Default::default(),
        };
        self.run(RELEASE, claim.key(), &[&data, &until, flag(is_open), &fence, flag(kept.is_some())])
    }

    fn list_open(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Kept)>, StoreError> {
        let from = after.map_or_else(|| "-".to_owned(), |after| format!("({}", after.as_str()));
        let names: Vec<String> = self
            .link
            .read(|connection| {
                let mut range = redis::cmd("ZRANGEBYLEX");
                range.arg(self.named("open")).arg(&from).arg("+").arg("LIMIT").arg(0).arg(limit).query(connection)
            })
            .map_err(failed)?;
        let keys: Vec<Key> = names.iter().filter_map(|name| Key::parse(name)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for key in &keys {
            pipeline.cmd("HGET").arg(self.entry(key)).arg("kept");
        }
        let texts: Vec<Option<String>> = self.link.read(|connection| pipeline.query(connection)).map_err(failed)?;
        let open = keys.into_iter().zip(texts).filter_map(|(key, text)| Some((key, text?)));
        open.map(|(key, text)| Ok((key, parsed(&text)?))).collect()
    }

    fn remove(&self, key: &Key) -> Result<(), StoreError> {
        self.run(REMOVE, key, &[""]).map(drop)
    }

    fn sweep(&self, now: OffsetDateTime) -> Result<usize, StoreError> {
        let (mut swept, mut held, now) = (0, 0, micros(now));
        loop {
            let names: Vec<String> = self
                .link
                .read(|connection| {
                    let mut range = redis::cmd("ZRANGEBYSCORE");
                    range.arg(self.named("times")).arg("-inf").arg(format!("({now}"));
                    range.arg("LIMIT").arg(held).arg(NAMES).query(connection)
                })
                .map_err(failed)?;
            if names.is_empty() {
                return Ok(swept);
            }
            for key in names.iter().filter_map(|name| Key::parse(name)) {
                match self.run(REMOVE, &key, &[&now])? {
                    true => swept += 1,
                    false => held += 1,
                }
            }
        }
    }
}

fn flag(is: bool) -> &'static str {
    if is { "1" } else { "0" }
}

fn micros(at: OffsetDateTime) -> String {
    at.unix_timestamp_nanos().div_euclid(1000).to_string()
}

fn text(kept: &Kept) -> Result<String, StoreError> {
    serde_json::to_string(kept).map_err(|_| StoreError::new("an entry cannot be written as JSON"))
}

/// The text of serde's error might quote what is kept.
fn parsed(text: &str) -> Result<Kept, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::new("an entry is of another version"))
}

fn failed(error: RedisError) -> StoreError {
    StoreError::new("Redis failed").with_source(error)
}
