//! Tests that an operator sees each doubt, settles it once, and finds its result in line with the journal.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use liveness::{
    CallKind, Charges, ErrorKind, Outcome, Receipt, Verdict,
    money::{
        Answer, Closing, Ending, FileJournal, Intent, Journal, Opened, Record, SentAttempt, Settled, Standing, TryKey,
    },
    time::OffsetDateTime,
};
use liveness_fleet::{
    doubts, export,
    jobs::{Job, Jobs, Taken},
    journal::RedisJournal,
    results::{End, Ended, Results},
};

use crate::{
    calls::{answered, intent, intent_of, key, lost, opened, sealed},
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

    /// What the program says, and its exit code.
    fn run(&self, arguments: &str) -> (String, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doubts"));
        command.env_clear().env("FLEET_REDIS", self.redis.url()).env("LANG", "C").args(arguments.split_whitespace());
        let said = command.output().unwrap();
        let text = String::from_utf8(said.stdout).unwrap() + &String::from_utf8(said.stderr).unwrap();
        (text, said.status.code().unwrap())
    }
}

fn passed() -> Verdict {
    Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse().unwrap()))
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
    let spoil = |connection: &mut ::redis::Connection| {
        let (key, field) = ("{liveness}:journal:calls:order-7", "0000000001 begin");
        ::redis::cmd("HSET").arg(key).arg(field).arg("{}").query::<i64>(connection)
    };
    stage.redis.link().read(spoil).unwrap();
    let (said, code) = stage.run("");
    assert!(said.contains("order-7") && code == 2, "{said}");
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
fn the_operators_word_ends_a_doubt_once_and_its_result_follows() {
    let stage = Stage::new();
    ["billed", "free"].iter().for_each(|reference| stage.doubt(reference));
    let (said, code) = stage.run("settle billed billed");
    assert_eq!((said.as_str(), code), ("billed/1/begin is settled: billed\nits result is now lost, charges 1–1\n", 0));
    assert_eq!(stage.end("billed"), (End::Error, "lost".to_owned(), 1));
    let (said, code) = stage.run("settle billed not-billed");
    assert_eq!((said.as_str(), code), ("doubts: billed: this reference has no call in doubt\n", 2));

    let (said, code) = stage.run("settle free not-billed --lang zh");
    assert!(
        said.starts_with("free/1/begin 已核销：未计费\n核验结果改为 nothing_ran，计费 0–0\n") && code == 0,
        "{said}"
    );
    assert_eq!(stage.end("free"), (End::Error, "nothing_ran".to_owned(), 0));
    // The next call is made, and its verdict takes the place.
    assert!(matches!(stage.journal.open(&intent("free")).unwrap(), Opened::New(_)));
    stage.jobs.results().keep("free", &Ended::verdict(&passed())).unwrap();
    assert_eq!(stage.end("free").0, End::Verdict);
    assert_eq!(stage.run("").1, 0, "nothing is in doubt any more");
}

#[test]
fn a_verdict_that_is_kept_stays_and_a_result_that_is_missing_comes() {
    let stage = Stage::new();
    stage.doubt("known");
    stage.jobs.results().keep("known", &Ended::verdict(&passed())).unwrap();
    let settled =
        doubts::settle(&stage.journal, &stage.jobs, &"known".parse().unwrap(), None, &Settled::NotBilled).unwrap();
    assert_eq!(settled.ended, None);
    assert_eq!(stage.end("known").0, End::Verdict);
    assert!(stage.jobs.results().find("unknown").unwrap().is_none());
    stage.journal.close(&opened(&stage.journal, &intent("unknown")), &lost()).unwrap();
    stage.run("settle unknown billed");
    assert_eq!(stage.end("unknown"), (End::Error, "lost".to_owned(), 1));
}

#[test]
fn a_result_that_stayed_behind_follows_at_the_same_order_again() {
    let stage = Stage::new();
    stage.doubt("order-7");
    // As where Redis was away right after the journal was written.
    stage.journal.settle(&key("order-7", 1), &Settled::Billed(None)).unwrap();
    let (said, code) = stage.run("settle order-7 billed");
    assert_eq!(
        (said.as_str(), code),
        ("order-7/1/begin was settled before: billed\nits result is now lost, charges 1–1\n", 0)
    );
    assert_eq!(stage.run("settle order-7 billed").1, 2);
}

#[test]
fn of_several_doubts_one_is_named_and_the_result_stays_a_doubt_until_the_last() {
    let stage = Stage::new();
    stage.doubt("order-7");
    let resume = TryKey::new("order-7".parse().unwrap(), 1, CallKind::Resume);
    stage.journal.close(&opened(&stage.journal, &intent_of(resume)), &lost()).unwrap();
    let (said, code) = stage.run("settle order-7 billed");
    assert!(said.contains("order-7/1/begin, order-7/1/resume") && code == 2, "{said}");
    stage.bury("order-7");
    assert_eq!(stage.run("settle order-7 billed --attempt 1 --call begin").1, 0);
    assert_eq!((stage.end("order-7").0, stage.jobs.buried().unwrap().len()), (End::InDoubt, 1));
    assert_eq!(stage.run("settle order-7 billed").1, 0);
    assert_eq!(stage.end("order-7"), (End::Error, "lost".to_owned(), 1));
    assert_eq!(stage.jobs.buried().unwrap(), []);
}

#[test]
fn while_another_call_of_the_reference_is_in_flight_the_result_waits_for_it() {
    let stage = Stage::new();
    stage.doubt("order-7");
    opened(&stage.journal, &intent_of(TryKey::new("order-7".parse().unwrap(), 1, CallKind::Resume)));
    let (said, code) = stage.run("settle order-7 not-billed");
    assert!(said.contains("its result stays as it is") && code == 0, "{said}");
    assert_eq!(stage.end("order-7").0, End::InDoubt);
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

#[test]
fn a_buried_job_that_is_settled_is_no_longer_buried_and_can_be_submitted_again() {
    let stage = Stage::new();
    ["order-7", "order-8"].iter().for_each(|reference| stage.bury(reference));
    stage.doubt("order-7");
    let (said, _) = stage.run("settle order-7 not-billed");
    assert!(said.contains("no longer among the buried") && said.contains("submit the job again"), "{said}");
    assert_eq!(stage.jobs.buried().unwrap(), [("order-8".to_owned(), 1)]);
    assert_eq!(stage.taken("order-7").reference, "order-7");
}

/// A folder of one test, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(env::temp_dir().join(format!("liveness-export-{}-{number}", std::process::id())))
    }

    fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        FileJournal::scan(&self.0, |record| records.push(record)).unwrap();
        records.sort_by(|a, b| a.key.cmp(&b.key));
        records
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_copy_in_a_folder_has_every_record_as_it_stands_without_what_is_sealed() {
    let stage = Stage::new();
    let journal = &stage.journal;
    let error = |id: &str| {
        let error = liveness::Error::new(ErrorKind::OutcomeUnknown).with_request_id(id).with_vendor_code("500");
        Box::new(error.record())
    };
    let closed = |intent: &Intent, ending: Ending, charges: (u32, u32)| {
        journal.close(&opened(journal, intent), &Closing::new(ending, Charges::new(charges.0, charges.1))).unwrap();
    };
    let resume = |reference: &str| intent_of(TryKey::new(reference.parse().unwrap(), 1, CallKind::Resume));
    let again = |reference: &str| {
        let mut intent = intent(reference);
        intent.repeats_in_doubt = 9;
        intent
    };
    let verdict = || Answer::Verdict(Box::new(passed().without_person()));
    let answer = |answer| Ending::Answered { answer, sealed: None };

    let ticket = opened(journal, &intent("doubt"));
    journal.sent(&ticket, &SentAttempt::new(1, journal.now().unwrap(), Some("n-1".to_owned()))).unwrap();
    journal.sent(&ticket, &SentAttempt::new(2, journal.now().unwrap(), None)).unwrap();
    journal.close(&ticket, &Closing::new(Ending::InDoubt(error("n-2")), Charges::new(1, 2))).unwrap();
    journal.close(&opened(journal, &intent("sealed")), &sealed("secret")).unwrap();
    opened(journal, &intent("in-flight"));
    let mut late = intent("late");
    (late.lease, late.exposure) = (Duration::from_millis(1), 3);
    opened(journal, &late);
    closed(&intent("verdict"), answer(verdict()), (1, 1));
    closed(&intent("hosted"), answer(Answer::Session(Box::new(Receipt::new("acme/a".parse().unwrap())))), (1, 1));
    closed(&resume("hosted"), Ending::Pending, (0, 1));
    closed(&resume("hosted"), Ending::AskAgain(error("n-3")), (0, 1));
    closed(&resume("asked"), Ending::InDoubt(error("n-4")), (0, 1));
    closed(
        &{
            let mut again = resume("asked");
            again.repeats_in_doubt = 9;
            again
        },
        Ending::AskAgain(error("n-5")),
        (0, 1),
    );
    closed(&intent("refused"), answer(Answer::Error(error("n-6"))), (0, 1));
    for _ in 0..20 {
        closed(&intent("free"), Ending::Free(error("n-7")), (0, 0));
    }
    closed(&intent("free"), answer(verdict()), (1, 1));
    closed(&again("repeated"), Ending::InDoubt(error("n-8")), (0, 1));
    closed(&again("repeated"), Ending::Free(error("n-9")), (0, 0));
    for (reference, settled) in [
        ("not-billed", Settled::NotBilled),
        ("billed", Settled::Billed(None)),
        ("told", Settled::Billed(Some(Box::new(passed())))),
        ("counted", Settled::Counted(1)),
    ] {
        closed(&again(reference), Ending::InDoubt(error("n-10")), (0, 1));
        closed(&again(reference), Ending::InDoubt(error("n-11")), (0, 2));
        journal.settle(&key(reference, 1), &settled).unwrap();
    }
    closed(&intent("not-billed"), answer(verdict()), (1, 1));

    let folder = Folder::new();
    let exported = export::export(journal, &folder.0).unwrap();
    assert_eq!(exported.others, []);
    let mut wanted = journal.records(None, 1000).unwrap();
    for record in &mut wanted {
        record.sealed = None;
        // Openings of which nothing ran are counted and not kept.
        (1..).zip(&mut record.spends).for_each(|(fence, spend)| spend.fence = fence);
    }
    assert_eq!(folder.records(), wanted);
    assert_eq!(exported.copied, wanted.len());
    let standing = |records: &[Record]| {
        records.iter().map(|record| record.standing(OffsetDateTime::now_utc())).collect::<Vec<_>>()
    };
    assert_eq!(standing(&folder.records()).iter().filter(|standing| **standing == Standing::InDoubt).count(), 4);
    let written =
        fs::read_dir(&folder.0).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap_or_default());
    assert!(!written.collect::<String>().contains("secret"));
}

#[test]
fn a_record_that_cannot_be_copied_as_it_is_is_named_and_the_others_are_there() {
    let stage = Stage::new();
    ["order-7", "order-8", "order-9"].iter().for_each(|reference| stage.doubt(reference));
    let spoil = |reference: &str, spoil: &dyn Fn(&mut serde_json::Value)| {
        let mut record = serde_json::to_value(stage.journal.find(&key(reference, 1)).unwrap().unwrap()).unwrap();
        spoil(&mut record);
        let set = |connection: &mut ::redis::Connection| {
            let key = format!("{{liveness}}:journal:calls:{reference}");
            ::redis::cmd("HSET").arg(key).arg("0000000001 begin").arg(record.to_string()).query::<i64>(connection)
        };
        stage.redis.link().read(set).unwrap();
    };
    // One without an opening, and one that is open although the vendor has numbered its answer.
    spoil("order-7", &|record| record["spends"] = serde_json::json!([]));
    spoil("order-8", &|record| {
        (record["state"], record["closed"]) = ("open".into(), serde_json::Value::Null);
        (record["spends"][0]["is_lost"], record["spends"][0]["request_id"]) = (false.into(), "n-1".into());
    });
    let folder = Folder::new();
    let (said, code) = stage.run(&format!("export {}", Path::display(&folder.0)));
    assert!(said.starts_with("copied: 1 records.") && code == 1, "{said}");
    for reference in ["order-7", "order-8"] {
        assert!(said.contains(&format!("{reference}/1/begin: it could not be copied")), "{said}");
    }
    assert!(folder.records().iter().any(|record| record.key == key("order-9", 1)));
    let (said, code) = stage.run(&format!("export {}", Path::display(&folder.0)));
    assert!(said.contains("not empty") && code == 2, "{said}");
}
