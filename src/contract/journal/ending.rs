//! Rules of the contract on the record of a call after its end.

use std::time::Duration;

use super::stage::{
    JournalStage, LEASE, fingerprint, free, intent, intent_of, key, key_of, kind, lost, sealed, verdict,
};
use crate::{
    model::{Charges, Error, ErrorKind},
    money::{Answer, Caps, Closing, Ending, Intent, JournalErrorKind, Opened, Settled, Standing, State, Ticket},
    provider::CallKind,
};

/// A call of which nothing ran is free, costs nothing, and may be made with other inputs.
pub fn what_did_not_run_may_be_made_again_with_any_inputs(make: impl Fn() -> JournalStage) {
    let stage = make();
    let first = stage.opened(&intent("order-7"));
    stage.close(&first, free(), Charges::NONE);
    let record = stage.record(&first.key);
    assert_eq!((record.standing(stage.now()), record.charges()), (Standing::Free, Charges::NONE));
    assert!(matches!(&record.state, State::Free(error) if error.kind == ErrorKind::Unavailable));
    assert!(record.closed.is_some());
    let second = stage.opened(&Intent { fingerprint: fingerprint("key", 'b'), ..intent("order-7") });
    assert!(second.fence > first.fence, "each opening has a number of its own");
    assert_eq!(stage.record(&first.key).fingerprint, fingerprint("key", 'b'));
}

/// A job that is redelivered many times during an outage leaves a record small enough for every write, and each
/// opening still has its own number.
pub fn a_call_that_stays_free_does_not_make_its_record_grow(make: impl Fn() -> JournalStage) {
    let stage = make();
    let again = Intent { repeats_in_doubt: 1, ..intent("order-2") };
    stage.lost(&again);
    for (intent, lost) in [(intent("order-1"), 0), (again, 1)] {
        let mut last = 0;
        for _ in 0..40 {
            let ticket = stage.opened(&intent);
            assert!(ticket.fence > last, "each opening has a number of its own");
            last = ticket.fence;
            stage.close(&ticket, free(), Charges::NONE);
        }
        let record = stage.record(&intent.key);
        assert!(record.spends.len() <= 10, "{} openings are written down", record.spends.len());
        assert_eq!((record.fence(), record.charges()), (last, Charges::new(0, lost)));
    }
}

/// A verdict, a session, an error and the sealed part come back unchanged, with the numbers by which the vendor knows
/// the call.
pub fn every_answer_comes_back_as_it_was_written(make: impl Fn() -> JournalStage) {
    let stage = make();
    let error = Error::new(ErrorKind::Unavailable).with_request_id("request-7").with_vendor_code("P0000");
    let error = Ending::Answered { answer: Answer::Error(Box::new(error.record())), sealed: None };
    for (number, ending) in [verdict(), sealed(), error].into_iter().enumerate() {
        let intent = intent(&format!("order-{number}"));
        stage.close(&stage.opened(&intent), ending.clone(), Charges::new(1, 2));
        let record = stage.record(&intent.key);
        let Ending::Answered { answer, sealed } = ending else { unreachable!("all are answers") };
        assert_eq!((&record.state, &record.sealed), (&State::Answered(answer), &sealed));
        assert_eq!((record.charges(), record.request_id()), (Charges::new(1, 2), Some("request-7")));
        assert_eq!(record.spends[0].vendor_code.as_deref(), Some("P0000"));
        match stage.open(&intent) {
            Opened::Answered(told) => assert_eq!(*told, record, "a repeat is told the same"),
            told => panic!("{told:?}"),
        }
    }
}

/// A repeat costs nothing, so no cap refuses it.
pub fn a_repeat_is_told_the_answer_whatever_the_caps(make: impl Fn() -> JournalStage) {
    let stage = make();
    stage.answered(&intent("order-7"));
    let capped = Intent { caps: Caps::new().with_per_day(0).with_in_flight(0), ..intent("order-7") };
    assert!(matches!(stage.open(&capped), Opened::Answered(_)));
}

/// No time ends a doubt.
pub fn a_lost_answer_is_in_doubt_however_long_one_waits(make: impl Fn() -> JournalStage) {
    let stage = make();
    let ticket = stage.lost(&intent("order-7"));
    for _ in 0..2 {
        let record = stage.record(&ticket.key);
        assert_eq!((record.standing(stage.now()), record.charges()), (Standing::InDoubt, Charges::new(0, 1)));
        assert!(matches!(&record.state, State::InDoubt(error) if error.kind == ErrorKind::OutcomeUnknown));
        assert!(matches!(stage.open(&intent("order-7")), Opened::InDoubt(_)));
        stage.pass(LEASE * 2);
    }
}

/// A call in doubt is repeated only as often as its intent allows, and its ticket reports what the lost ones can have
/// cost.
pub fn a_doubt_may_be_repeated_as_often_as_the_intent_says(make: impl Fn() -> JournalStage) {
    let stage = make();
    let twice = Intent { repeats_in_doubt: 2, ..intent("order-7") };
    stage.lost(&twice);
    for repeat in 1..=2 {
        let ticket = stage.opened(&twice);
        assert_eq!(ticket.lost, Charges::new(0, repeat), "what is lost so far");
        if repeat == 1 {
            // It is never closed, so it is lost when its lease ends.
            stage.pass(LEASE);
        } else {
            stage.close(&ticket, lost(), Charges::new(0, 1));
        }
    }
    match stage.open(&twice) {
        Opened::InDoubt(record) => assert_eq!(record.charges(), Charges::new(0, 3)),
        told => panic!("it was repeated twice: {told:?}"),
    }
    let thrice = Intent { repeats_in_doubt: 3, ..twice };
    stage.close(&stage.opened(&thrice), verdict(), Charges::new(1, 1));
    assert_eq!(stage.record(&thrice.key).charges(), Charges::new(1, 4), "what was lost stays possible");
    assert!(matches!(stage.open(&thrice), Opened::Answered(_)), "and the answer stands");
}

/// A repeat that did not run is no evidence about the call before it.
pub fn that_a_repeat_did_not_run_does_not_end_the_doubt(make: impl Fn() -> JournalStage) {
    let stage = make();
    let again = Intent { repeats_in_doubt: 1, ..intent("order-7") };
    stage.lost(&again);
    stage.close(&stage.opened(&again), free(), Charges::NONE);
    assert_eq!(stage.standing(&again.key), Standing::InDoubt);
    assert_eq!(stage.record(&again.key).charges(), Charges::new(0, 1));
    assert!(matches!(stage.open(&intent("order-7")), Opened::InDoubt(_)));
    stage.opened(&again);
}

/// A result that is not available yet is requested again only with the same inputs, whatever a call in between
/// returned. Calls of more than a minute ago do not make the record grow.
pub fn a_result_that_is_not_there_yet_may_be_asked_for_again(make: impl Fn() -> JournalStage) {
    let stage = make();
    let resume = intent_of(key_of("order-7", 1, CallKind::Resume));
    for _ in 0..5 {
        stage.close(&stage.opened(&resume), Ending::Pending, Charges::new(0, 1));
        let record = stage.record(&resume.key);
        assert_eq!((&record.state, record.standing(stage.now())), (&State::Pending, Standing::Free));
    }
    let other = Intent { fingerprint: fingerprint("key", 'b'), ..resume.clone() };
    assert!(matches!(stage.open(&other), Opened::OtherInputs(_)), "another person's is not asked for");
    stage.close(&stage.opened(&resume), free(), Charges::NONE);
    assert!(matches!(stage.open(&other), Opened::OtherInputs(_)), "nor after a call of which nothing ran");
    stage.pass(Duration::from_secs(61));
    for _ in 0..2 {
        stage.close(&stage.opened(&resume), Ending::Pending, Charges::new(0, 1));
    }
    let record = stage.record(&resume.key);
    assert_eq!(record.charges(), Charges::new(0, 7));
    // The earlier ones make one entry, or two if the day of the statement changed; the free one and the last two are
    // added.
    assert!(record.spends.len() <= 5, "{:?}", record.spends);
    stage.close(&stage.opened(&resume), verdict(), Charges::new(1, 1));
    assert_eq!(stage.record(&resume.key).charges(), Charges::new(1, 8));
}

/// A caller that closes after the call was settled or repeated adds what it cost, and changes nothing else.
pub fn a_late_close_adds_its_cost_and_overwrites_nothing(make: impl Fn() -> JournalStage) {
    let stage = make();
    let again = Intent { repeats_in_doubt: 1, ..intent("order-1") };
    let first = stage.opened(&again);
    stage.pass(LEASE);
    let second = stage.opened(&again);
    let late = Closing::new(verdict(), Charges::new(1, 1));
    assert_eq!(kind(stage.journal.close(&first, &late)), JournalErrorKind::Stale, "another holds the call");
    let record = stage.record(&again.key);
    assert_eq!((&record.state, record.fence()), (&State::Open, second.fence));
    assert_eq!(record.charges(), Charges::new(1, 2), "one was charged, the other may be");
    assert_eq!(record.spends[0].request_id.as_deref(), Some("request-7"));

    let ticket = stage.lost(&intent("order-2"));
    stage.journal.settle(&ticket.key, &Settled::NotBilled).expect("it is in doubt");
    assert_eq!(kind(stage.journal.close(&ticket, &late)), JournalErrorKind::Stale, "it is settled");
    let record = stage.record(&ticket.key);
    assert_eq!((&record.state, record.charges()), (&State::NotBilled, Charges::new(1, 1)));
    assert!(record.is_settled);
}

/// A second close, and one of a call that was never opened, are refused.
pub fn a_ticket_closes_its_call_once(make: impl Fn() -> JournalStage) {
    let stage = make();
    let ticket = stage.opened(&intent("order-7"));
    stage.close(&ticket, verdict(), Charges::new(1, 1));
    let twice = Closing::new(free(), Charges::new(1, 1));
    assert_eq!(kind(stage.journal.close(&ticket, &twice)), JournalErrorKind::Stale);
    let record = stage.record(&ticket.key);
    assert!(matches!(record.state, State::Answered(Answer::Verdict(_))), "{:?}", record.state);
    let forged = Ticket { key: key("order-8"), ..ticket };
    assert_eq!(kind(stage.journal.close(&forged, &twice)), JournalErrorKind::Stale);
    assert_eq!(stage.find(&forged.key), None);
}

/// An error in place of a result does not give up the session: the result may be requested again. If an answer was
/// lost before, it stays in doubt until a session or a verdict includes it, and each further call is one of those
/// that the intent allows.
pub fn an_error_for_a_result_ends_no_doubt(make: impl Fn() -> JournalStage) {
    let stage = make();
    let odd = || Ending::AskAgain(Box::new(Error::new(ErrorKind::Vendor).record()));
    let of = |reference: &str| Intent { repeats_in_doubt: 2, ..intent_of(key_of(reference, 1, CallKind::Resume)) };
    let first = stage.opened(&of("order-1"));
    stage.close(&first, odd(), Charges::new(0, 1));
    assert_eq!(stage.standing(&first.key), Standing::Free);
    assert_eq!(stage.opened(&of("order-1")).lost, Charges::NONE, "its error told of it");

    let lost = stage.lost(&of("order-2"));
    for _ in 0..2 {
        let ticket = stage.opened(&of("order-2"));
        assert_eq!(ticket.lost, Charges::new(0, 1));
        stage.close(&ticket, odd(), Charges::new(0, 1));
        assert_eq!(stage.standing(&lost.key), Standing::InDoubt);
    }
    assert!(matches!(stage.open(&of("order-2")), Opened::InDoubt(_)), "it was repeated as often as the intent says");
}
