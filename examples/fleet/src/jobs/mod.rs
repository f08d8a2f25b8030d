//! A batch of photos for the workers: each job goes to one of them, and to another if that one dies.
//!
//! Jobs are a Redis stream, and the workers one consumer group of it. A worker that dies keeps its job; after a time another takes it
//! over. A job that was handed over too often is buried: it goes to a stream of its own, without the person, and an operator looks at it.
//!
//! **A job holds a name and an ID number** until it is done, and so does the log of Redis until that is written anew. The photo itself
//! stays where it lies; the job names it.

use std::{fmt, time::Duration};

use liveness::Reference;
use redis::{Connection, RedisResult, Script, Value, from_redis_value};

use crate::{
    link::Link,
    results::{Ended, Results},
};

/// What waits, and what workers have.
const STREAM: &str = "{liveness}:jobs";
/// What was handed over too often.
const BURIED: &str = "{liveness}:buried";
/// Who has the jobs that were put back.
const NOBODY: &str = "nobody";
/// The one group of the workers.
const GROUP: &str = "workers";

/// An entry of a stream: its number, and its fields and values in turn.
type Entry = (String, Vec<String>);

/// A batch in Redis. Clones share it.
#[derive(Clone, Debug)]
pub struct Jobs {
    link: Link,
    results: Results,
}

/// One check that is to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct Job {
    /// The caller's own number of the check, one for each try; see [`liveness::Reference`].
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// The person's ID number.
    pub id_number: String,
    /// Where the photo lies: a path that every worker reads, as the name of an object in a store would be.
    pub photo: String,
}

/// A job that a worker has.
#[derive(Debug)]
pub struct Taken {
    /// The number that Redis gave it.
    pub id: String,
    /// How often it was handed to a worker, this time included.
    pub deliveries: u32,
    /// The job, or `None` if it is not whole.
    pub job: Option<Job>,
    /// The reference under which its result is kept: that of the job, or the number that Redis gave it where that is none. What is no
    /// reference may be a person's number.
    pub reference: String,
}

impl Jobs {
    /// The batch of this Redis, whose results are kept there.
    pub fn new(link: Link, results: Results) -> Self {
        Self { link, results }
    }

    /// Where it is kept what came of each job.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Makes the group if there is none. Every worker asks for it at its start.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn prepare(&self) -> RedisResult<()> {
        let made = self.link.read(|connection| {
            redis::cmd("XGROUP").arg(&["CREATE", STREAM, GROUP, "0", "MKSTREAM"]).query::<()>(connection)
        });
        match made {
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
            made => made,
        }
    }

    /// Adds a job. Where the reply is lost it may be there twice, which costs nothing: a reference is paid for once.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn submit(&self, job: &Job) -> RedisResult<()> {
        self.link.write(|connection| {
            let mut add = redis::cmd("XADD");
            add.arg(STREAM).arg("*").arg("reference").arg(&job.reference).arg("name").arg(&job.name);
            add.arg("id_number").arg(&job.id_number).arg("photo").arg(&job.photo).query(connection)
        })
    }

    /// The next job for this worker: one that another has had for too long, else a new one, for which it waits. `None` if none came.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn take(&self, worker: &str, hand_on_after: Duration, wait: Duration) -> RedisResult<Option<Taken>> {
        let left = Script::new(include_str!("reclaim.lua"));
        let mut left = left.prepare_invoke();
        left.key(STREAM).arg(GROUP).arg(worker).arg(millis(hand_on_after));
        let found: Option<(String, Vec<String>, u32)> = self.link.write(|connection| left.invoke(connection))?;
        if let Some((id, fields, deliveries)) = found {
            return Ok(Some(Taken::of(id, &fields, deliveries)));
        }
        let found = self.link.write(|connection| self.take_new(worker, wait, connection))?;
        Ok(found.map(|(id, fields)| Taken::of(id, &fields, 1)))
    }

    fn take_new(&self, worker: &str, wait: Duration, connection: &mut Connection) -> RedisResult<Option<Entry>> {
        let mut read = redis::cmd("XREADGROUP");
        read.arg(&["GROUP", GROUP, worker, "COUNT", "1", "BLOCK", &millis(wait).to_string(), "STREAMS", STREAM, ">"]);
        let streams: Value = read.query(connection)?;
        if matches!(streams, Value::Nil) {
            return Ok(None);
        }
        let streams: Vec<(String, Vec<Entry>)> = from_redis_value(streams)?;
        Ok(streams.into_iter().flat_map(|(_, jobs)| jobs).next())
    }

    /// Puts a job back whose time has not come, because nothing ran. Another worker takes it after this time, and this delivery does not
    /// count: what is counted is how often a job's worker died.
    ///
    /// # Errors
    ///
    /// Those of Redis. The job stays with this worker then, until its time is over.
    pub fn put_back(&self, taken: &Taken, hand_on_after: Duration, rest: Duration) -> RedisResult<()> {
        self.link.write(|connection| {
            let mut claim = redis::cmd("XCLAIM");
            claim.arg(&[STREAM, GROUP, NOBODY, "0", &taken.id]);
            claim.arg("IDLE").arg(millis(hand_on_after.saturating_sub(rest)));
            claim.arg("RETRYCOUNT").arg(taken.deliveries.saturating_sub(1)).arg("JUSTID").query(connection)
        })
    }

    /// Lets go of a job that came to nothing that can be done again: it goes to the buried, by its reference alone, in one step.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn bury(&self, taken: &Taken) -> RedisResult<()> {
        let script = Script::new(include_str!("bury.lua"));
        let mut call = script.prepare_invoke();
        call.key(STREAM).key(BURIED).arg(GROUP).arg(&taken.id).arg(&taken.reference).arg(taken.deliveries);
        self.link.write(|connection| call.invoke(connection))
    }

    /// Lets go of the name of a worker that ends, unless it has jobs, and of the names of those that were killed long ago.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn leave(&self, worker: &str) -> RedisResult<()> {
        let script = Script::new(include_str!("leave.lua"));
        let mut call = script.prepare_invoke();
        call.key(STREAM).arg(GROUP).arg(worker);
        self.link.write(|connection| call.invoke(connection))
    }

    /// The references of the buried jobs, each with how often it was handed over.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn buried(&self) -> RedisResult<Vec<(String, u32)>> {
        let entries: Vec<(String, Vec<String>)> =
            self.link.read(|connection| redis::cmd("XRANGE").arg(BURIED).arg("-").arg("+").query(connection))?;
        let entries = entries.iter().map(|(_, fields)| {
            let field = |name: &str| value(fields, name).unwrap_or_default();
            (field("reference").to_owned(), field("deliveries").parse().unwrap_or_default())
        });
        Ok(entries.collect())
    }

    /// Takes a job from the buried, such as one that an operator has looked at; how often it was there. Who wants it done submits it again.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn unbury(&self, reference: &str) -> RedisResult<usize> {
        let entries: Vec<Entry> =
            self.link.read(|connection| redis::cmd("XRANGE").arg(BURIED).arg("-").arg("+").query(connection))?;
        let is_of = |fields: &[String]| value(fields, "reference") == Some(reference);
        let ids: Vec<String> = entries.into_iter().filter(|(_, fields)| is_of(fields)).map(|(id, _)| id).collect();
        if !ids.is_empty() {
            self.link.read(|connection| redis::cmd("XDEL").arg(BURIED).arg(&ids).query::<usize>(connection))?;
        }
        Ok(ids.len())
    }

    /// How many jobs are not done yet, those that a worker has included.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn waiting(&self) -> RedisResult<usize> {
        self.link.read(|connection| redis::cmd("XLEN").arg(STREAM).query(connection))
    }

    /// Keeps what came of a job, and lets go of it in the same step.
    ///
    /// # Errors
    ///
    /// Those of Redis.
    pub fn finish(&self, taken: &Taken, ended: &Ended) -> RedisResult<()> {
        self.results.keep_and(&taken.reference, ended, STREAM, GROUP, &taken.id)
    }
}

impl Taken {
    fn of(id: String, fields: &[String], deliveries: u32) -> Self {
        let field = |name: &str| value(fields, name).map(str::to_owned);
        let job = || {
            Some(Job {
                reference: field("reference")?,
                name: field("name")?,
                id_number: field("id_number")?,
                photo: field("photo")?,
            })
        };
        let reference = field("reference").filter(|text| text.parse::<Reference>().is_ok());
        Self { job: job(), reference: reference.unwrap_or_else(|| id.clone()), id, deliveries }
    }
}

fn value<'a>(fields: &'a [String], name: &str) -> Option<&'a str> {
    fields.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| pair[1].as_str())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("reference", &self.reference).finish_non_exhaustive()
    }
}
