//! What stays in Redis of a journal and of a store of sessions, for how long, and what a spoilt entry holds up.

use std::{error::Error as _, time::Duration};

use liveness::{
    keeper::{Key, SessionStore},
    money::{Caps, Journal, JournalErrorKind, Opened, Settled, rules::statement_day},
    time::OffsetDateTime,
};
use liveness_fleet::{journal::RedisJournal, link::Link, sessions::RedisSessionStore};
use redis::{FromRedisValue, Script};
use serde_json::json;

use crate::{
    calls::{answered, capped, intent, intent_of, kept, key, lost, opened},
    redis::shared,
};

const RETENTION: Duration = Duration::from_secs(4 * 24 * 60 * 60);

struct Stage {
    link: Link,
    prefix: String,
    journal: RedisJournal,
}

impl Stage {
    fn new() -> Self {
        let (link, prefix) = shared();
        let journal = RedisJournal::new(link.clone()).with_prefix(&prefix).with_retention(RETENTION);
        Self { link, prefix, journal }
    }

    /// What Redis says. The second word is the name of a key of the journal.
    fn ask<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split('|');
        let mut ask = redis::cmd(words.next().unwrap());
        ask.arg(format!("{}:journal:{}", self.prefix, words.next().unwrap())).arg(words.collect::<Vec<_>>());
        self.link.read(|connection| ask.query(connection)).unwrap()
    }

    /// How long the records of a reference are kept yet, and what the script has of them, in milliseconds.
    fn kept_for(&self, reference: &str) -> i64 {
        let of_records: i64 = self.ask(&format!("PTTL|calls:{reference}"));
        let of_sums: i64 = self.ask(&format!("PTTL|sums:{reference}"));
        assert!((of_records - of_sums).abs() <= 1000, "both go together: {of_records} {of_sums}");
        of_records
    }

    fn today(&self) -> i32 {
        statement_day(self.journal.now().unwrap()).to_julian_day()
    }

    /// As after their retention.
    fn end(&self, reference: &str) {
        for key in ["calls", "sums"] {
            assert_eq!(self.ask::<i64>(&format!("DEL|{key}:{reference}")), 1);
        }
    }

    fn names(&self) -> Vec<String> {
        self.ask("ZRANGE|all|0|-1")
    }
}

#[test]
fn the_calls_of_a_reference_are_kept_while_one_is_open_or_in_doubt_and_for_the_retention_after_it() {
    let stage = Stage::new();
    let retention = i64::try_from(RETENTION.as_millis()).unwrap();
    let is_kept_for_ever = || stage.kept_for("order-7") == -1;
    let is_kept_for_the_retention = || (retention - 60_000..=retention).contains(&stage.kept_for("order-7"));
    let (first, second) = (intent("order-7"), intent_of(key("order-7", 2)));
    let ticket = opened(&stage.journal, &first);
    assert!(is_kept_for_ever(), "open");
    stage.journal.close(&ticket, &answered()).unwrap();
    assert!(is_kept_for_the_retention(), "closed: {}", stage.kept_for("order-7"));
    let ticket = opened(&stage.journal, &second);
    assert!(is_kept_for_ever(), "one is closed, and another open");
    stage.journal.close(&ticket, &lost()).unwrap();
    assert!(is_kept_for_ever(), "in doubt");
    stage.journal.settle(&second.key, &Settled::NotBilled).unwrap();
    assert!(is_kept_for_the_retention(), "settled: {}", stage.kept_for("order-7"));
    let ticket = opened(&stage.journal, &second);
    assert!(is_kept_for_ever(), "and opened anew");
    let other = opened(&stage.journal, &intent_of(key("order-7", 3)));
    stage.journal.close(&ticket, &answered()).unwrap();
    assert!(is_kept_for_ever(), "closed, and another is open");
    stage.journal.close(&other, &answered()).unwrap();
    assert!(is_kept_for_the_retention(), "all are closed: {}", stage.kept_for("order-7"));
}

#[test]
fn a_name_goes_with_its_records_though_nobody_lists_them() {
    let stage = Stage::new();
    for reference in ["order-1", "order-1.x", "order-10"] {
        stage.journal.close(&opened(&stage.journal, &intent(reference)), &answered()).unwrap();
        stage.journal.close(&opened(&stage.journal, &intent_of(key(reference, 2))), &answered()).unwrap();
    }
    assert_eq!(stage.names().len(), 6);
    stage.end("order-1");
    stage.ask::<i64>("ZADD|ends|1|order-1");
    opened(&stage.journal, &intent("order-2"));
    let left = ["order-1.x", "order-10"]
        .map(|reference| [1, 2].map(|attempt| format!("{reference} 000000000{attempt} begin")));
    assert_eq!(stage.names()[..4], left.concat(), "those of another reference stay");
    assert_eq!(stage.ask::<Option<i64>>("ZSCORE|ends|order-1"), None);
    assert_eq!(stage.ask::<Option<i64>>("ZSCORE|ends|order-2"), None, "an open one has no end");
}

#[test]
fn names_without_records_go_when_they_are_listed() {
    let stage = Stage::new();
    for number in 0..5 {
        stage.journal.close(&opened(&stage.journal, &intent(&format!("order-{number}"))), &answered()).unwrap();
    }
    for number in [0, 2, 3] {
        stage.end(&format!("order-{number}"));
    }
    let listed = stage.journal.records(None, 10).unwrap();
    let listed: Vec<_> = listed.iter().map(|record| record.key.reference().as_str()).collect();
    assert_eq!(listed, ["order-1", "order-4"]);
    assert_eq!(stage.names().len(), 2);
}

#[test]
fn a_journal_and_a_store_of_one_prefix_do_not_touch_each_other() {
    let stage = Stage::new();
    let store = RedisSessionStore::new(stage.link.clone()).with_prefix(&stage.prefix);
    let key = Key::of("k");
    assert!(store.put(&key, &kept("paid", true, i64::from(u32::MAX))).unwrap());
    let one = |reference| capped(reference, Caps::new().with_in_flight(1));
    let ticket = opened(&stage.journal, &one("order-1"));
    stage.journal.close(&ticket, &answered()).unwrap();
    opened(&stage.journal, &one("order-2"));
    assert_eq!(store.list_open(None, 10).unwrap().len(), 1, "the session is still to be finished");
}

#[test]
fn where_what_stands_of_another_call_is_spoilt_nothing_is_written() {
    let stage = Stage::new();
    opened(&stage.journal, &intent("order-7"));
    stage.ask::<i64>("HSET|sums:order-7|0000000001 begin|spoilt");
    let before: Option<String> = stage.ask("GET|version");
    let error = stage.journal.open(&intent_of(key("order-7", 2))).unwrap_err();
    assert_eq!(error.kind(), JournalErrorKind::Damaged);
    assert_eq!(stage.journal.find(&key("order-7", 2)).unwrap(), None);
    assert_eq!(stage.ask::<Option<String>>("GET|version"), before);
}

#[test]
fn a_record_that_cannot_be_read_is_named_and_hides_none_before_it() {
    let stage = Stage::new();
    for reference in ["order-1", "order-2", "order-3"] {
        stage.journal.close(&opened(&stage.journal, &intent(reference)), &lost()).unwrap();
    }
    stage.ask::<i64>("HSET|calls:order-2|0000000001 begin|{\"state\":\"of a newer version\"}");
    for list in [RedisJournal::records, RedisJournal::in_doubt] {
        let page = list(&stage.journal, None, 10).unwrap();
        assert_eq!(page.iter().map(|record| &record.key).collect::<Vec<_>>(), [&key("order-1", 1)]);
        let error = list(&stage.journal, Some(&key("order-1", 1)), 10).unwrap_err();
        assert_eq!(error.kind(), JournalErrorKind::Damaged);
        assert!(error.source().unwrap().to_string().contains("order-2"), "{error:?}");
        assert_eq!(list(&stage.journal, Some(&key("order-2", 1)), 10).unwrap().len(), 1);
    }
}

#[test]
fn an_entry_of_another_version_and_a_name_of_another_program_hold_up_no_session() {
    let stage = Stage::new();
    let store = RedisSessionStore::new(stage.link.clone()).with_prefix(&stage.prefix);
    let until = 1_000_000_000;
    let mut keys: Vec<Key> = (0..9).map(|number| Key::of(&number.to_string())).collect();
    for key in &keys {
        assert!(store.put(key, &kept("data", true, until)).unwrap());
    }
    keys.sort();
    for key in &keys[..4] {
        let entry = format!("{}:sessions:entry:{}", stage.prefix, key.as_str());
        let spoil = |connection: &mut redis::Connection| {
            redis::cmd("HSET").arg(&entry).arg("kept").arg("of a newer version").query::<i64>(connection)
        };
        stage.link.read(spoil).unwrap();
    }
    let (mut listed, mut after) = (Vec::new(), None);
    while let Some((last, _)) = store.list_open(after.as_ref(), 2).unwrap().last() {
        let page = store.list_open(after.as_ref(), 2).unwrap();
        after = Some(last.clone());
        listed.extend(page.into_iter().map(|(key, _)| key));
    }
    assert_eq!(listed, keys[4..]);
    let foreign = |connection: &mut redis::Connection| {
        redis::cmd("ZADD")
            .arg(format!("{}:sessions:times", stage.prefix))
            .arg(1)
            .arg("foreign")
            .query::<i64>(connection)
    };
    stage.link.read(foreign).unwrap();
    assert_eq!(
        store.sweep(OffsetDateTime::from_unix_timestamp(until + 1).unwrap()).unwrap(),
        9,
        "and it comes to an end"
    );
}

#[test]
fn a_sum_below_nothing_refuses_nobody_and_lends_nothing() {
    let stage = Stage::new();
    let capped = |reference| capped(reference, Caps::new().with_per_day(1));
    stage.ask::<i64>(&format!("HSET|days|{}|-5", stage.today()));
    opened(&stage.journal, &capped("order-1"));
    let sum: i64 = stage.ask(&format!("HGET|days|{}", stage.today()));
    assert_eq!(sum, 0, "it is counted from nothing on");
    stage.ask::<i64>(&format!("HSET|days|{}|1", stage.today()));
    assert!(matches!(stage.journal.open(&capped("order-2")).unwrap(), Opened::OverCap(_)));
}

#[test]
fn a_clock_that_was_wrong_for_a_moment_forgets_no_day() {
    let stage = Stage::new();
    for (ago, is_kept) in [(2, true), (6, true), (7, false)] {
        stage.ask::<i64>(&format!("HSET|days|{}|3", stage.today() - ago));
        opened(&stage.journal, &intent(&format!("order-{ago}")));
        let sum: Option<i64> = stage.ask(&format!("HGET|days|{}", stage.today() - ago));
        assert_eq!(sum.is_some(), is_kept, "{ago} days ago");
    }
}

#[test]
fn what_seems_to_come_after_the_clock_went_back_counts_from_now_on() {
    let stage = Stage::new();
    let future = stage.journal.now().unwrap().unix_timestamp() * 1_000_000 + 3_600_000_000;
    stage.ask::<i64>(&format!("ZADD|recent|{future}|order-0 0000000001 begin 1"));
    stage.ask::<i64>("HSET|recent:charges|order-0 0000000001 begin 1|3");
    stage.ask::<String>("SET|recent:sum|3");
    let capped = |limit| capped("order-1", Caps::new().with_per_minute(limit));
    assert!(matches!(stage.journal.open(&capped(3)).unwrap(), Opened::OverCap(used) if used.used == 4));
    opened(&stage.journal, &capped(4));
    let moved: i64 = stage.ask("ZSCORE|recent|order-0 0000000001 begin 1");
    assert!(moved < future, "in a minute it is over");
}

#[test]
fn what_was_decided_on_another_time_or_another_version_is_not_written() {
    let stage = Stage::new();
    let now = stage.journal.now().unwrap().unix_timestamp() * 1_000_000;
    let script = Script::new(include_str!("../../src/journal/write.lua"));
    let write = |version: &str, read_at: i64| -> String {
        let note = json!({
            "read_at": read_at, "patience": 5_000_000, "today": 0, "oldest_day": 0, "caps": [], "possible": "0",
            "keep_until": "0", "is_unfinished": true, "left": [], "spent": [], "days": []
        });
        let mut call = script.prepare_invoke();
        for name in
            ["calls:r", "sums:r", "all", "ends", "unfinished", "open", "recent", "charges", "sum", "days", "version"]
        {
            call.key(format!("{}:journal:{name}", stage.prefix));
        }
        for argument in ["0000000001 begin", "r 0000000001 begin", version, "{}", &note.to_string(), "r"] {
            call.arg(argument);
        }
        let told: (String, Option<Vec<u32>>) = stage.link.write(|connection| call.invoke(connection)).unwrap();
        told.0
    };
    for far in [-6_000_000, 7_000_000] {
        assert_eq!(write("0", now + far), "late");
    }
    assert_eq!(write("7", now), "changed");
    assert_eq!(stage.names().len(), 0);
    assert_eq!(write("0", now), "written");
    assert_eq!(write("0", now), "changed");
}
