//! Tests of what ends a doubt, and of what does not.

use std::time::Duration;

use time::{OffsetDateTime, macros::datetime};

use super::{ByMeter, MeterReading, SettleError, Unclear, settle, settle_by_meter, the_doubt};
use crate::{
    model::{Billed, Charges, Error, ErrorKind, ManualClock, ProviderId, Receipt},
    money::{
        Answer, Closing, Ending, Fingerprint, Intent, Journal, JournalErrorKind, MemoryJournal, Opened, Settled, State,
        TryKey,
    },
    provider::CallKind,
};

const START: OffsetDateTime = datetime!(2026-11-21 08:00 +8);
const LAG: Duration = Duration::from_secs(10);

fn at(seconds: i64) -> OffsetDateTime {
    START + time::Duration::seconds(seconds)
}

fn account() -> ProviderId {
    "jumdata/default".parse().unwrap()
}

fn key(reference: &str) -> TryKey {
    TryKey::new(reference.parse().unwrap(), 1, CallKind::Begin)
}

/// How a call of a test ends.
enum End {
    Paid(Charges),
    /// It found no result yet.
    Pending(Charges),
    Lost,
    Open,
}

/// A journal and its clock.
struct Books {
    journal: MemoryJournal,
    clock: ManualClock,
}

impl Books {
    fn new() -> Self {
        let clock = ManualClock::new(START);
        Self { journal: MemoryJournal::new().with_clock(clock.clone()), clock }
    }

    /// A call at this second that may take 90 s and ends after one.
    fn call_as(&self, provider: ProviderId, key: &TryKey, seconds: i64, end: &End) {
        self.clock.set(at(seconds));
        let mut intent = Intent::new(key.clone(), provider.clone(), Fingerprint::new(1, "key", "00".into()));
        intent.repeats_in_doubt = 1;
        let Opened::New(ticket) = self.journal.open(&intent).unwrap() else { panic!("not opened") };
        self.clock.set(at(seconds + 1));
        let closing = match end {
            End::Open => return,
            End::Lost => {
                let error = Box::new(Error::new(ErrorKind::OutcomeUnknown).record());
                Closing::new(Ending::InDoubt(error), Charges::new(0, 1))
            }
            End::Pending(charges) => Closing::new(Ending::Pending, *charges),
            End::Paid(charges) => {
                let answer = Answer::Session(Box::new(Receipt::new(provider)));
                Closing::new(Ending::Answered { answer, sealed: None }, *charges)
            }
        };
        self.journal.close(&ticket, &closing).unwrap();
    }

    fn call(&self, reference: &str, seconds: i64, end: &End) {
        self.call_as(account(), &key(reference), seconds, end);
    }

    fn by_meter(&self, before: (u64, i64), after: (u64, i64)) -> ByMeter {
        self.clock.set(at(10_000));
        let reading = |(calls, seconds): (u64, i64)| MeterReading::new(account(), calls, at(seconds));
        settle_by_meter(&self.journal, &key("doubt"), &reading(before), &reading(after), LAG).unwrap()
    }

    fn unclear(&self, before: (u64, i64), after: (u64, i64)) -> Unclear {
        let ByMeter::InDoubt(why) = self.by_meter(before, after) else { panic!("it was settled") };
        assert_eq!(self.journal.in_doubt(None, 9).unwrap().iter().filter(|found| found.key == key("doubt")).count(), 1);
        why
    }
}

/// A call in doubt at second 100, whose lease ends at 190.
fn doubt() -> Books {
    let books = Books::new();
    books.call("doubt", 100, &End::Lost);
    books
}

const PAID: End = End::Paid(Charges::new(1, 1));

#[test]
fn a_meter_that_moved_by_the_call_alone_says_that_it_was_billed() {
    let ByMeter::Settled(record) = doubt().by_meter((50, 99), (49, 200)) else { panic!("in doubt") };
    assert_eq!((&record.state, record.charges().billed()), (&State::Answered(Answer::Lost), Billed::Yes));
}

#[test]
fn a_meter_says_how_often_a_call_was_billed_whose_attempts_are_lost() {
    let books = Books::new();
    books.clock.set(at(100));
    let mut intent = Intent::new(key("doubt"), account(), Fingerprint::new(1, "key", "00".into()));
    intent.exposure = 3;
    assert!(matches!(books.journal.open(&intent).unwrap(), Opened::New(_)), "and the process died");
    let ByMeter::Settled(record) = books.by_meter((50, 99), (48, 200)) else { panic!("in doubt") };
    assert_eq!((&record.state, record.charges()), (&State::Answered(Answer::Lost), Charges::new(2, 2)));
}

#[test]
fn a_meter_that_did_not_move_says_that_it_was_not_billed() {
    let ByMeter::Settled(record) = doubt().by_meter((50, 100), (50, 200)) else { panic!("in doubt") };
    assert_eq!((&record.state, record.charges()), (&State::NotBilled, Charges::NONE));
}

#[test]
fn what_other_calls_certainly_cost_is_taken_off() {
    let books = doubt();
    books.call("inside", 120, &PAID);
    books.call("inside-free", 130, &End::Paid(Charges::NONE));
    books.call("before", 80, &PAID);
    books.call("after", 300, &End::Open);
    assert!(matches!(books.by_meter((50, 99), (48, 250)), ByMeter::Settled(record) if record.charges().certain() == 1));
}

#[test]
fn another_call_that_is_not_known_leaves_it_in_doubt() {
    for (seconds, end, why) in [
        (120, End::Lost, Unclear::OtherInDoubt),
        (20, End::Lost, Unclear::OtherInDoubt),
        (120, End::Open, Unclear::OtherInDoubt),
        (9_990, End::Open, Unclear::OtherInFlight),
        (120, End::Paid(Charges::new(0, 1)), Unclear::OtherUncertain),
        // Of calls that found no result yet, only the last time is known.
        (300, End::Pending(Charges::new(1, 1)), Unclear::OtherUncertain),
        // It ends less than the lag before the first reading, and before the second one.
        (90, PAID, Unclear::OtherInFlight),
        (195, PAID, Unclear::OtherInFlight),
    ] {
        let books = doubt();
        books.call("other", seconds, &end);
        let after = if seconds > 9_000 { 9_995 } else { 200 };
        assert_eq!(books.unclear((50, 99), (49, after)), why, "{seconds}");
    }
}

#[test]
fn another_accounts_call_does_not_matter_and_its_reading_does() {
    let books = doubt();
    let other: ProviderId = "jumdata/other".parse().unwrap();
    books.call_as(other.clone(), &key("other"), 120, &End::Lost);
    assert!(matches!(books.by_meter((50, 99), (49, 200)), ByMeter::Settled(_)));
    let books = doubt();
    books.clock.set(at(10_000));
    let (before, after) = (MeterReading::new(other.clone(), 5, at(0)), MeterReading::new(other, 5, at(300)));
    let found = settle_by_meter(&books.journal, &key("doubt"), &before, &after, LAG).unwrap();
    assert_eq!(found, ByMeter::InDoubt(Unclear::OtherAccount));
}

#[test]
fn readings_that_do_not_enclose_the_call_its_time_and_the_lag_say_nothing() {
    assert_eq!(doubt().unclear((50, 101), (49, 300)), Unclear::NotEnclosed);
    assert_eq!(doubt().unclear((50, 99), (49, 199)), Unclear::NotEnclosed);
}

#[test]
fn a_meter_that_moved_for_other_reasons_says_nothing() {
    assert_eq!(doubt().unclear((50, 99), (51, 300)), Unclear::ToppedUp);
    assert_eq!(doubt().unclear((50, 99), (48, 300)), Unclear::MovedByOthers);
    let books = doubt();
    books.call("inside", 120, &PAID);
    assert_eq!(books.unclear((50, 99), (50, 300)), Unclear::MovedLess);
    books.clock.set(at(10_000));
    let reading = |seconds, end: &str| MeterReading::new(account(), 50, at(seconds)).with_expires(Some(end.into()));
    let found =
        settle_by_meter(&books.journal, &key("doubt"), &reading(99, "2026"), &reading(300, "2027"), LAG).unwrap();
    assert_eq!(found, ByMeter::InDoubt(Unclear::OtherPackage));
}

#[test]
fn a_call_that_was_repeated_in_doubt_is_free_only_as_a_whole() {
    let books = doubt();
    books.call("doubt", 300, &End::Lost);
    assert_eq!(books.unclear((50, 99), (49, 500)), Unclear::SeveralOpenings);
    assert_eq!(books.unclear((50, 200), (50, 500)), Unclear::NotEnclosed);
    assert!(
        matches!(books.by_meter((50, 99), (50, 500)), ByMeter::Settled(record) if record.charges() == Charges::NONE)
    );
}

#[test]
fn what_is_not_in_doubt_is_not_settled_by_a_meter() {
    let books = Books::new();
    let reading = MeterReading::new(account(), 5, at(0));
    let asked = |books: &Books| settle_by_meter(&books.journal, &key("doubt"), &reading, &reading, LAG).unwrap_err();
    assert!(matches!(asked(&books), SettleError::NoDoubt));
    books.call("doubt", 100, &End::Open);
    assert!(matches!(asked(&books), SettleError::InFlight(until) if until == at(190)));
}

#[test]
fn the_one_doubt_of_a_reference_is_found_among_others() {
    let books = doubt();
    books.call("doubt-2", 100, &End::Lost);
    books.call_as(account(), &TryKey::new("doubt".parse().unwrap(), 2, CallKind::Resume), 100, &PAID);
    let record = settle(&books.journal, &"doubt".parse().unwrap(), &Settled::NotBilled).unwrap();
    assert_eq!((record.key, record.state), (key("doubt"), State::NotBilled));
    let again = settle(&books.journal, &"doubt".parse().unwrap(), &Settled::NotBilled).unwrap_err();
    assert!(matches!(again, SettleError::NoDoubt));
    assert!(matches!(the_doubt(&books.journal, &"none".parse().unwrap()), Err(SettleError::NoDoubt)));
}

#[test]
fn several_doubts_of_a_reference_are_named_and_none_is_settled() {
    let books = doubt();
    let second = TryKey::new("doubt".parse().unwrap(), 2, CallKind::Begin);
    books.call_as(account(), &second, 100, &End::Lost);
    let error = settle(&books.journal, &"doubt".parse().unwrap(), &Settled::NotBilled).unwrap_err();
    assert_eq!(error.to_string(), "several calls are in doubt, say which one is meant: doubt/1/begin, doubt/2/begin");
    assert_eq!(books.journal.in_doubt(None, 9).unwrap().len(), 2);
    books.journal.settle(&second, &Settled::Billed(None)).unwrap();
    settle(&books.journal, &"doubt".parse().unwrap(), &Settled::Billed(None)).unwrap();
}

#[test]
fn a_call_in_flight_is_not_settled_and_its_end_is_said() {
    let books = Books::new();
    books.call("doubt", 100, &End::Open);
    let error = settle(&books.journal, &"doubt".parse().unwrap(), &Settled::NotBilled).unwrap_err();
    assert!(matches!(error, SettleError::InFlight(until) if until == at(190)));
    let direct = books.journal.settle(&key("doubt"), &Settled::NotBilled).unwrap_err();
    assert_eq!(direct.kind(), JournalErrorKind::InFlight);
}
