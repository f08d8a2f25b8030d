//! Rules of the contract on what ends a doubt, and what does not.

use super::stage::{JournalStage, LEASE, fingerprint, free, intent, key, kind, provider};
use crate::{
    model::{Charges, Outcome, ProviderId, Receipt, Reference, Verdict},
    money::{Answer, Intent, JournalErrorKind, Opened, Settled, Standing, State},
};

/// A call that may still be made is not settled, nor one that is answered, free, or missing.
pub fn what_is_in_flight_or_has_no_doubt_is_not_settled(make: impl Fn() -> JournalStage) {
    let stage = make();
    for settled in [Settled::NotBilled, Settled::Billed(None)] {
        assert_eq!(kind(stage.journal.settle(&key("order-0"), &settled)), JournalErrorKind::NotInDoubt);
        assert_eq!(stage.find(&key("order-0")), None);
    }
    let ticket = stage.opened(&intent("order-1"));
    stage.answered(&intent("order-2"));
    stage.close(&stage.opened(&intent("order-3")), free(), Charges::NONE);
    let refusals = [
        ("order-1", JournalErrorKind::InFlight),
        ("order-2", JournalErrorKind::NotInDoubt),
        ("order-3", JournalErrorKind::NotInDoubt),
    ];
    for (reference, refusal) in refusals {
        let before = stage.record(&key(reference));
        assert_eq!(kind(stage.journal.settle(&before.key, &Settled::NotBilled)), refusal, "{reference}");
        assert_eq!(stage.record(&before.key), before, "nothing is written");
    }
    stage.pass(LEASE);
    stage.journal.settle(&ticket.key, &Settled::NotBilled).expect("its time is over");
}

/// The operator confirms that it was not billed: it cost nothing, and the next call may be made with any inputs.
pub fn what_was_not_billed_is_free_again(make: impl Fn() -> JournalStage) {
    let stage = make();
    let first = stage.lost(&intent("order-7"));
    let record = stage.journal.settle(&first.key, &Settled::NotBilled).expect("it is in doubt");
    assert_eq!(record, stage.record(&first.key), "what it says is what is written");
    assert_eq!((&record.state, record.charges(), record.is_settled), (&State::NotBilled, Charges::NONE, true));
    assert_eq!(kind(stage.journal.settle(&first.key, &Settled::NotBilled)), JournalErrorKind::NotInDoubt);
    let second = stage.opened(&Intent { fingerprint: fingerprint("key", 'b'), ..intent("order-7") });
    assert!(second.fence > first.fence && second.lost == Charges::NONE);
    assert!(!stage.record(&first.key).is_settled, "the new call is not");
}

/// The operator confirms that it was billed: it is answered by the vendor's verdict, or its answer is lost, and the
/// call is not repeated.
pub fn what_was_billed_is_answered(make: impl Fn() -> JournalStage) {
    let stage = make();
    let receipt = Receipt::new(provider()).with_reference(Reference::parse("order-1").expect("a reference"));
    let told = Verdict::new(Outcome::Passed, receipt).with_address("Changsha");
    for (reference, verdict) in [("order-1", Some(told.clone())), ("order-2", None)] {
        let ticket = stage.opened(&intent(reference));
        stage.pass(LEASE);
        let settled = Settled::Billed(verdict.clone().map(Box::new));
        let record = stage.journal.settle(&ticket.key, &settled).expect("it is in doubt");
        assert_eq!(record, stage.record(&ticket.key), "what it says is what is written");
        assert_eq!((record.charges(), record.is_settled), (Charges::new(1, 1), true));
        let expected = verdict.map_or(Answer::Lost, |verdict| Answer::Verdict(Box::new(verdict.without_person())));
        assert_eq!(record.state, State::Answered(expected), "without the person");
        assert!(matches!(stage.open(&intent(reference)), Opened::Answered(_)));
        assert_eq!(kind(stage.journal.settle(&ticket.key, &settled)), JournalErrorKind::NotInDoubt);
    }
}

/// A verdict that names another reference, or an account whose call was not lost, would be another person's.
pub fn the_verdict_of_another_call_settles_nothing(make: impl Fn() -> JournalStage) {
    let stage = make();
    let ticket = stage.lost(&intent("order-7"));
    let reference = |text: &str| Reference::parse(text).expect("a reference");
    let others = [
        Receipt::new(ProviderId::new("acme", "other").expect("a name of letters")),
        Receipt::new(provider()).with_reference(reference("order-8")),
        Receipt::new(provider()).with_reference(reference("order-7")).with_attempt(2),
    ];
    for receipt in others {
        let settled = Settled::Billed(Some(Box::new(Verdict::new(Outcome::Passed, receipt))));
        assert_eq!(kind(stage.journal.settle(&ticket.key, &settled)), JournalErrorKind::OtherCall);
        assert_eq!(stage.standing(&ticket.key), Standing::InDoubt);
    }
    // An account of which nothing ran has no verdict either.
    let other = ProviderId::new("other", "b").expect("a name of letters");
    stage.close(&stage.opened(&Intent { provider: other.clone(), ..intent("order-9") }), free(), Charges::NONE);
    let second = stage.lost(&intent("order-9"));
    let settled = Settled::Billed(Some(Box::new(Verdict::new(Outcome::Passed, Receipt::new(other)))));
    assert_eq!(kind(stage.journal.settle(&second.key, &settled)), JournalErrorKind::OtherCall);

    let own = Verdict::new(Outcome::Passed, Receipt::new(provider()).with_reference(reference("order-7")));
    stage.journal.settle(&ticket.key, &Settled::Billed(Some(Box::new(own)))).expect("it is its own");
}

/// A meter counted the charges: that is its cost, and a number that the call cannot have caused settles nothing.
pub fn what_a_meter_counted_is_what_it_cost(make: impl Fn() -> JournalStage) {
    let stage = make();
    let ticket = stage.opened(&Intent { exposure: 3, ..intent("order-7") });
    stage.pass(LEASE);
    for charges in [0, 4] {
        let refused = kind(stage.journal.settle(&ticket.key, &Settled::Counted(charges)));
        assert_eq!((refused, stage.standing(&ticket.key)), (JournalErrorKind::OtherCall, Standing::InDoubt));
    }
    let record = stage.journal.settle(&ticket.key, &Settled::Counted(2)).expect("it is in doubt");
    assert_eq!(record, stage.record(&ticket.key), "what it says is what is written");
    assert_eq!((record.state, record.spends[0].charges), (State::Answered(Answer::Lost), Charges::new(2, 2)));
}

/// The meter's number is the cost of the call over all its openings whose answers were lost, and leaves no possible
/// charge.
pub fn what_a_meter_counted_is_for_all_openings_that_were_lost(make: impl Fn() -> JournalStage) {
    for counted in [1, 2] {
        let stage = make();
        let again = Intent { repeats_in_doubt: 1, ..intent("order-7") };
        stage.lost(&again);
        stage.lost(&again);
        let refused = kind(stage.journal.settle(&again.key, &Settled::Counted(3)));
        assert_eq!(refused, JournalErrorKind::OtherCall, "the two can have cost two");
        let record = stage.journal.settle(&again.key, &Settled::Counted(counted)).expect("it is in doubt");
        assert_eq!(record.charges(), Charges::new(counted, counted));
    }
}
