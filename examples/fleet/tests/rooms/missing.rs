//! Tests that a check which ended by the journal gets a result where its server kept none.

use std::time::Duration;

use liveness::{
    CallKind, Charges, ErrorKind, Outcome, Receipt, Verdict,
    money::{Answer, Closing, Ending, Intent, Journal, TryKey},
    time,
};
use liveness_fleet::{
    journal::RedisJournal,
    missing::{Broken, Missing},
    results::{End, Ended, Results},
};

use crate::{
    calls::{answered, intent, intent_of, lost, opened},
    redis::{DURABLE, Redis},
};

struct Stage {
    redis: Redis,
    journal: RedisJournal,
    results: Results,
}

impl Stage {
    fn new() -> Self {
        let redis = Redis::start(&DURABLE);
        let (journal, results) = (RedisJournal::new(redis.link()), Results::new(redis.link()));
        Self { redis, journal, results }
    }

    fn missing(&self) -> Missing {
        Missing::new(self.redis.link(), self.journal.clone(), self.results.clone())
    }

    /// As ten minutes later.
    fn due(&self) {
        let forget = |connection: &mut ::redis::Connection| {
            ::redis::cmd("DEL").arg("{liveness}:missing:claim").query::<i64>(connection)
        };
        self.redis.link().read(forget).unwrap();
    }

    /// A pass that is due.
    fn pass(&self) -> usize {
        self.due();
        self.missing().pass(|| false).unwrap().unwrap()
    }

    fn close(&self, intent: &Intent, closing: &Closing) {
        self.journal.close(&opened(&self.journal, intent), closing).unwrap();
    }

    fn end(&self, reference: &str) -> Option<(End, String, u32)> {
        let ended = self.results.find(reference).unwrap()?;
        Some((ended.end, ended.word, ended.possible))
    }
}

fn resume(reference: &str) -> Intent {
    intent_of(TryKey::new(reference.parse().unwrap(), 1, CallKind::Resume))
}

fn receipt() -> Receipt {
    Receipt::new("acme/a".parse().unwrap())
}

fn session() -> Closing {
    Closing::new(Ending::Answered { answer: Answer::Session(Box::new(receipt())), sealed: None }, Charges::new(1, 1))
}

fn passed() -> Closing {
    let verdict = Box::new(Verdict::new(Outcome::Passed, receipt()));
    Closing::new(Ending::Answered { answer: Answer::Verdict(verdict), sealed: None }, Charges::new(1, 1))
}

fn free() -> Closing {
    Closing::new(Ending::Free(Box::new(liveness::Error::new(ErrorKind::Unavailable).record())), Charges::NONE)
}

#[test]
fn what_is_over_or_in_doubt_gets_a_result_and_what_is_not_gets_none() {
    let stage = Stage::new();
    // Of a server that died in the middle of opening: its time is over.
    let mut late = intent("late");
    late.lease = Duration::from_millis(1);
    opened(&stage.journal, &late);
    stage.close(&intent("doubt"), &lost());
    stage.close(&intent("one-shot"), &passed());
    stage.close(&intent("hosted"), &session());
    stage.close(&resume("hosted"), &passed());
    stage.close(&intent("asked"), &session());
    stage.close(&resume("asked"), &lost());
    // These are not over.
    opened(&stage.journal, &intent("in-flight"));
    stage.close(&intent("at-the-page"), &session());
    stage.close(&intent("asking"), &session());
    opened(&stage.journal, &resume("asking"));
    stage.close(&intent("free"), &free());

    assert_eq!(stage.pass(), 5);
    let doubt = |possible| Some((End::InDoubt, "outcome_unknown".to_owned(), possible));
    let verdict = Some((End::Verdict, "passed".to_owned(), 1));
    for (reference, ended) in [
        ("late", doubt(1)),
        ("doubt", doubt(1)),
        ("one-shot", verdict.clone()),
        ("hosted", verdict),
        ("asked", doubt(1)),
        ("in-flight", None),
        ("at-the-page", None),
        ("asking", None),
        ("free", None),
    ] {
        assert_eq!(stage.end(reference), ended, "{reference}");
    }
    assert_eq!(stage.results.count().unwrap(), 5);
    assert_eq!(stage.pass(), 0, "and then nothing is missing");
}

#[test]
fn a_check_is_not_judged_without_a_call_of_it_that_cannot_be_read() {
    let stage = Stage::new();
    stage.close(&intent("order-1"), &lost());
    stage.close(&intent("order-2"), &session());
    stage.close(&resume("order-2"), &passed());
    let set = |call: &str, text: &str| {
        let set = |connection: &mut ::redis::Connection| {
            let (key, field) = ("{liveness}:journal:calls:order-2", format!("0000000001 {call}"));
            ::redis::cmd("HSET").arg(key).arg(field).arg(text).query::<i64>(connection)
        };
        stage.redis.link().read(set).unwrap();
    };
    // A session of two days ago, whose call for the result stands there in another version.
    let records = stage.journal.of(&"order-2".parse().unwrap()).unwrap();
    let mut begin = records[0].clone();
    begin.closed = begin.closed.map(|closed| closed - time::Duration::days(2));
    set("begin", &serde_json::to_string(&begin).unwrap());
    set("resume", "{}");
    for _ in 0..2 {
        stage.due();
        let error = stage.missing().pass(|| false).unwrap_err();
        assert!(liveness_fleet::whole(&error).contains("order-2 0000000001 resume"), "{error:?}");
        assert_eq!(stage.end("order-2"), None);
        assert!(stage.end("order-1").is_some());
    }
    set("resume", &serde_json::to_string(&records[1]).unwrap());
    assert_eq!(stage.pass(), 1);
    assert_eq!(stage.end("order-2"), Some((End::Verdict, "passed".to_owned(), 1)));
}

#[test]
fn a_pass_replaces_nothing_that_is_kept() {
    let stage = Stage::new();
    let verdict = Ended::verdict(&Verdict::new(Outcome::Passed, receipt()));
    let error = Ended { reason: Some("by the server".to_owned()), ..Ended::nothing() };
    for (reference, kept, closing) in [
        ("verdict", &verdict, lost()),
        ("error", &error, lost()),
        ("other", &error, passed()),
        ("answered", &error, answered()),
    ] {
        stage.close(&intent(reference), &closing);
        stage.results.keep(reference, kept).unwrap();
        assert!(!stage.results.keep_first(reference, &Ended { possible: 9, ..verdict.clone() }).unwrap());
    }
    assert_eq!(stage.pass(), 0);
    assert_eq!(stage.results.find("verdict").unwrap(), Some(verdict));
    for reference in ["error", "other", "answered"] {
        assert_eq!(stage.results.find(reference).unwrap().as_ref(), Some(&error), "{reference}");
    }
}

#[test]
fn an_open_session_without_a_result_has_expired_a_day_after_its_last_call() {
    let stage = Stage::new();
    stage.close(&intent("gone"), &session());
    stage.close(&resume("gone"), &Closing::new(Ending::Pending, Charges::new(0, 1)));
    let (records, now) = (stage.journal.of(&"gone".parse().unwrap()).unwrap(), stage.journal.now().unwrap());
    assert_eq!(records.len(), 2);
    assert_eq!(Ended::records(&records, now + time::Duration::hours(23)), None);
    let ended = Ended::records(&records, now + time::Duration::hours(25)).unwrap();
    assert_eq!((ended.end, ended.word.as_str(), ended.possible), (End::Error, "expired", 1));
    let ended = Ended::records(&records[..1], now + time::Duration::hours(25)).unwrap();
    assert_eq!((ended.end, ended.possible), (End::Error, 0), "what the opening cost stands in the journal");
}

#[test]
fn one_process_makes_a_pass_at_a_time_and_the_next_one_goes_on_where_it_ended() {
    let stage = Stage::new();
    // More than a page, which ends between the two calls of a hosted check.
    let doubts = (0..250).filter(|number| *number != 199);
    doubts.for_each(|number| stage.close(&intent(&format!("order-{number:03}")), &lost()));
    stage.close(&intent("order-199"), &session());
    stage.close(&resume("order-199"), &passed());
    assert_eq!(stage.missing().pass(|| true).unwrap(), Some(0), "it is to end");
    assert_eq!(stage.missing().pass(|| false).unwrap(), None, "it is not due");
    let left = |connection: &mut ::redis::Connection| {
        ::redis::cmd("TTL").arg("{liveness}:missing:claim").query::<u64>(connection)
    };
    assert!((1..=600).contains(&stage.redis.link().read(left).unwrap()), "and is in ten minutes");
    let at = |place: &str| {
        let set = |connection: &mut ::redis::Connection| {
            ::redis::cmd("SET").arg("{liveness}:missing:after").arg(place).query::<()>(connection)
        };
        stage.redis.link().read(set).unwrap();
    };
    at("order-240");
    assert_eq!(stage.pass(), 9);
    assert_eq!(stage.pass(), 241, "and the one after that begins anew");
    assert_eq!(stage.results.count().unwrap(), 250);
}

#[test]
fn a_record_that_cannot_be_read_holds_up_those_after_it_alone() {
    let stage = Stage::new();
    ["order-1", "order-2", "order-3"].iter().for_each(|reference| stage.close(&intent(reference), &lost()));
    let set = |text: &str| {
        let set = |connection: &mut ::redis::Connection| {
            let (key, field) = ("{liveness}:journal:calls:order-2", "0000000001 begin");
            ::redis::cmd("HSET").arg(key).arg(field).arg(text).query::<i64>(connection)
        };
        stage.redis.link().read(set).unwrap();
    };
    let record = stage.journal.find(&TryKey::new("order-2".parse().unwrap(), 1, CallKind::Begin)).unwrap().unwrap();
    set("{}");
    for new in ["order-1", "order-0"] {
        if new == "order-0" {
            stage.close(&intent(new), &lost());
        }
        stage.due();
        let error = stage.missing().pass(|| false).unwrap_err();
        assert!(matches!(error, Broken::Journal(_)), "{error:?}");
        assert!(stage.end(new).is_some(), "{new}");
    }
    assert_eq!(stage.end("order-3"), None);
    set(&serde_json::to_string(&record).unwrap());
    assert_eq!(stage.pass(), 2, "once it can be read");
}
