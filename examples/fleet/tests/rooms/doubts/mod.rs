//! Tests that an operator sees each doubt, settles it once, and finds its result in line with the journal.

mod copy;
mod settle;

use std::{process::Command, time::Duration};

use liveness::{
    CallKind, Charges, ErrorKind, Outcome, Receipt, Verdict,
    money::{Answer, Closing, Ending, Intent, Journal, SentAttempt, TryKey},
};
use liveness_fleet::{
    doubts,
    jobs::{Job, Jobs, Taken},
    journal::RedisJournal,
    results::{End, Ended, Results},
    retention,
};

use self::copy::Folder;
use crate::{
    calls::{answered, intent, intent_of, lost, opened},
    redis::{DURABLE, Redis},
};

struct Stage {
    redis: Redis,
    journal: RedisJournal,
    jobs: Jobs,
}

impl Stage {
    fn new() -> Self {
        let redis = Redis::start(&DURABLE);
        let jobs = Jobs::new(redis.link(), Results::new(redis.link()));
        jobs.prepare().unwrap();
        retention::agree(&redis.link(), 90).unwrap();
        Self { journal: RedisJournal::new(redis.link()), jobs, redis }
    }

    /// A doubt in the journal, and the result that its worker kept.
    fn doubt(&self, reference: &str) {
        self.journal.close(&opened(&self.journal, &intent(reference)), &lost()).unwrap();
        let error = liveness::Error::new(ErrorKind::OutcomeUnknown);
        self.jobs.results().keep(reference, &Ended::error(&error).unwrap()).unwrap();
    }

    /// A job of this reference, in the hands of a worker.
    fn taken(&self, reference: &str) -> Taken {
        let job = Job {
            reference: reference.to_owned(),
            name: "张三".to_owned(),
            id_number: "990001199001010013".to_owned(),
            photo: "/photos/1.jpg".to_owned(),
        };
        self.jobs.submit(&job).unwrap();
        self.jobs.take("worker", Duration::from_secs(3600), Duration::from_millis(1)).unwrap().unwrap()
    }

    fn bury(&self, reference: &str) {
        self.jobs.bury(&self.taken(reference)).unwrap();
    }

    fn end(&self, reference: &str) -> (End, String, u32) {
        let ended = self.jobs.results().find(reference).unwrap().unwrap();
        (ended.end, ended.word, ended.possible)
    }

    fn close(&self, intent: &Intent, closing: &Closing) {
        self.journal.close(&opened(&self.journal, intent), closing).unwrap();
    }

    /// Puts something into the first call of this reference that no version reads.
    fn spoil(&self, reference: &str) {
        let key = format!("{{liveness}}:journal:calls:{reference}");
        let set = |connection: &mut ::redis::Connection| {
            ::redis::cmd("HSET").arg(&key).arg("0000000001 begin").arg("{}").query::<i64>(connection)
        };
        self.redis.link().read(set).unwrap();
    }

    /// For how many days a key is kept from now on.
    fn days_left(&self, key: &str) -> i64 {
        let left = self.redis.link().read(|connection| ::redis::cmd("TTL").arg(key).query::<i64>(connection));
        (left.unwrap() + 3600) / (24 * 3600)
    }

    /// What the program says, and its exit code.
    fn run(&self, arguments: &str) -> (String, i32) {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &str, set: &[(&str, &str)]) -> (String, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doubts"));
        command.env_clear().env("FLEET_REDIS", self.redis.url()).env("LANG", "C").args(arguments.split_whitespace());
        command.envs(set.iter().copied());
        let said = command.output().unwrap();
        let text = String::from_utf8(said.stdout).unwrap() + &String::from_utf8(said.stderr).unwrap();
        (text, said.status.code().unwrap())
    }
}

fn receipt() -> Receipt {
    Receipt::new("acme/a".parse().unwrap())
}

fn passed() -> Verdict {
    Verdict::new(Outcome::Passed, receipt())
}

fn call(reference: &str, attempt: u32, call: CallKind) -> Intent {
    intent_of(TryKey::new(reference.parse().unwrap(), attempt, call))
}

fn told(answer: Answer) -> Closing {
    Closing::new(Ending::Answered { answer, sealed: None }, Charges::new(1, 1))
}

#[test]
fn a_doubt_is_listed_with_what_leads_to_it_in_the_statement() {
    let stage = Stage::new();
    assert_eq!(stage.run(""), ("in doubt: 0\n".to_owned(), 0));
    let ticket = opened(&stage.journal, &intent("order-7"));
    let now = stage.journal.now().unwrap();
    stage.journal.sent(&ticket, &SentAttempt::new(1, now, Some("n-1".to_owned()))).unwrap();
    stage.journal.close(&ticket, &Closing::new(lost().ending, Charges::new(0, 2))).unwrap();
    stage.journal.close(&opened(&stage.journal, &intent("order-8")), &answered()).unwrap();

    let (said, code) = stage.run("");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!((lines.len(), code), (4, 1), "{said}");
    assert_eq!(lines[0].split_whitespace().collect::<String>(), "callaccountmadeatchargesrequestnumber");
    let day = (now + liveness::time::Duration::hours(8)).date().to_string();
    let columns: Vec<_> = lines[1].split_whitespace().collect();
    assert_eq!([&columns[..3], &columns[4..]].concat(), ["order-7/1/begin", "acme/a", &day, "0–2", "n-1"]);
    assert_eq!(lines[3], "in doubt: 1");
    assert!(stage.run("--lang zh").0.ends_with("\n待核实：1\n"));

    let (said, code) = stage.run("--json");
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((json["reference"].as_str(), json["possible"].as_u64(), code), (Some("order-7"), Some(2), 1));
    assert_eq!(
        (json["attempt"].as_u64(), json["call"].as_str(), json["request_id"].as_str()),
        (Some(1), Some("begin"), Some("n-1"))
    );
}

#[test]
fn a_record_that_cannot_be_read_is_named() {
    let stage = Stage::new();
    stage.doubt("order-7");
    ["order-6", "order-8"].iter().for_each(|reference| stage.doubt(reference));
    stage.spoil("order-7");
    let folder = Folder::new();
    for order in ["", "settle order-7 billed", &format!("export {}", folder.0.display())] {
        let (said, code) = stage.run(order);
        assert!(said.contains("record of \"order-7 0000000001 begin\"") && code == 2, "{order}: {said}");
    }
    // It stops nobody from settling one before or after it.
    for other in ["order-6", "order-8"] {
        assert_eq!(stage.run(&format!("settle {other} billed")).1, 0, "{other}");
        assert_eq!(stage.end(other), (End::Error, "lost".to_owned(), 1));
    }
}

#[test]
fn more_doubts_than_a_page_are_all_there() {
    let stage = Stage::new();
    (0..201).for_each(|number| {
        stage.journal.close(&opened(&stage.journal, &intent(&format!("order-{number}"))), &lost()).unwrap()
    });
    assert_eq!(doubts::all(&stage.journal).unwrap().len(), 201);
}

#[test]
fn a_call_in_flight_is_not_settled_and_wrong_lines_are_refused() {
    let stage = Stage::new();
    opened(&stage.journal, &intent("order-7"));
    assert!(stage.run("settle order-7 billed").0.contains("in flight until"));
    let named = stage.run("settle order-7 billed --attempt 1 --call begin");
    assert!(named.0.contains("in flight until") && named.1 == 2, "{named:?}");
    for wrong in [
        "settle",
        "settle order-7",
        "settle order-7 maybe",
        "settle order-7 billed --attempt 1",
        "settle 990001199001010013 billed",
        "lost",
        "--nonsense",
        "export",
        "--call",
    ] {
        let (said, code) = stage.run(wrong);
        assert!(code == 2 && said.contains("usage: doubts") && !said.contains("990001"), "{wrong}: {said}");
    }
}
