//! Rules of the contract on the operator's caps.

use std::time::Duration;

use super::stage::{JournalStage, LEASE, THREADS, free, intent, intent_of, key_of, lost, verdict};
use crate::{
    model::Charges,
    money::{Cap, CapUse, Caps, Ending, Intent, Opened, Settled},
    provider::CallKind,
};

const NONE: Caps = Caps::new();

fn capped(reference: &str, caps: Caps) -> Intent {
    Intent { caps, ..intent(reference) }
}

/// The use of the cap that has no room.
fn over(stage: &JournalStage, intent: &Intent) -> CapUse {
    let before = stage.find(&intent.key);
    match stage.open(intent) {
        Opened::OverCap(used) => {
            assert_eq!(stage.find(&intent.key), before, "nothing is written");
            used
        }
        told => panic!("{} is over its cap: {told:?}", intent.key),
    }
}

/// Each cap is checked for the most that the call can cost, together with all reservations of others.
pub fn each_cap_holds_back_what_it_has_no_room_for(make: impl Fn() -> JournalStage) {
    let cases = [
        (Cap::PerMinute, NONE.with_per_minute(4), 6, 4),
        (Cap::PerDay, NONE.with_per_day(4), 6, 4),
        (Cap::PerReference, NONE.with_per_reference(4), 6, 4),
        (Cap::InFlight, NONE.with_in_flight(2), 3, 2),
    ];
    for (cap, caps, used, limit) in cases {
        let stage = make();
        let asked = |attempt| {
            let key = key_of("order-7", attempt, CallKind::Begin);
            Intent { caps, exposure: 2, ..intent_of(key) }
        };
        let _first = stage.opened(&asked(1));
        let _second = stage.opened(&asked(2));
        assert_eq!(over(&stage, &asked(3)), CapUse { cap, used, limit });
        stage.opened(&Intent { caps: NONE, ..asked(3) });
    }
    let stage = make();
    let caps = NONE.with_per_reference(1);
    stage.answered(&capped("order-1", caps));
    stage.answered(&capped("order-2", caps));
    let resume = Intent { caps, ..intent_of(key_of("order-1", 1, CallKind::Resume)) };
    assert_eq!(over(&stage, &resume), CapUse { cap: Cap::PerReference, used: 2, limit: 1 });
}

/// A call that ended releases what it did not use. A doubt keeps what it can have cost until it is settled.
pub fn what_was_not_used_is_released_and_doubt_keeps_it(make: impl Fn() -> JournalStage) {
    let limits: [fn(Caps, u32) -> Caps; 3] = [Caps::with_per_minute, Caps::with_per_day, Caps::with_per_reference];
    for limit in limits {
        let stage = make();
        let asked = |attempt| {
            let key = key_of("order-7", attempt, CallKind::Begin);
            Intent { caps: limit(NONE, 3), exposure: 3, ..intent_of(key) }
        };
        for attempt in 1..4 {
            stage.close(&stage.opened(&asked(attempt)), free(), Charges::NONE);
        }
        stage.close(&stage.opened(&asked(4)), verdict(), Charges::new(1, 1));
        assert_eq!(over(&stage, &asked(5)).used, 4, "one is used, three are asked for");
        let two = |attempt| Intent { exposure: 2, ..asked(attempt) };
        stage.close(&stage.opened(&two(5)), lost(), Charges::new(0, 2));
        assert_eq!(over(&stage, &Intent { exposure: 1, ..asked(6) }).used, 4, "doubt keeps what it reserved");
        stage.journal.settle(&two(5).key, &Settled::NotBilled).expect("it is in doubt");
        stage.opened(&two(6));
    }
    let stage = make();
    let asked = |reference: &str| capped(reference, NONE.with_in_flight(1));
    stage.close(&stage.opened(&asked("order-1")), lost(), Charges::new(0, 1));
    let _never_closed = stage.opened(&asked("order-2"));
    assert_eq!(over(&stage, &asked("order-3")).cap, Cap::InFlight);
    stage.pass(LEASE);
    stage.opened(&asked("order-3"));
}

/// A charge of a minute ago no longer counts for the minute, but still for the reference.
pub fn a_minute_of_a_cap_goes_by(make: impl Fn() -> JournalStage) {
    let stage = make();
    let caps = NONE.with_per_minute(1).with_per_reference(2);
    let asked = |attempt| Intent { caps, ..intent_of(key_of("order-7", attempt, CallKind::Begin)) };
    stage.answered(&asked(1));
    assert_eq!(over(&stage, &asked(2)).cap, Cap::PerMinute);
    stage.pass(Duration::from_secs(60));
    stage.answered(&asked(2));
    stage.pass(Duration::from_secs(60));
    assert_eq!(over(&stage, &asked(3)), CapUse { cap: Cap::PerReference, used: 3, limit: 2 });
}

/// A session is polled every few seconds. Each call counts for the minute after it, and a later call does not extend
/// the earlier ones.
pub fn each_call_for_a_result_counts_for_its_own_minute(make: impl Fn() -> JournalStage) {
    let stage = make();
    let resume = Intent { caps: NONE.with_per_minute(2), ..intent_of(key_of("order-7", 1, CallKind::Resume)) };
    for seconds in [0, 35, 30] {
        stage.pass(Duration::from_secs(seconds));
        stage.close(&stage.opened(&resume), Ending::Pending, Charges::new(0, 1));
    }
    assert_eq!(over(&stage, &resume), CapUse { cap: Cap::PerMinute, used: 3, limit: 2 });
    assert_eq!(stage.record(&resume.key).charges(), Charges::new(0, 3));
}

/// The ticket reports the tightest cap that is used to 80 % or more.
pub fn a_cap_that_is_nearly_used_up_is_told(make: impl Fn() -> JournalStage) {
    let stage = make();
    let caps = NONE.with_per_day(5).with_per_minute(6).with_per_reference(100);
    for number in 1..=5 {
        let ticket = stage.opened(&capped(&format!("order-{number}"), caps));
        let near = (number >= 4).then_some(CapUse { cap: Cap::PerDay, used: number, limit: 5 });
        assert_eq!(ticket.near, near);
    }
}

/// Of simultaneous callers with many references, as many proceed as the cap has room for.
pub fn of_many_at_a_cap_as_many_go_as_it_has_room_for(make: impl Fn() -> JournalStage) {
    for caps in [NONE.with_per_day(6), NONE.with_in_flight(6)] {
        let stage = make();
        stage.opened(&capped("before", caps));
        let intents: Vec<_> = (0..THREADS).map(|number| capped(&format!("order-{number}"), caps)).collect();
        let told = stage.race(&intents);
        let granted = told.iter().filter(|told| matches!(told, Opened::New(_))).count();
        let refused = told.iter().filter(|told| matches!(told, Opened::OverCap(_))).count();
        assert_eq!((granted, refused), (5, THREADS - 5), "{told:?}");
    }
}
