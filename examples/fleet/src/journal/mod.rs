//! How is a call paid for once, when many machines share a Redis?
//!
//! A record is read, [`rules`] of the crate say what follows from it, and one script writes that down if nobody has written since: the
//! script checks the version, checks and reserves the caps, and keeps the sums. It decides nothing else. In Lua the rules would stand
//! twice, and the second copy would know nothing of what the crate learns later.
//!
//! All keys have the same hash tag, so that they lie together in a cluster.

mod failure;
mod note;
mod page;

use std::time::Duration;

use liveness::{
    CallKind, Reference,
    money::{
        CapUse, Closing, Intent, Journal, JournalError, JournalErrorKind, Opened, Record, SentAttempt, Settled,
        Standing, Ticket, TryKey, rules,
    },
    time::{self, OffsetDateTime},
};
use redis::{RedisResult, Script};
use ring::rand::{SecureRandom, SystemRandom};

use self::{
    failure::{damaged, failed, lost_reply},
    note::Note,
};
use crate::link::{Link, is_broken};

/// How long records are kept unless another time was set.
const RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Days and minutes of the caps are shorter.
const MIN_RETENTION: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// How often one call starts over because others wrote the same record between its read and its write.
const ATTEMPTS: u32 = 100;

/// A journal in Redis. Clones share it, and so do all processes with the same Redis and prefix. Its clock is that of Redis.
///
/// Redis must be [durable](crate::durable::check), and one server: a replica that takes over may lack what was acknowledged.
#[derive(Clone, Debug)]
pub struct RedisJournal {
    link: Link,
    keys: Keys,
    retention: Duration,
    scripts: Scripts,
}

/// The names of what it keeps.
#[derive(Clone, Debug)]
struct Keys {
    prefix: String,
}

#[derive(Clone)]
struct Scripts {
    read: Script,
    write: Script,
}

/// A record as it was read.
struct Read {
    now: OffsetDateTime,
    /// "0" where there is none.
    version: String,
    record: Option<Record>,
}

/// What came of a write.
enum Written {
    Yes(Vec<CapUse>),
    /// A cap has no room, and nothing is written.
    Over(Vec<CapUse>),
    /// Somebody has written it since, or too much time went by.
    Anew,
}

impl RedisJournal {
    /// The journal of this Redis that keeps records for 90 days. Nothing is sent yet.
    pub fn new(link: Link) -> Self {
        let scripts =
            Scripts { read: Script::new(include_str!("read.lua")), write: Script::new(include_str!("write.lua")) };
        Self { link, keys: Keys { prefix: "{liveness}".to_owned() }, retention: RETENTION, scripts }
    }

    /// Sets what the names of its keys begin with. In a cluster it needs a hash tag, a part in braces. Defaults to `{liveness}`.
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.keys.prefix);
        self
    }

    /// Sets how long a record is kept after it was closed: longer than any redelivery of a job, and 3 days at least. Open calls and
    /// doubts are kept for ever. The calls of one reference go together, when the last of them may. Defaults to 90 days.
    pub fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = retention.max(MIN_RETENTION);
        self
    }

    fn read(&self, key: &TryKey) -> Result<Read, JournalError> {
        let ((seconds, micros), found) = self.link.read(|connection| self.ask(key, connection)).map_err(failed)?;
        let now = instant(seconds, micros)?;
        let Some(text) = found else { return Ok(Read { now, version: "0".to_owned(), record: None }) };
        let (version, record) = parsed(&text)?;
        Ok(Read { now, version, record: Some(record) })
    }

    fn ask(&self, key: &TryKey, connection: &mut redis::Connection) -> RedisResult<((i64, i64), Option<String>)> {
        self.scripts.read.key(self.keys.of(key.reference())).arg(field(key)).invoke(connection)
    }

    /// Writes what follows from what was read.
    fn write(&self, read: &Read, record: &Record, intent: Option<&Intent>) -> Result<Written, JournalError> {
        let note = Note::of(read.record.as_ref(), record, intent, self.retention, read.now);
        let mut call = self.scripts.write.prepare_invoke();
        call.key(self.keys.of(record.key.reference()));
        for name in ["all", "unfinished", "open", "recent", "recent:charges", "recent:sum", "days", "version"] {
            call.key(self.keys.named(name));
        }
        call.arg(field(&record.key)).arg(name(&record.key)).arg(&read.version).arg(text(record)?).arg(text(&note)?);
        let (word, uses): (String, Option<Vec<u32>>) = self
            .link
            .write(|connection| call.invoke::<(String, Option<Vec<u32>>)>(connection))
            .map_err(|error| if is_broken(&error) { lost_reply(error) } else { failed(error) })?;
        let uses = || note.uses(uses.unwrap_or_default());
        Ok(match word.as_str() {
            "written" => Written::Yes(uses()),
            "over" => Written::Over(uses()),
            _ => Written::Anew,
        })
    }

    /// Reads, asks what follows, and writes that down, until nobody comes between. `None` where nothing follows.
    fn change<T>(
        &self,
        key: &TryKey,
        follows: impl Fn(Option<&Record>, OffsetDateTime) -> Result<(Option<Record>, T), JournalError>,
    ) -> Result<T, JournalError> {
        for _ in 0..ATTEMPTS {
            let read = self.read(key)?;
            let (record, told) = follows(read.record.as_ref(), read.now)?;
            let Some(record) = record else { return Ok(told) };
            if let Written::Yes(_) = self.write(&read, &record, None)? {
                return Ok(told);
            }
        }
        Err(JournalErrorKind::Locked.into())
    }
}

impl Journal for RedisJournal {
    fn now(&self) -> Result<OffsetDateTime, JournalError> {
        let (seconds, micros) =
            self.link.read(|connection| redis::cmd("TIME").query::<(i64, i64)>(connection)).map_err(failed)?;
        instant(seconds, micros)
    }

    fn salt(&self) -> Result<[u8; 32], JournalError> {
        let mut new = [0; 32];
        SystemRandom::new().fill(&mut new).map_err(|_| JournalError::new(JournalErrorKind::Unavailable))?;
        let salt = self.link.read(|connection| {
            let key = self.keys.named("salt");
            redis::cmd("SET").arg(&key).arg(&new).arg("NX").query::<Option<String>>(connection)?;
            redis::cmd("GET").arg(&key).query::<Vec<u8>>(connection)
        });
        salt.map_err(failed)?.try_into().map_err(|_| JournalErrorKind::Foreign.into())
    }

    fn open(&self, intent: &Intent) -> Result<Opened, JournalError> {
        for _ in 0..ATTEMPTS {
            let read = self.read(&intent.key)?;
            let opening = match rules::open(read.record.as_ref(), intent, read.now) {
                Ok(opening) => opening,
                Err(refused) => return Ok(refused),
            };
            if let Written::Yes(uses) | Written::Over(uses) = self.write(&read, opening.record(), Some(intent))? {
                return Ok(opening.within(&uses).map_or_else(|refused| refused, |(_, ticket)| Opened::New(ticket)));
            }
        }
        Err(JournalErrorKind::Locked.into())
    }

    fn sent(&self, ticket: &Ticket, attempt: &SentAttempt) -> Result<(), JournalError> {
        self.change(&ticket.key, |record, now| {
            let record = record.ok_or(JournalErrorKind::Stale)?;
            Ok((Some(rules::sent(record, ticket, attempt, now)?), ()))
        })
    }

    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError> {
        let is_stale = self.change(&ticket.key, |record, now| {
            let (record, is_stale) = rules::close(record.ok_or(JournalErrorKind::Stale)?, ticket, closing, now);
            Ok((Some(record), is_stale))
        })?;
        if is_stale { Err(JournalErrorKind::Stale.into()) } else { Ok(()) }
    }

    fn find(&self, key: &TryKey) -> Result<Option<Record>, JournalError> {
        Ok(self.read(key)?.record)
    }

    fn records(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.page("all", after, limit, |_| true)
    }

    fn in_doubt(&self, after: Option<&TryKey>, limit: usize) -> Result<Vec<Record>, JournalError> {
        let now = self.now()?;
        self.page("unfinished", after, limit, |record| record.standing(now) == Standing::InDoubt)
    }

    fn settle(&self, key: &TryKey, settled: &Settled) -> Result<Record, JournalError> {
        self.change(key, |record, now| {
            let record = rules::settle(record.ok_or(JournalErrorKind::NotInDoubt)?, settled, now)?;
            Ok((Some(record.clone()), record))
        })
    }

    /// What was sealed still stands in the log of Redis until that is written anew, which this asks for. Copies and replicas have
    /// their own.
    fn erase(&self, reference: &Reference) -> Result<usize, JournalError> {
        let key = self.keys.of(reference);
        let fields: Vec<String> =
            self.link.read(|connection| redis::cmd("HKEYS").arg(&key).query(connection)).map_err(failed)?;
        let mut erased = 0;
        for field in fields {
            let key = key_of(reference.clone(), &field).ok_or_else(damaged)?;
            erased += self.change(&key, |record, _| {
                let is_sealed = record.is_some_and(|record| record.sealed.is_some());
                Ok((record.and_then(rules::erase), usize::from(is_sealed)))
            })?;
        }
        if erased > 0 {
            // A server that forbids it writes its log anew by its own rule.
            let _ = self.link.write(|connection| redis::cmd("BGREWRITEAOF").query::<String>(connection));
        }
        Ok(erased)
    }
}

impl Keys {
    fn named(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// Where the calls of a reference are.
    fn of(&self, reference: &Reference) -> String {
        format!("{}:calls:{reference}", self.prefix)
    }
}

impl std::fmt::Debug for Scripts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripts")
    }
}

/// The call within its reference. Ten digits, so that it sorts as the number does.
fn field(key: &TryKey) -> String {
    format!("{:010} {}", key.attempt(), key.call())
}

/// The call among all. A space sorts before every character of a reference, so that the order is that of the keys.
fn name(key: &TryKey) -> String {
    format!("{} {}", key.reference(), field(key))
}

/// Reads what [`field`] wrote.
fn key_of(reference: Reference, field: &str) -> Option<TryKey> {
    let (attempt, call) = field.split_once(' ')?;
    Some(TryKey::new(reference, attempt.parse().ok()?, call.parse::<CallKind>().ok()?))
}

/// The version and the record of what the script wrote. What it says of the record for itself stands between.
fn parsed(text: &str) -> Result<(String, Record), JournalError> {
    let mut parts = text.splitn(4, ' ');
    let (version, record) = (parts.next(), parts.nth(2));
    let record = record.and_then(|record| serde_json::from_str(record).ok());
    version.map(str::to_owned).zip(record).ok_or_else(damaged)
}

fn instant(seconds: i64, micros: i64) -> Result<OffsetDateTime, JournalError> {
    let at = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| damaged())?;
    Ok(at.saturating_add(time::Duration::microseconds(micros)))
}

fn text(value: &impl serde::Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|_| damaged())
}
