//! Tests of a keeper around a provider that pays once for each try.

use liveness::{
    Jumdata, Sandbox,
    keeper::Returned,
    money::{AtMostOnce, DoubtPolicy, MemoryJournal, SealingKey},
    sandbox::{Call, Fault},
};

use super::*;
use crate::stores::{Crashing, Failing, When};

/// The sandbox, a journal and a store outlive every crash.
struct Shop {
    sandbox: Sandbox,
    journal: MemoryJournal,
    store: MemorySessionStore,
    clock: ManualClock,
}

impl Shop {
    fn new() -> Self {
        let clock = ManualClock::new(NOW);
        Self {
            sandbox: Sandbox::builder().with_clock(clock.clone()).build(),
            journal: MemoryJournal::new().with_clock(clock.clone()),
            store: MemorySessionStore::new().with_clock(clock.clone()),
            clock,
        }
    }

    fn vendor(&self) -> Jumdata {
        Jumdata::new(Sandbox::jumdata_credentials(), self.sandbox.clone()).with_clock(self.clock.clone())
    }

    fn keeper(&self, store: impl SessionStore + 'static) -> Keeper {
        let once = AtMostOnce::sealing(self.vendor(), self.journal.clone(), SealingKey::new([7; 32])).unwrap();
        let once = once.with_doubt(DoubtPolicy::new().with_new_sessions(1)).with_clock(self.clock.clone());
        Keeper::new(once, store).with_clock(self.clock.clone())
    }

    fn inits(&self) -> usize {
        self.sandbox.ledger().calls(Call::Init)
    }
}

fn order() -> Check {
    check().with_reference(Reference::parse("order-7").unwrap())
}

fn open(begun: Result<Begun>) -> (State, Session) {
    match begun.unwrap() {
        Begun::Open { state, session } => (state, session),
        Begun::Done(verdict) => panic!("{verdict:?}"),
    }
}

#[test]
fn a_session_that_was_paid_for_and_not_kept_is_given_again_with_the_return_url_that_it_has() {
    let shop = Shop::new();
    let browser = Browser::new().unwrap();
    // A write, a claim, and then the store fails, or the process dies, while the session is open at the vendor.
    let error = shop.keeper(Failing::from(&shop.store, 2)).begin(&order(), &browser).unwrap_err();
    assert_eq!(error.charges(), Charges::new(1, 1));
    shop.clock.advance(LEASE);
    let dying = shop.keeper(Crashing::at(&shop.store, 2, When::Before));
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dying.begin(&order(), &browser)));
    assert!(died.is_err());
    shop.clock.advance(LEASE);

    let keeper = shop.keeper(shop.store.clone());
    let (state, session) = open(keeper.begin(&order(), &browser));
    assert_eq!(shop.inits(), 1, "it is paid for once");
    assert!(session.receipt().is_repeat());
    // The browser comes back to the address that the vendor was given at the first time.
    let page = shop.vendor().page_html(&session).unwrap();
    let query = page.split_once("/back?").unwrap().1;
    let first = State::from_query(query.split('"').next().unwrap()).unwrap();
    assert_eq!(first, state);
    assert!(shop.sandbox.finish(&session));
    assert!(matches!(keeper.returned(&first, &browser).unwrap(), Returned::Done(_)));
}

#[test]
fn a_start_that_is_sent_twice_gives_the_same_check_and_what_became_of_it() {
    let shop = Shop::new();
    let (keeper, browser) = (shop.keeper(shop.store.clone()), Browser::new().unwrap());
    let (state, session) = open(keeper.begin(&order(), &browser));
    let (again, same) = open(keeper.begin(&order(), &browser));
    assert_eq!((&again, same.token()), (&state, session.token()));
    assert!(shop.sandbox.finish(&session));
    let Returned::Done(verdict) = keeper.returned(&state, &browser).unwrap() else { panic!("done") };
    let Begun::Done(repeated) = keeper.begin(&order(), &browser).unwrap() else { panic!("done") };
    assert_eq!(repeated.receipt().request_id(), verdict.receipt().request_id());
    assert_eq!(repeated.outcome(), verdict.outcome());
    assert_eq!((shop.inits(), shop.sandbox.ledger().calls(Call::Result)), (1, 1));
    // Another try is another check.
    let (another, _) = open(keeper.begin(&order().with_attempt(2), &browser));
    assert_ne!(another, state);
    assert_eq!(shop.inits(), 2);
}

#[test]
fn an_opening_in_doubt_is_begun_anew_as_the_policy_says() {
    let shop = Shop::new();
    let (keeper, browser) = (shop.keeper(shop.store.clone()), Browser::new().unwrap());
    shop.sandbox.arm_fault(Fault::DropAfterCharge, 1);
    assert_eq!(keeper.begin(&order(), &browser).unwrap_err().kind(), liveness::ErrorKind::OutcomeUnknown);
    let (state, session) = open(keeper.begin(&order(), &browser));
    assert_eq!(session.charges(), Charges::new(1, 2), "the lost one is counted");
    assert!(shop.sandbox.finish(&session));
    assert!(matches!(keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
}
