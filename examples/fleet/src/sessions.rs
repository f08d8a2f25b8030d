//! A store of hosted checks in Redis, so that any server goes on with what another began.
//!
//! An entry is a hash: what is kept, and the number of its claim. The claim itself is a key that Redis ends with the lease. The names
//! of open entries are a sorted set, the times after which entries are swept another. Each step is one script, and each call of one has
//! a random number: a script that is sent once more because its answer was lost finds that number and says what it said before. So a
//! session that is paid for is not lost with a connection.
//!
//! **A kept session is as good as its token**: this Redis needs a password, and TLS or a private network. What is removed still stands
//! in the log of Redis until that is [written anew](crate::log::rewrite).

use std::time::Duration;

use liveness::{
    keeper::{Claim, Claimed, Kept, Key, SessionStore, StoreError},
    time::OffsetDateTime,
};
use redis::{RedisError, Script};
use ring::rand::{SecureRandom, SystemRandom};

use crate::link::{self, Link};

/// How many names are read at a time.
const NAMES: usize = 100;

const PUT: &str = "
if redis.call('HGET', KEYS[1], 'put') == ARGV[2] then return 1 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'kept', ARGV[3], 'put', ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
if ARGV[5] == '1' then redis.call('ZADD', KEYS[4], 0, ARGV[1]) end
return 1";

const CLAIM: &str = "
local kept = redis.call('HGET', KEYS[1], 'kept')
if not kept then return { 'unknown', false, false } end
local holder = redis.call('GET', KEYS[2])
if holder == ARGV[2] then return { 'yours', redis.call('HGET', KEYS[1], 'fence'), kept } end
if holder then return { 'busy', false, false } end
local fence = string.format('%.0f', redis.call('INCR', KEYS[3]))
redis.call('HSET', KEYS[1], 'fence', fence)
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[1])
return { 'yours', fence, kept }";

const RELEASE: &str = "
if redis.call('HGET', KEYS[1], 'released') == ARGV[2] then return 1 end
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[6] then return 0 end
redis.call('HDEL', KEYS[1], 'fence')
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'released', ARGV[2])
if ARGV[7] == '1' then
  redis.call('HSET', KEYS[1], 'kept', ARGV[3])
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
  if ARGV[5] == '1' then redis.call('ZADD', KEYS[4], 0, ARGV[1]) else redis.call('ZREM', KEYS[4], ARGV[1]) end
end
return 1";

const REMOVE: &str = "
if ARGV[3] ~= '' and
  (redis.call('EXISTS', KEYS[2]) == 1 or (tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1])) or 1e18) >= tonumber(ARGV[3])) then
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
        Self { link, prefix: "{liveness}".to_owned() }
    }

    /// Sets what the names of its keys begin with, such as one word for each environment. They go on with `:sessions:`, so that a
    /// [journal](crate::journal::RedisJournal) may have the same prefix. Defaults to `{liveness}`.
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    fn named(&self, name: &str) -> String {
        format!("{}:sessions:{name}", self.prefix)
    }

    fn entry(&self, key: &Key) -> String {
        self.named(&format!("entry:{}", key.as_str()))
    }

    /// Runs one of the scripts that take an entry, its claim, the times and the open ones, and the number of this call.
    fn run(&self, code: &str, key: &Key, arguments: &[&str]) -> Result<bool, StoreError> {
        let script = Script::new(code);
        let mut call = script.prepare_invoke();
        call.key(self.entry(key)).key(self.claim_of(key)).key(self.named("times")).key(self.named("open"));
        call.arg(key.as_str()).arg(number()?).arg(arguments);
        let run = || self.link.read(|connection| call.invoke(connection));
        // What is released may be a session or a verdict that is paid for.
        let ran = if code == RELEASE { link::after_loading(link::is_loading, run) } else { run() };
        ran.map_err(failed)
    }

    fn claim_of(&self, key: &Key) -> String {
        self.named(&format!("claim:{}", key.as_str()))
    }

    /// The names of open entries after this text.
    fn open_after(&self, from: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let read = self.link.read(|connection| {
            let mut range = redis::cmd("ZRANGEBYLEX");
            range.arg(self.named("open")).arg(from).arg("+").arg("LIMIT").arg(0).arg(limit).query(connection)
        });
        read.map_err(failed)
    }

    /// What stands in these entries.
    fn texts(&self, keys: &[Key]) -> Result<Vec<Option<String>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for key in keys {
            pipeline.cmd("HGET").arg(self.entry(key)).arg("kept");
        }
        self.link.read(|connection| pipeline.query(connection)).map_err(failed)
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
        call.arg(u64::try_from(lease.as_millis()).unwrap_or(u64::MAX).max(1)).arg(number()?);
        let (word, fence, kept): (String, Option<u64>, Option<String>) =
            self.link.read(|connection| call.invoke(connection)).map_err(failed)?;
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

    /// An entry that this version cannot read is left out: while a new version is rolled out, the old one finishes its own.
    fn list_open(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Kept)>, StoreError> {
        let mut from = after.map_or_else(|| "-".to_owned(), |after| format!("({}", after.as_str()));
        let mut open = Vec::new();
        while open.len() < limit {
            let names = self.open_after(&from, limit - open.len())?;
            let Some(last) = names.last() else { break };
            from = format!("({last}");
            let keys: Vec<Key> = names.iter().filter_map(|name| Key::parse(name)).collect();
            let texts = self.texts(&keys)?;
            open.extend(keys.into_iter().zip(texts).filter_map(|(key, text)| Some((key, parsed(&text?).ok()?))));
        }
        Ok(open)
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
            for name in &names {
                let is_swept = match Key::parse(name) {
                    Some(key) => self.run(REMOVE, &key, &[&now])?,
                    // A name that this store did not write.
                    None => false,
                };
                match is_swept {
                    true => swept += 1,
                    false => held += 1,
                }
            }
        }
    }
}

/// A number that no other call of a script has.
fn number() -> Result<String, StoreError> {
    let mut random = [0; 16];
    SystemRandom::new().fill(&mut random).map_err(|_| StoreError::new("the system has no random numbers"))?;
    Ok(u128::from_be_bytes(random).to_string())
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
