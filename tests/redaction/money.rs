//! What the money rooms print.

use liveness::{
    Jumdata, LivenessProvider, Sandbox, TencentMarket, Verdict,
    contract::JournalStage,
    money::{self, Journal as _, MemoryJournal},
};

use crate::{
    jumdata_keys, show,
    support::{Recorder, clock, same_person},
};

/// As `shown` of all types. The verdict holds a person.
pub(crate) fn shown(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let recorder = Recorder::default();
    let sandbox = Sandbox::builder().with_clock(clock()).build();
    let journal = MemoryJournal::new().with_clock(clock());
    let shared = journal.clone();
    let key = money::SealingKey::new(*b"k3y-s3cr3t k3y-s3cr3t k3y-s3cr3t");
    let once = |reference: &str| {
        let market = TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone()).with_clock(clock());
        let once = money::AtMostOnce::sealing(market, journal.clone(), key.clone()).unwrap();
        let _ = once.begin(&same_person().with_reference(reference.parse().unwrap())).unwrap();
        once
    };
    let wrapped = once("order-8");
    let record = journal.records(None, 1).unwrap().remove(0);
    let intent = money::Intent::new(record.key.clone(), record.provider.clone(), record.fingerprint.clone());
    let answered = money::Ending::Answered {
        answer: money::Answer::Verdict(Box::new(verdict.clone().without_person())),
        sealed: record.sealed.clone(),
    };
    let mut fresh = intent.clone();
    fresh.key = money::TryKey::new("order-9".parse().unwrap(), 1, liveness::CallKind::Begin);
    let ticket = journal.open(&fresh).unwrap();
    let at = record.opened;
    let line = money::StatementLine::new(2, at).with_number(Some("job-7".into()));
    let statement: money::Statement = [line.clone()].into_iter().collect();
    let held = || money::Reconciler::new(statement.clone(), money::StatementScope::new());
    let mut doubt = record.clone();
    doubt.state = money::State::Open;
    let mut reconciler = held();
    reconciler.add(&doubt, at + liveness::time::Duration::DAY);
    let found = reconciler.finish();
    let finding = found.findings().find(|finding| finding.call.is_some()).expect("a doubt is found");
    let mut proven = doubt.clone();
    proven.spends[0].sent[0].id = Some("job-7".into());
    let mut reconciler = held();
    reconciler.add(&proven, at + liveness::time::Duration::DAY);
    let proof = reconciler.finish().proofs().next().expect("its number proves it");
    vec![
        ("Record", serde_json::to_string(&record).unwrap()),
        show("Record", &record),
        show("State", &record.state),
        show("Spend", &record.spends[0]),
        show("SentAttempt", &record.spends[0].sent[0]),
        show("Sealed", &record.sealed),
        show("Fingerprint", &record.fingerprint),
        show("TryKey", &record.key),
        show("Opening", money::rules::open(None, &intent, at).unwrap()),
        show("Opened", journal.open(&intent).unwrap()),
        show("Intent", intent),
        show("Ticket", ticket),
        show("Closing", money::Closing::new(answered.clone(), liveness::Charges::NONE)),
        show("Ending", answered),
        show("Settled", money::Settled::Billed(Some(Box::new(verdict.clone())))),
        show("AtMostOnce", wrapped),
        show("MemoryJournal", &journal),
        show("JournalStage", JournalStage::new(move || shared.clone(), |_| {})),
        #[cfg(unix)]
        show("FileJournal", file_journal()),
        #[cfg(not(unix))]
        show("FileJournal", ()),
        show("Capped", money::Capped::new(Jumdata::new(jumdata_keys(), recorder.clone()), money::Caps::new())),
        show("StatementLine", line),
        show("Statement", &statement),
        show("StatementScope", money::StatementScope::new()),
        show("Reconciler", held()),
        show("Reconciliation", &found),
        show("FoundCall", &finding.call),
        show("Finding", finding),
        show("Proof", proof),
        show("MeterReading", money::MeterReading::new(record.provider.clone(), 5, at)),
        show("ByMeter", money::ByMeter::Settled(Box::new(record.clone()))),
        show("SettleError", money::SettleError::Several(vec![record.key.clone()])),
        show("SealingKey", &key),
        show("JournalError", money::JournalError::new(money::JournalErrorKind::Foreign)),
        show(
            "Failover",
            money::Failover::new(
                "a",
                [std::sync::Arc::new(Jumdata::new(jumdata_keys(), recorder.clone()))
                    as std::sync::Arc<dyn LivenessProvider>],
            )
            .unwrap(),
        ),
    ]
}

#[cfg(unix)]
fn file_journal() -> money::FileJournal {
    // Two tests come here at the same time.
    let thread = std::thread::current().id();
    let folder = std::env::temp_dir().join(format!("liveness-redaction-{}-{thread:?}", std::process::id()));
    let journal = money::FileJournal::open(&folder).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    journal
}
