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
    retention,
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
fn a_settled_call_is_kept_as_long_as_the_fleet_keeps_its_own() {
    let stage = Stage::new();
    ["order-7", "order-8"].iter().for_each(|reference| stage.doubt(reference));
    retention::agree(&stage.redis.link(), 365).unwrap();
    for (order, set) in
        [("settle order-7 billed", vec![]), ("settle order-8 billed", vec![("FLEET_RETENTION_DAYS", "3")])]
    {
        assert_eq!(stage.run_with(order, &set).1, 0);
    }
    for reference in ["order-7", "order-8"] {
        assert_eq!(stage.days_left(&format!("{{liveness}}:journal:calls:{reference}")), 365);
        assert_eq!(stage.days_left(&format!("{{liveness}}:result:{reference}")), 365);
    }
}

#[test]
fn nothing_is_settled_where_nobody_knows_how_long_it_must_be_kept() {
    let stage = Stage::new();
    stage.doubt("order-7");
    let forget = |connection: &mut ::redis::Connection| {
        ::redis::cmd("DEL").arg("{liveness}:retention:days").query::<i64>(connection)
    };
    stage.redis.link().read(forget).unwrap();
    let (said, code) = stage.run("settle order-7 billed");
    assert!(said.contains("{liveness}:retention:days is missing") && code == 2, "{said}");
    assert!(stage.run("").0.contains("order-7/1/begin"), "it is in doubt, and listed");
}

#[test]
fn of_a_check_that_was_charged_for_a_settled_call_never_tells_that_nothing_ran() {
    let stage = Stage::new();
    let verdict = || told(Answer::Verdict(Box::new(passed().without_person())));
    let session = || told(Answer::Session(Box::new(receipt())));
    let (begin, resume) = (CallKind::Begin, CallKind::Resume);
    // Two tries, both in doubt.
    stage.close(&call("tries", 1, begin), &lost());
    stage.close(&call("tries", 2, begin), &lost());
    stage.run("settle tries billed --attempt 1 --call begin");
    // A try that was told, and a second one.
    stage.close(&call("told", 1, begin), &verdict());
    stage.close(&call("told", 2, begin), &lost());
    // The same of a hosted check.
    stage.close(&call("hosted", 1, begin), &session());
    stage.close(&call("hosted", 1, resume), &verdict());
    stage.close(&call("hosted", 2, begin), &lost());
    // One that ran before without a result.
    stage.close(&call("asked", 1, begin), &Closing::new(Ending::Pending, Charges::new(0, 1)));
    stage.close(&call("asked", 1, begin), &lost());
    stage.close(&call("ran", 1, begin), &Closing::new(Ending::Pending, Charges::NONE));
    stage.close(&call("ran", 1, begin), &lost());
    for (reference, end, word, charges) in [
        ("tries", End::Error, "lost", (1, 1)),
        ("told", End::Verdict, "passed", (1, 1)),
        ("hosted", End::Verdict, "passed", (2, 2)),
        ("asked", End::Error, "lost", (0, 1)),
        ("ran", End::Error, "lost", (0, 0)),
    ] {
        let (said, code) = stage.run(&format!("settle {reference} not-billed"));
        assert!(said.contains("is settled: not billed") && code == 0, "{said}");
        let ended = stage.jobs.results().find(reference).unwrap().unwrap();
        let is = (ended.end, ended.word.as_str(), (ended.certain, ended.possible));
        assert_eq!(is, (end, word, charges), "{reference}");
    }
}

#[test]
fn an_open_session_goes_on_without_a_result_when_its_lost_call_is_settled() {
    let stage = Stage::new();
    stage.close(&intent("order-7"), &told(Answer::Session(Box::new(receipt()))));
    stage.close(&call("order-7", 1, CallKind::Resume), &lost());
    stage
        .jobs
        .results()
        .keep("order-7", &Ended::error(&liveness::Error::new(ErrorKind::OutcomeUnknown)).unwrap())
        .unwrap();
    let (said, code) = stage.run("settle order-7 not-billed");
    assert!(said.contains("its session is open") && !said.contains("paid") && code == 0, "{said}");
    assert_eq!(stage.jobs.results().find("order-7").unwrap(), None);
    assert_eq!(stage.jobs.results().count().unwrap(), 0);
    // The person comes back.
    let again = told(Answer::Verdict(Box::new(passed().without_person())));
    stage.close(&call("order-7", 1, CallKind::Resume), &again);
    stage.jobs.results().keep("order-7", &Ended::verdict(&passed())).unwrap();
    assert_eq!(stage.end("order-7").0, End::Verdict);
}

#[test]
fn a_result_is_replaced_only_as_it_was_read() {
    let stage = Stage::new();
    stage.doubt("order-7");
    let results = stage.jobs.results();
    let read = results.kept("order-7").unwrap();
    // A second call of it is lost too, and a worker keeps that.
    let doubt = Ended { possible: 2, ..read.ended.clone().unwrap() };
    results.keep("order-7", &doubt).unwrap();
    for ended in [Some(&Ended::nothing()), None] {
        assert!(!results.replace("order-7", &read, ended).unwrap());
        assert_eq!(results.find("order-7").unwrap().as_ref(), Some(&doubt));
    }
    let none = results.kept("order-8").unwrap();
    results.keep("order-8", &doubt).unwrap();
    assert!(!results.replace("order-8", &none, Some(&Ended::nothing())).unwrap());
    assert!(results.replace("order-8", &results.kept("order-8").unwrap(), Some(&Ended::nothing())).unwrap());
    assert_eq!(results.count().unwrap(), 2);
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
    for call in ["", " --attempt 1 --call begin"] {
        let (said, code) = stage.run(&format!("settle billed not-billed{call}"));
        let stays = "doubts: billed: billed/1/begin was settled before: billed; that stays\n";
        assert_eq!((said.as_str(), code), (stays, 2));
        assert_eq!(stage.run(&format!("settle billed billed{call}")).1, 0, "the same word again");
    }
    assert_eq!(stage.end("billed"), (End::Error, "lost".to_owned(), 1));

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
    assert_eq!(settled.result, doubts::Followed::Known);
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
}

#[test]
fn a_job_that_stayed_among_the_buried_follows_at_the_same_order_again() {
    let stage = Stage::new();
    stage.doubt("order-7");
    stage.run("settle order-7 billed");
    // As where Redis was away right after the result was written.
    stage.bury("order-7");
    let (said, code) = stage.run("settle order-7 not-billed");
    assert!(said.contains("billed; that stays") && code == 2, "{said}");
    assert_eq!(stage.jobs.buried().unwrap().len(), 1);
    let (said, code) = stage.run("settle order-7 billed --attempt 1 --call begin");
    assert!(said.contains("no longer among the buried") && code == 0, "{said}");
    assert_eq!(stage.jobs.buried().unwrap(), []);
}

#[test]
fn of_several_calls_that_were_settled_otherwise_one_is_named() {
    let stage = Stage::new();
    for attempt in [1, 2] {
        stage.close(&call("order-7", attempt, CallKind::Begin), &lost());
    }
    stage.run("settle order-7 billed --attempt 1 --call begin");
    stage.run("settle order-7 not-billed");
    let (said, code) = stage.run("settle order-7 billed");
    assert!(
        said.contains("order-7/1/begin was settled before: billed; order-7/2/begin was settled before: not billed")
    );
    assert!(said.contains("--attempt") && code == 2, "{said}");
    assert_eq!(stage.run("settle order-7 billed --attempt 1 --call begin").1, 0);
    assert_eq!(stage.run("settle order-7 billed --attempt 2 --call begin").1, 2);
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
    stage.bury("order-7");
    let resume = call("order-7", 1, CallKind::Resume);
    let ticket = opened(&stage.journal, &resume);
    let (said, code) = stage.run("settle order-7 not-billed");
    assert!(said.contains("another call of this reference is in flight") && code == 0, "{said}");
    assert_eq!((stage.end("order-7").0, stage.jobs.buried().unwrap().len()), (End::InDoubt, 1));
    stage.journal.close(&ticket, &answered()).unwrap();
    assert_eq!(stage.run("settle order-7 not-billed").1, 0);
    assert_eq!((stage.end("order-7"), stage.jobs.buried().unwrap().len()), ((End::Error, "lost".to_owned(), 1), 0));
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

    fn partial(&self) -> PathBuf {
        self.0.with_extension("partial")
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
        let _ = fs::remove_dir_all(self.partial());
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

#[test]
fn a_folder_comes_into_being_when_the_copy_is_whole() {
    let stage = Stage::new();
    // More than a page, and what cannot be read is after it.
    (0..210).for_each(|number| stage.close(&intent(&format!("order-{number:03}")), &lost()));
    let whole = stage.journal.find(&key("order-205", 1)).unwrap().unwrap();
    stage.spoil("order-205");
    let folder = Folder::new();
    let export = format!("export {}", folder.0.display());
    let (said, code) = stage.run(&export);
    assert!(said.contains("order-205") && code == 2, "{said}");
    assert!(!folder.0.exists(), "the first page of it is no journal");
    assert!(!folder.partial().exists(), "and what an export gave up is not in the way of the next one");

    let set = |connection: &mut ::redis::Connection| {
        let text = serde_json::to_string(&whole).unwrap();
        let key = "{liveness}:journal:calls:order-205";
        ::redis::cmd("HSET").arg(key).arg("0000000001 begin").arg(text).query::<i64>(connection)
    };
    stage.redis.link().read(set).unwrap();
    // One that was killed leaves this.
    fs::create_dir(folder.partial()).unwrap();
    let (said, code) = stage.run(&export);
    assert!(said.contains(".partial is left of an export that was interrupted") && code == 2, "{said}");
    assert!(!folder.0.exists());
    fs::remove_dir(folder.partial()).unwrap();
    // A folder that is empty is as good as none.
    fs::create_dir(&folder.0).unwrap();
    assert_eq!(stage.run(&export).1, 0);
    assert_eq!(folder.records().len(), 210);
    assert!(!folder.partial().exists());
}
