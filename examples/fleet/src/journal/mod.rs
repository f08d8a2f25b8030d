//! A journal in Redis, by which a call is paid for once when many machines share it.
//!
//! A record is read, [`rules`] of the crate say what follows from it, and one script writes that down if nobody has written since: the
//! script checks the version, checks and reserves the caps, and keeps the sums. It decides nothing else. In Lua the rules would stand
//! twice, and the second copy would know nothing of what the crate learns later.

mod failure;
mod note;
mod page;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

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
    failure::{damaged, failed, is_loading, lost_reply, not_rewritten, unreadable},
    note::Note,
};
use crate::{
    link::{self, Link},
    log::{self, NotRewritten},
};

/// How long records are kept unless another time was set.
const RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Days and minutes of the caps are shorter.
const MIN_RETENTION: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// How often one call starts over because others wrote the same record between its read and its write.
const ATTEMPTS: u32 = 100;
/// How long it starts over. A caller of `close` waits with an answer that is paid for.
const STARTS_OVER: Duration = Duration::from_secs(15);
/// How long an erasure may wait until Redis has written its log anew.
const REWRITE: Duration = Duration::from_secs(5 * 60);

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

/// What Redis tells of a call: its time in seconds and microseconds, what stands for the script, and the record.
type Asked = ((i64, i64), Option<String>, Option<String>);

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

    /// Sets what the names of its keys begin with, such as one word for each environment. They go on with `:journal:`, so that a
    /// [store of sessions](crate::sessions::RedisSessionStore) may have the same prefix. Defaults to `{liveness}`.
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

    /// All records of a reference, in the order of their keys.
    ///
    /// # Errors
    ///
    /// If they could not be read.
    pub fn of(&self, reference: &Reference) -> Result<Vec<Record>, JournalError> {
        let key = self.keys.of(reference);
        let found: BTreeMap<String, String> =
            self.link.read(|connection| redis::cmd("HGETALL").arg(&key).query(connection)).map_err(failed)?;
        // By their fields, which sort as the keys do.
        found
            .iter()
            .map(|(field, text)| parsed(text).ok_or_else(|| unreadable(&format!("{reference} {field}"))))
            .collect()
    }

    fn read(&self, key: &TryKey) -> Result<Read, JournalError> {
        let ((seconds, micros), sums, found) =
            self.link.read(|connection| self.ask(key, connection)).map_err(failed)?;
        let now = instant(seconds, micros)?;
        match (sums.as_deref().and_then(|sums| sums.split_once(' ')), found) {
            (None, None) if sums.is_none() => Ok(Read { now, version: "0".to_owned(), record: None }),
            (Some((version, _)), Some(text)) => {
                let record = parsed(&text).ok_or_else(|| unreadable(&name(key)))?;
                Ok(Read { now, version: version.to_owned(), record: Some(record) })
            }
            _ => Err(unreadable(&name(key))),
        }
    }

    fn ask(&self, key: &TryKey, connection: &mut redis::Connection) -> RedisResult<Asked> {
        let reference = key.reference();
        let mut call = self.scripts.read.prepare_invoke();
        call.key(self.keys.of(reference)).key(self.keys.sums_of(reference)).arg(field(key)).invoke(connection)
    }

    /// Writes what follows from what was read.
    fn write(&self, read: &Read, record: &Record, intent: Option<&Intent>) -> Result<Written, JournalError> {
        let note = Note::of(read.record.as_ref(), record, intent, self.retention, read.now);
        let mut call = self.scripts.write.prepare_invoke();
        let reference = record.key.reference();
        call.key(self.keys.of(reference)).key(self.keys.sums_of(reference));
        for name in ["all", "ends", "unfinished", "open", "recent", "recent:charges", "recent:sum", "days", "version"] {
            call.key(self.keys.named(name));
        }
        call.arg(field(&record.key)).arg(name(&record.key)).arg(&read.version).arg(text(record)?).arg(text(&note)?);
        call.arg(reference.as_str());
        let connected = self.link.connected().map_err(failed)?;
        let (word, uses): (String, Option<Vec<u64>>) = connected
            .write(|connection| call.invoke::<(String, Option<Vec<u64>>)>(connection))
            // Without a code of Redis's it is no refusal: the answer was not read, or not understood.
            .map_err(|error| if error.code().is_none() { lost_reply(error) } else { failed(error) })?;
        let uses = || note.uses(uses.unwrap_or_default());
        match word.as_str() {
            "written" => Ok(Written::Yes(uses())),
            "over" => Ok(Written::Over(uses())),
            "damaged" => Err(damaged()),
            _ => Ok(Written::Anew),
        }
    }

    /// Reads, asks what follows, and writes that down, until nobody comes between. `None` where nothing follows.
    fn change<T>(
        &self,
        key: &TryKey,
        follows: impl Fn(Option<&Record>, OffsetDateTime) -> Result<(Option<Record>, T), JournalError>,
    ) -> Result<T, JournalError> {
        for () in rounds() {
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
        for () in rounds() {
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

    /// While Redis reads its log after a start, it is tried again for some seconds: the answer that is to be written down is paid for.
    fn close(&self, ticket: &Ticket, closing: &Closing) -> Result<(), JournalError> {
        let close = || {
            self.change(&ticket.key, |record, now| {
                let (record, is_stale) = rules::close(record.ok_or(JournalErrorKind::Stale)?, ticket, closing, now);
                Ok((Some(record), is_stale))
            })
        };
        let is_stale = link::after_loading(is_loading, close)?;
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

    /// It waits until Redis has [written its log anew](log::rewrite), so that what was sealed is not there either; an error says that it
    /// may be, and then the same call is to be made again. Where the server forbids that, it stays there until the server's own rule
    /// rewrites the log. Copies and replicas have their own.
    fn erase(&self, reference: &Reference) -> Result<usize, JournalError> {
        let key = self.keys.of(reference);
        let fields: Vec<String> =
            self.link.read(|connection| redis::cmd("HKEYS").arg(&key).query(connection)).map_err(failed)?;
        if fields.is_empty() {
            return Ok(0);
        }
        let mut erased = 0;
        for field in fields {
            let key = key_of(reference.clone(), &field).ok_or_else(damaged)?;
            erased += self.change(&key, |record, _| {
                let is_sealed = record.is_some_and(|record| record.sealed.is_some());
                Ok((record.and_then(rules::erase), usize::from(is_sealed)))
            })?;
        }
        // Also where nothing was erased now: an erasure before may have ended before this.
        match log::rewrite(&self.link, REWRITE) {
            Ok(()) | Err(NotRewritten::Forbidden(_)) => Ok(erased),
            Err(error) => Err(not_rewritten(error)),
        }
    }
}

impl Keys {
    fn named(&self, name: &str) -> String {
        format!("{}:journal:{name}", self.prefix)
    }

    /// Where the records of a reference are.
    fn of(&self, reference: &Reference) -> String {
        self.named(&format!("calls:{reference}"))
    }

    /// Where the script has the little that it needs of each of them, so that no write reads them all.
    fn sums_of(&self, reference: &Reference) -> String {
        self.named(&format!("sums:{reference}"))
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

/// Once for each time that a call may start over.
fn rounds() -> impl Iterator<Item = ()> {
    let start = Instant::now();
    (0..ATTEMPTS).take_while(move |_| start.elapsed() < STARTS_OVER).map(drop)
}

/// Reads what [`field`] wrote.
fn key_of(reference: Reference, field: &str) -> Option<TryKey> {
    let (attempt, call) = field.split_once(' ')?;
    Some(TryKey::new(reference, attempt.parse().ok()?, call.parse::<CallKind>().ok()?))
}

/// A record, if this version of the program reads it.
fn parsed(text: &str) -> Option<Record> {
    serde_json::from_str(text).ok()
}

fn instant(seconds: i64, micros: i64) -> Result<OffsetDateTime, JournalError> {
    let at = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| damaged())?;
    Ok(at.saturating_add(time::Duration::microseconds(micros)))
}

fn text(value: &impl serde::Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|_| damaged())
}
