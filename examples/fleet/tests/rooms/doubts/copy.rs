//! Tests that the copy of the journal in a folder is whole.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use liveness::{
    CallKind, Charges, ErrorKind, Receipt,
    money::{Answer, Closing, Ending, FileJournal, Intent, Journal, Record, SentAttempt, Settled, Standing, TryKey},
    time::OffsetDateTime,
};
use liveness_fleet::export;

use super::{Stage, passed};
use crate::calls::{intent, intent_of, key, lost, opened, sealed};

/// A folder of one test, which goes with it.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
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
