//! Tests that the result of a check, and its job, follow what the operator says of its doubt.

use liveness::{
    CallKind, Charges, ErrorKind,
    money::{Answer, Closing, Ending, Journal, Opened, Settled, TryKey},
};
use liveness_fleet::{
    doubts,
    results::{End, Ended},
    retention,
};

use super::{Stage, call, passed, receipt, told};
use crate::calls::{answered, intent, intent_of, key, lost, opened};

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
    assert!(said.starts_with("free/1/begin 已核销：未计费\n结果改为 nothing_ran，计费 0–0\n") && code == 0, "{said}");
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
fn a_buried_job_that_is_settled_is_no_longer_buried_and_can_be_submitted_again() {
    let stage = Stage::new();
    ["order-7", "order-8"].iter().for_each(|reference| stage.bury(reference));
    stage.doubt("order-7");
    let (said, _) = stage.run("settle order-7 not-billed");
    assert!(said.contains("no longer among the buried") && said.contains("submit the job again"), "{said}");
    assert_eq!(stage.jobs.buried().unwrap(), [("order-8".to_owned(), 1)]);
    assert_eq!(stage.taken("order-7").reference, "order-7");
}
