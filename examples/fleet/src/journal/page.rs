//! Reads the records in the order of their names.

use liveness::{
    Reference,
    money::{JournalError, Record, TryKey},
};

use super::{
    RedisJournal,
    failure::{damaged, failed, unreadable},
    name, parsed,
};

/// How many names are read at a time.
const NAMES: usize = 200;
/// KEYS: the index, then the records of each name. ARGV: each name, and the call in its records.
const FORGET: &str = "
for at = 2, #KEYS do
  local name, field = ARGV[2 * at - 3], ARGV[2 * at - 2]
  if redis.call('HEXISTS', KEYS[at], field) == 0 then redis.call('ZREM', KEYS[1], name) end
end";

impl RedisJournal {
    /// The records that this index names after a key, at most so many of those that are wanted. A page ends before a record that cannot
    /// be read, and the next one is an error that names it.
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
            let mut over = Vec::new();
            for (name, text) in names.iter().zip(self.texts(&names)?) {
                match text.map(|text| parsed(&text)) {
                    None => over.push(name),
                    Some(Some(record)) if found.len() < limit && is_wanted(&record) => found.push(record),
                    Some(None) if found.is_empty() => return Err(unreadable(name)),
                    Some(None) => return Ok(found),
                    Some(Some(_)) => {}
                }
            }
            if !over.is_empty() {
                self.forget(&index, &over)?;
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

    /// The records are over their retention, and their names are left. One that was opened anew meanwhile keeps its name.
    fn forget(&self, index: &str, names: &[&String]) -> Result<(), JournalError> {
        let script = redis::Script::new(FORGET);
        let mut call = script.prepare_invoke();
        call.key(index);
        for name in names {
            let (reference, field) = split(name)?;
            call.key(self.keys.of(&reference)).arg(*name).arg(field);
        }
        self.link.read(|connection| call.invoke::<()>(connection)).map_err(failed)
    }
}

/// The reference of a name, and the call within it.
fn split(name: &str) -> Result<(Reference, &str), JournalError> {
    let (reference, field) = name.split_once(' ').ok_or_else(damaged)?;
    Ok((Reference::parse(reference).map_err(|_| damaged())?, field))
}
