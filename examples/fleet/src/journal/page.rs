//! How are the records read in the order of their names?

use liveness::{
    Reference,
    money::{JournalError, Record, TryKey},
};

use super::{RedisJournal, failed, failure::damaged, name, parsed};

/// How many names are read at a time.
const NAMES: usize = 200;

impl RedisJournal {
    /// The records that this index names after a key, at most so many of those that are wanted.
    pub(super) fn page(
        &self,
        index: &str,
        after: Option<&TryKey>,
        limit: usize,
        is_wanted: impl Fn(&Record) -> bool,
    ) -> Result<Vec<Record>, JournalError> {
        let index = self.keys.named(index);
        let (mut found, mut after) = (Vec::new(), after.map(name));
        while found.len() < limit {
            let names = self.names(&index, after.as_deref())?;
            let Some(last) = names.last() else { break };
            after = Some(last.clone());
            for (name, text) in names.iter().zip(self.texts(&names)?) {
                let Some(text) = text else {
                    self.forget(&index, name)?;
                    continue;
                };
                let (_, record) = parsed(&text)?;
                if is_wanted(&record) && found.len() < limit {
                    found.push(record);
                }
            }
        }
        Ok(found)
    }

    fn names(&self, index: &str, after: Option<&str>) -> Result<Vec<String>, JournalError> {
        let from = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
        let read = self.link.read(|connection| {
            let mut range = redis::cmd("ZRANGEBYLEX");
            range.arg(index).arg(&from).arg("+").arg("LIMIT").arg(0).arg(NAMES).query(connection)
        });
        read.map_err(failed)
    }

    fn texts(&self, names: &[String]) -> Result<Vec<Option<String>>, JournalError> {
        let mut pipeline = redis::pipe();
        for name in names {
            let (reference, field) = split(name)?;
            pipeline.cmd("HGET").arg(self.keys.of(&reference)).arg(field);
        }
        self.link.read(|connection| pipeline.query(connection)).map_err(failed)
    }

    /// The record is over its retention, and its name is left. One that was opened anew meanwhile keeps its name.
    fn forget(&self, index: &str, name: &str) -> Result<(), JournalError> {
        let (reference, field) = split(name)?;
        let script = redis::Script::new(
            "if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0 then return redis.call('ZREM', KEYS[1], ARGV[1]) end return 0",
        );
        let mut call = script.prepare_invoke();
        call.key(index).key(self.keys.of(&reference)).arg(name).arg(field);
        self.link.write(|connection| call.invoke::<i64>(connection)).map_err(failed).map(drop)
    }
}

/// The reference of a name, and the call within it.
fn split(name: &str) -> Result<(Reference, &str), JournalError> {
    let (reference, field) = name.split_once(' ').ok_or_else(damaged)?;
    Ok((Reference::parse(reference).map_err(|_| damaged())?, field))
}
