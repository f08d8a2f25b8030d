//! Whatever the order of returns, sweeps and deletions: a session is opened once and its result paid for once.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

#[path = "../../../tests/support/mod.rs"]
mod support;

use std::{sync::Arc, time::Duration};

use liveness::{
    Check, ErrorKind, Jumdata, ManualClock, RetryPolicy, Sandbox,
    keeper::{Begun, Browser, Keeper, MemorySessionStore, Returned, State},
    sandbox::{Call, Fault},
};
use liveness_threads::{Job, Yielding, in_any_order, race};

#[derive(Clone)]
struct World {
    sandbox: Sandbox,
    clock: ManualClock,
    store: MemorySessionStore,
    browser: Browser,
}

impl World {
    fn new() -> Self {
        let clock = support::clock();
        Self {
            sandbox: Sandbox::builder().with_clock(clock.clone()).build(),
            store: MemorySessionStore::new().with_clock(clock.clone()),
            clock,
            browser: Browser::new().unwrap(),
        }
    }

    /// One instance of the service.
    fn keeper(&self) -> Arc<Keeper> {
        let vendor = Jumdata::new(Sandbox::jumdata_credentials(), Yielding(self.sandbox.clone()))
            .with_clock(Yielding(self.clock.clone()))
            .with_retry(RetryPolicy::never());
        let keeper = Keeper::new(vendor, Yielding(self.store.clone()));
        Arc::new(keeper.with_clock(Yielding(self.clock.clone())))
    }

    fn open(&self) -> State {
        let Begun::Open { state, session } = self.keeper().begin(&check(), &self.browser).unwrap() else {
            panic!("a hosted vendor")
        };
        self.sandbox.finish(&session);
        state
    }
}

fn check() -> Check {
    support::liveness().with_reference("order-7".parse().unwrap())
}

#[test]
fn clicks_at_the_same_moment_open_one_session() {
    in_any_order(|| {
        let world = World::new();
        let click = || {
            let (keeper, browser) = (world.keeper(), world.browser.clone());
            Box::new(move || match keeper.begin(&check(), &browser) {
                Ok(Begun::Open { state, .. }) => Some(state.reveal().to_owned()),
                Ok(Begun::Done(_)) => panic!("nobody was filmed"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::InProgress);
                    None
                }
            }) as Job<_>
        };
        let mut states: Vec<_> = race(vec![click(), click(), click()]).into_iter().flatten().collect();
        states.dedup();
        assert_eq!((states.len(), world.sandbox.ledger().charges()), (1, 1));
    });
}

#[test]
fn returns_at_the_same_moment_ask_once_beside_the_sweeper() {
    in_any_order(|| {
        let world = World::new();
        let state = world.open();
        let returns = || {
            let (keeper, browser, state) = (world.keeper(), world.browser.clone(), state.clone());
            Box::new(move || match keeper.returned(&state, &browser).unwrap() {
                Returned::Done(verdict) => assert!(verdict.is_passed()),
                Returned::Busy => {}
                other => panic!("{other:?}"),
            }) as Job<()>
        };
        let keeper = world.keeper();
        let sweeper = Box::new(move || {
            keeper.finish_open(Duration::from_secs(3600)).unwrap();
            keeper.sweep().unwrap();
        });
        race(vec![returns(), returns(), sweeper]);
        assert_eq!(world.sandbox.ledger().calls(Call::Result), 1);
        let after = world.keeper().returned(&state, &world.browser).unwrap();
        assert!(matches!(after, Returned::Done(_)), "{after:?}");
        assert_eq!(world.sandbox.ledger().calls(Call::Result), 1);
    });
}

#[test]
fn a_lost_result_is_there_for_the_next_return() {
    in_any_order(|| {
        let world = World::new();
        let state = world.open();
        world.sandbox.arm_fault(Fault::DropAfterCharge, 1);
        let returns = || {
            let (keeper, browser, state) = (world.keeper(), world.browser.clone(), state.clone());
            Box::new(move || match keeper.returned(&state, &browser) {
                Ok(Returned::Done(_) | Returned::Busy) => {}
                Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {}
                other => panic!("{other:?}"),
            }) as Job<()>
        };
        race(vec![returns(), returns()]);
        let after = world.keeper().returned(&state, &world.browser).unwrap();
        assert!(matches!(after, Returned::Done(_)), "{after:?}");
    });
}

#[test]
fn what_is_deleted_meanwhile_does_not_come_back() {
    in_any_order(|| {
        let world = World::new();
        let state = world.open();
        let (keeper, browser, returned) = (world.keeper(), world.browser.clone(), state.clone());
        let returns = Box::new(move || drop(keeper.returned(&returned, &browser)));
        let (keeper, browser, forgotten) = (world.keeper(), world.browser.clone(), state.clone());
        let forgets = Box::new(move || keeper.forget(&forgotten, &browser).unwrap());
        race(vec![returns as Job<()>, forgets]);
        let after = world.keeper().returned(&state, &world.browser).unwrap();
        assert!(matches!(after, Returned::Unknown), "{after:?}");
    });
}
