//! Whatever two processes do with one folder, and however often its files are begun and rewritten, the journal
//! answers as one in memory does.

use std::time::Duration;

use proptest::{prelude::*, sample::select};

use super::{Folder, answered, clock, lost, provider};
use crate::{
    model::{Charges, Error, ErrorKind, Outcome, Receipt, Verdict},
    money::{
        Caps,
        journal::{
            Answer, Closing, Ending, Fingerprint, Intent, Journal, JournalError, JournalErrorKind, MemoryJournal,
            Opened, Record, SentAttempt, Settled, Ticket, TryKey, file::FileJournal, rules,
        },
    },
    provider::CallKind,
};

/// How many rows of operations the ordinary run tries; `PROPTEST_CASES` sets another number.
const CASES: u32 = 16;
/// Longer than any day or minute of a cap.
const RETENTION: time::Duration = time::Duration::days(3);

#[derive(Clone, Debug)]
enum Step {
    Open {
        key: TryKey,
        inputs: u8,
        exposure: u32,
        repeats: u32,
        caps: Caps,
    },
    /// Of one of the tickets that were handed out.
    Sent(usize),
    Close(usize, u8, u32),
    Settle(TryKey, u8),
    Erase(TryKey),
    Pass(u64),
    Reopen,
    Compact,
}

/// Few names, so that they collide.
fn key() -> impl Strategy<Value = TryKey> {
    let calls = select(vec![CallKind::Begin, CallKind::Resume]);
    (select(vec!["order-1", "order-10", "order-2"]), select(vec![1, 2, 10]), calls)
        .prop_map(|(reference, attempt, call)| TryKey::new(reference.parse().unwrap(), attempt, call))
}

fn caps() -> impl Strategy<Value = Caps> {
    prop_oneof![
        4 => Just(Caps::new()),
        1 => (1..9_u32).prop_map(|limit| Caps::new().with_per_minute(limit)),
        1 => (1..9_u32).prop_map(|limit| Caps::new().with_per_day(limit)),
        1 => (1..9_u32).prop_map(|limit| Caps::new().with_per_reference(limit)),
        1 => (1..4_u32).prop_map(|limit| Caps::new().with_in_flight(limit)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly the same inputs.
    let inputs = select(vec![0, 0, 0, 0, 1, 2]);
    let open = (key(), inputs, 1..4_u32, 0..3_u32, caps())
        .prop_map(|(key, inputs, exposure, repeats, caps)| Step::Open { key, inputs, exposure, repeats, caps });
    prop_oneof![
        8 => open,
        3 => any::<prop::sample::Index>().prop_map(|ticket| Step::Sent(ticket.index(1 << 16))),
        7 => (any::<prop::sample::Index>(), 0..6_u8, 0..4_u32)
            .prop_map(|(ticket, ending, cost)| Step::Close(ticket.index(1 << 16), ending, cost)),
        2 => (key(), 0..4_u8).prop_map(|(key, settled)| Step::Settle(key, settled)),
        1 => key().prop_map(Step::Erase),
        3 => select(vec![1, 30, 60, 86_400, 4 * 86_400]).prop_map(Step::Pass),
        1 => Just(Step::Reopen),
        1 => Just(Step::Compact),
    ]
}

/// The journal's reply to a step.
#[derive(Debug, PartialEq)]
enum Said {
    Opened(Opened),
    Settled(Box<Record>),
    Erased(usize),
    Done,
    Refused(JournalErrorKind),
}

fn said<T>(result: Result<T, JournalError>, what: impl FnOnce(T) -> Said) -> Said {
    result.map_or_else(|error| Said::Refused(error.kind()), what)
}

fn take(journal: &dyn Journal, step: &Step, tickets: &[Ticket], closing: Option<&Closing>) -> Said {
    let ticket = |number: usize| &tickets[number % tickets.len()];
    match step {
        Step::Open { key, inputs, exposure, repeats, caps } => {
            let fingerprint = Fingerprint::new(1, if *inputs < 2 { "key" } else { "other" }, inputs.to_string());
            let mut intent = Intent::new(key.clone(), provider(), fingerprint);
            (intent.lease, intent.exposure) = (Duration::from_secs(45), *exposure);
            (intent.repeats_in_doubt, intent.caps) = (*repeats, *caps);
            said(journal.open(&intent), Said::Opened)
        }
        Step::Sent(number) if !tickets.is_empty() => {
            let at = time::macros::datetime!(2026-11-21 08:00 UTC);
            let attempt = SentAttempt::new(1, at, Some(format!("sent-{number}")));
            said(journal.sent(ticket(*number), &attempt), |()| Said::Done)
        }
        Step::Close(number, ..) if !tickets.is_empty() => {
            let closing = closing.expect("one is made for a step that closes");
            said(journal.close(ticket(*number), closing), |()| Said::Done)
        }
        Step::Settle(key, settled) => {
            let verdict = |receipt| Some(Box::new(Verdict::new(Outcome::Passed, receipt)));
            let settled = match settled {
                0 => Settled::NotBilled,
                1 => Settled::Billed(None),
                2 => Settled::Billed(verdict(Receipt::new(provider()))),
                _ => Settled::Billed(verdict(Receipt::new("acme/other".parse().unwrap()))),
            };
            said(journal.settle(key, &settled), |record| Said::Settled(Box::new(record)))
        }
        Step::Erase(key) => said(journal.erase(key.reference()), Said::Erased),
        _ => Said::Done,
    }
}

/// The same for both journals, because what is sealed is different each time.
fn closing(step: &Step) -> Option<Closing> {
    let Step::Close(number, ending, cost) = step else { return None };
    let error = |kind| Box::new(Error::new(kind).record());
    let ending = match ending {
        0 => Ending::Free(error(ErrorKind::Unavailable)),
        1 => Ending::Pending,
        2 => lost().ending,
        3 => Ending::Answered { answer: Answer::Error(error(ErrorKind::Vendor)), sealed: None },
        _ => answered(*number).ending,
    };
    Some(Closing::new(ending, Charges::new(cost.min(&1).to_owned(), *cost)))
}

fn holds(steps: &[(bool, Step)]) -> Result<(), TestCaseError> {
    let (folder, clock) = (Folder::new(), clock());
    let open = || folder.open(&clock).with_retention(RETENTION).with_segment_bytes(1_500);
    let model = MemoryJournal::new().with_clock(clock.clone());
    let mut handles = [open(), open()];
    let mut tickets = Vec::new();
    for (is_first, step) in steps {
        let handle = &mut handles[usize::from(!is_first)];
        match step {
            Step::Pass(seconds) => clock.advance(Duration::from_secs(*seconds)),
            Step::Reopen => *handle = open(),
            Step::Compact => {
                handle.compact().unwrap();
                let oldest = model.now().unwrap() - RETENTION;
                for record in model.records(None, 1000).unwrap() {
                    if handle.find(&record.key).unwrap().is_none() {
                        prop_assert!(rules::is_over(&record, model.now().unwrap(), oldest), "{record:?} is gone");
                        model.forget(&record.key);
                    }
                }
            }
            _ => {
                let closing = closing(step);
                let told = take(&model, step, &tickets, closing.as_ref());
                prop_assert_eq!(&take(handle, step, &tickets, closing.as_ref()), &told, "{:?}", step);
                if let Said::Opened(Opened::New(ticket)) = told {
                    tickets.push(ticket);
                }
            }
        }
        handles.iter().try_for_each(|handle| same(handle, &model))?;
    }
    same(&open(), &model)
}

fn same(journal: &FileJournal, model: &MemoryJournal) -> Result<(), TestCaseError> {
    let records = model.records(None, 1000).unwrap();
    prop_assert_eq!(&journal.records(None, 1000).unwrap(), &records);
    prop_assert_eq!(journal.in_doubt(None, 1000).unwrap(), model.in_doubt(None, 1000).unwrap());
    for record in &records {
        prop_assert_eq!(journal.find(&record.key).unwrap(), Some(record.clone()));
        let page = |journal: &dyn Journal| journal.records(Some(&record.key), 2).unwrap();
        prop_assert_eq!(page(journal), page(model));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn two_handles_to_a_folder_answer_as_one_in_memory(steps in prop::collection::vec((any::<bool>(), step()), 1..80)) {
        holds(&steps)?;
    }
}
