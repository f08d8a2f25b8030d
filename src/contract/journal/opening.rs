//! Rules of the contract on when a call may be made.

use std::time::Duration;

use super::stage::{
    JournalStage, LEASE, THREADS, fingerprint, free, intent, intent_of, key, key_of, kind, provider, verdict,
};
use crate::{
    model::{Charges, ProviderId},
    money::{Intent, JournalErrorKind, Opened, SentAttempt, Standing, State},
    provider::CallKind,
};

/// Its clock advances with time, and its random bytes are the same for all processes that share it.
pub fn its_clock_goes_on_and_its_salt_stays(make: impl Fn() -> JournalStage) {
    let stage = make();
    let before = stage.now();
    stage.pass(Duration::from_secs(1));
    assert!(stage.now() - before >= Duration::from_secs(1), "a second has passed");
    let salt = stage.journal.salt().expect("the journal answers");
    stage.answered(&intent("order-1"));
    assert_eq!((stage.open)().salt().expect("the journal answers"), salt, "every handle has the same");
    assert_ne!(salt, [0; 32], "it is random");
    assert_ne!(make().journal.salt().expect("the journal answers"), salt, "another journal has its own");
}

/// The right to make a call is written down for all processes that share the journal, with the most that it can cost.
pub fn an_opening_is_written_down_before_the_call_is_made(make: impl Fn() -> JournalStage) {
    let stage = make();
    assert_eq!(stage.find(&key("order-7")), None, "nothing is there before");
    let mut intent = intent("order-7");
    intent.exposure = 3;
    let before = stage.now();
    let ticket = stage.opened(&intent);
    assert!(ticket.until >= before + LEASE && ticket.until <= stage.now() + LEASE, "it holds for the lease");
    assert_eq!((&ticket.key, ticket.lost, ticket.near), (&intent.key, Charges::NONE, None));
    let record = stage.record(&intent.key);
    assert_eq!((&record.key, &record.provider), (&intent.key, &intent.provider));
    assert_eq!((&record.fingerprint, &record.state), (&intent.fingerprint, &State::Open));
    assert_eq!((record.until, record.closed, record.fence()), (ticket.until, None, ticket.fence));
    assert_eq!((record.charges(), record.spends.len()), (Charges::new(0, 3), 1), "all that it can cost is possible");
    assert_eq!(stage.find(&key("order-8")), None, "nobody else's is");
}

/// Of many simultaneous callers, over several handles, one may make the call, again and again.
pub fn of_many_that_open_a_call_at_once_one_may_make_it(make: impl Fn() -> JournalStage) {
    let stage = make();
    for round in 0..5 {
        let told = stage.race(&vec![intent(&format!("order-{round}")); THREADS]);
        let granted = told.iter().filter(|told| matches!(told, Opened::New(_))).count();
        let in_flight = told.iter().filter(|told| matches!(told, Opened::InFlight(_))).count();
        assert_eq!((granted, in_flight), (1, THREADS - 1), "one call, and the others are told: {told:?}");
    }
}

/// A reference's tries and the calls of a try do not block each other.
pub fn each_try_and_each_call_of_a_reference_is_its_own(make: impl Fn() -> JournalStage) {
    let stage = make();
    for (attempt, call) in [(1, CallKind::Begin), (1, CallKind::Resume), (2, CallKind::Begin), (11, CallKind::Begin)] {
        let intent = intent_of(key_of("order-7", attempt, call));
        let ticket = stage.opened(&intent);
        assert!(matches!(stage.open(&intent), Opened::InFlight(_)));
        stage.close(&ticket, verdict(), Charges::new(1, 1));
        assert!(matches!(stage.open(&intent), Opened::Answered(_)));
    }
}

/// While a call to one provider is in flight, in doubt or answered, no other provider makes it.
pub fn a_call_holds_for_all_providers(make: impl Fn() -> JournalStage) {
    let stage = make();
    let of_another = |reference: &str| Intent {
        provider: ProviderId::new("other", "b").expect("a name of letters"),
        ..intent(reference)
    };
    let _in_flight = stage.opened(&intent("order-1"));
    stage.lost(&intent("order-2"));
    stage.answered(&intent("order-3"));
    assert!(matches!(stage.open(&of_another("order-1")), Opened::InFlight(record) if record.provider == provider()));
    assert!(matches!(stage.open(&of_another("order-2")), Opened::InDoubt(record) if record.provider == provider()));
    assert!(matches!(stage.open(&of_another("order-3")), Opened::Answered(record) if record.provider == provider()));
    let ticket = stage.opened(&intent("order-4"));
    stage.close(&ticket, free(), Charges::NONE);
    stage.opened(&of_another("order-4"));
    assert_eq!(stage.record(&key("order-4")).provider, of_another("order-4").provider, "it is the other's now");
}

/// A call that one provider lost may not be repeated by another, whatever its own intent allows: both could be paid.
pub fn a_doubt_is_repeated_by_the_provider_that_lost_it_alone(make: impl Fn() -> JournalStage) {
    let stage = make();
    let often = Intent { repeats_in_doubt: 5, ..intent("order-7") };
    let of_another = Intent { provider: ProviderId::new("other", "b").expect("a name of letters"), ..often.clone() };
    stage.lost(&often);
    assert!(matches!(stage.open(&of_another), Opened::InDoubt(record) if record.provider == provider()));
    let ticket = stage.opened(&often);
    assert!(ticket.fence > 1 && ticket.lost == Charges::new(0, 1), "its own may");
}

/// A caller with other inputs does not get the answer for these.
pub fn other_inputs_under_the_same_name_are_refused(make: impl Fn() -> JournalStage) {
    let stage = make();
    let _in_flight = stage.opened(&intent("order-1"));
    stage.lost(&intent("order-2"));
    stage.answered(&intent("order-3"));
    for reference in ["order-1", "order-2", "order-3"] {
        let other = Intent { fingerprint: fingerprint("key", 'b'), ..intent(reference) };
        let before = stage.record(&other.key);
        match stage.open(&other) {
            Opened::OtherInputs(record) => assert_eq!(*record, before),
            told => panic!("{reference}: {told:?}"),
        }
        assert_eq!(stage.record(&other.key), before, "nothing is written");
    }
}

/// Inputs that were hashed under an older key are recognised with it, and cannot be compared under an unknown one.
pub fn inputs_are_compared_under_every_key_that_is_known(make: impl Fn() -> JournalStage) {
    let stage = make();
    stage.answered(&intent("order-7"));
    let newer = Intent { fingerprint: fingerprint("newer", 'z'), ..intent("order-7") };
    assert!(matches!(stage.open(&newer), Opened::UnknownKey(_)));
    let knows = |inputs| Intent { other_fingerprints: vec![fingerprint("key", inputs)], ..newer.clone() };
    assert!(matches!(stage.open(&knows('a')), Opened::Answered(_)));
    assert!(matches!(stage.open(&knows('b')), Opened::OtherInputs(_)));
}

/// A process that dies leaves its call in flight until its lease ends, and in doubt from then on.
pub fn what_was_never_closed_is_in_flight_for_its_time_and_then_in_doubt(make: impl Fn() -> JournalStage) {
    let stage = make();
    let ticket = stage.opened(&intent("order-7"));
    assert!(matches!(stage.open(&intent("order-7")), Opened::InFlight(_)));
    assert!(stage.journal.in_doubt(None, 10).expect("the journal answers").is_empty());
    stage.pass(LEASE);
    assert_eq!(stage.standing(&ticket.key), Standing::InDoubt);
    assert!(matches!(stage.open(&intent("order-7")), Opened::InDoubt(_)));
    assert_eq!(stage.journal.in_doubt(None, 10).expect("the journal answers").len(), 1);
}

/// The number of each attempt is written down before it is sent, and an expired ticket sends none.
pub fn an_attempt_is_written_down_while_its_ticket_holds(make: impl Fn() -> JournalStage) {
    let stage = make();
    let again = Intent { repeats_in_doubt: 1, ..intent("order-7") };
    let at = stage.now().replace_nanosecond(0).expect("no part of a second");
    let attempts: Vec<_> =
        [(1, None), (2, Some("sent-2".to_owned()))].map(|(number, id)| SentAttempt::new(number, at, id)).into();
    let first = stage.opened(&again);
    for attempt in &attempts {
        stage.journal.sent(&first, attempt).expect("the ticket holds");
    }
    assert_eq!(stage.record(&first.key).spends[0].sent, attempts);
    stage.pass(LEASE);
    assert_eq!(kind(stage.journal.sent(&first, &attempts[0])), JournalErrorKind::Late);
    let second = stage.opened(&again);
    assert_eq!(kind(stage.journal.sent(&first, &attempts[0])), JournalErrorKind::Stale, "another holds the call");
    stage.close(&second, verdict(), Charges::new(1, 1));
    assert_eq!(kind(stage.journal.sent(&second, &attempts[0])), JournalErrorKind::Stale, "it is closed");
    let record = stage.record(&first.key);
    assert_eq!((&record.spends[0].sent, record.spends[1].sent.len()), (&attempts, 0), "what was refused is not there");
}
