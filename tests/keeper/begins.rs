//! Tests how a check begins, also when its store fails.

use liveness::{Again, Billed, ErrorKind, Ran};

use super::*;
use crate::stores::Failing;

#[test]
fn the_return_url_carries_the_state_and_each_check_has_its_own() {
    let world = World::new();
    let (one, _) = world.begun();
    let (other, _) = world.begun();
    let opened = world.vendor.opened.lock().unwrap();
    for (url, state) in opened.iter().zip([&one, &other]) {
        assert_eq!(*url, format!("https://shop.example/back?state={}", state.reveal()));
        assert_eq!(State::from_query(url.split_once('?').unwrap().1).as_ref(), Some(state));
    }
    assert_ne!(one, other);
}

#[test]
fn a_return_url_without_room_for_the_state_is_refused_before_any_call() {
    let world = World::new();
    let long = format!("https://shop.example/{}", "x".repeat(100));
    let check = Check::liveness().with_return_url(ReturnUrl::parse(&long).unwrap());
    let error = world.keeper.begin(&check, &Browser::new().unwrap()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("return_url")));
    assert_eq!(world.vendor.begins(), 0);
}

#[test]
fn a_check_that_does_not_begin_is_begun_by_the_next_start() {
    let world = World::new();
    let (order, browser) = (check().with_reference(Reference::parse("order-7").unwrap()), Browser::new().unwrap());
    world.vendor.next_begin(Err(lost()));
    let error = world.keeper.begin(&order, &browser).unwrap_err();
    assert_eq!((error.kind(), error.ran()), (ErrorKind::OutcomeUnknown, Ran::Maybe), "the provider's own error");
    assert!(world.keeper.finish_open(LEASE * 1000).unwrap().is_empty(), "there is nothing to ask for");
    assert!(matches!(world.keeper.begin(&order, &browser).unwrap(), Begun::Open { .. }));
    let opened = world.vendor.opened.lock().unwrap();
    assert_eq!(opened[0], opened[1], "under the same return URL");
    drop(opened);
    world.vendor.next_begin(Err(lost()));
    world.keeper.begin(&check(), &browser).unwrap_err();
    assert_eq!(world.store.sweep(NOW + Duration::days(900)).unwrap(), 2, "what stays of it is swept");
}

#[test]
fn of_many_starts_of_one_check_at_once_one_calls_and_the_later_ones_get_the_same() {
    let world = World::new();
    let (order, browser) = (check().with_reference(Reference::parse("order-7").unwrap()), Browser::new().unwrap());
    let start = std::sync::Barrier::new(64);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                start.wait();
                match world.keeper.begin(&order, &browser) {
                    Ok(Begun::Open { session, .. }) => assert_eq!(session.token().reveal(), "t0ken-1"),
                    Ok(done) => panic!("{done:?}"),
                    Err(error) => assert_eq!((error.kind(), error.ran()), (ErrorKind::InProgress, Ran::No)),
                }
            });
        }
    });
    assert_eq!(world.vendor.begins(), 1);
    let known = world.keeper.begun(&order, &browser).unwrap().unwrap();
    assert_eq!(known, world.keeper.begin(&order, &browser).unwrap());
    assert_eq!(world.keeper.begun(&order, &Browser::new().unwrap()).unwrap(), None);
    assert_eq!(world.keeper.begun(&check(), &browser).unwrap(), None);
    let Begun::Open { session, .. } = world.keeper.begin(&order, &browser).unwrap() else { panic!("open") };
    assert!(session.receipt().is_repeat());
    // Another try, another browser, and a check without a number of the caller's are others.
    for (check, browser) in [
        (order.clone().with_attempt(2), browser.clone()),
        (order, Browser::new().unwrap()),
        (check(), browser.clone()),
        (check(), browser),
    ] {
        let Begun::Open { session, .. } = world.keeper.begin(&check, &browser).unwrap() else { panic!("open") };
        assert!(!session.receipt().is_repeat());
    }
    assert_eq!(world.vendor.begins(), 5);
}

#[test]
fn a_check_that_is_over_is_not_begun_again() {
    let world = World::new();
    let browser = Browser::new().unwrap();
    let order = |attempt| check().with_reference(Reference::parse("order-7").unwrap()).with_attempt(attempt);
    let state = |begun| match begun {
        Begun::Open { state, .. } => state,
        Begun::Done(verdict) => panic!("{verdict:?}"),
    };
    let passed = state(world.keeper.begin(&order(1), &browser).unwrap());
    let _ = world.keeper.returned(&passed, &browser).unwrap();
    let Begun::Done(verdict) = world.keeper.begin(&order(1), &browser).unwrap() else { panic!("it is over") };
    assert!(verdict.receipt().is_repeat() && verdict.is_passed());
    let ended = state(world.keeper.begin(&order(2), &browser).unwrap());
    world.vendor.next_resume(Err(Error::new(ErrorKind::Expired)));
    world.keeper.returned(&ended, &browser).unwrap_err();
    assert_eq!(world.keeper.begin(&order(2), &browser).unwrap_err().kind(), ErrorKind::Expired);
    assert_eq!(world.vendor.begins(), 2);
}

#[test]
fn a_provider_that_answers_at_once_leaves_nothing_open() {
    let world = World::new();
    let verdict = world.vendor.verdict("Z1");
    world.vendor.next_begin(Ok(Progress::Done(verdict.clone())));
    let begun = world.keeper.begin(&check(), &Browser::new().unwrap()).unwrap();
    assert_eq!(begun, Begun::Done(verdict));
    assert!(world.keeper.finish_open(LEASE * 1000).unwrap().is_empty());
}

#[test]
fn a_verdict_that_came_at_once_is_given_again_without_a_call() {
    let mut world = World::new();
    let verdict = world.vendor.verdict("Z1");
    world.vendor.next_begin(Ok(Progress::Done(verdict.clone())));
    let (named, browser) = (check().with_reference("order-7".parse().unwrap()), Browser::new().unwrap());
    for _ in 0..2 {
        let Begun::Done(again) = world.keeper.begin(&named, &browser).unwrap() else { panic!("it was answered") };
        assert_eq!((again.outcome(), again.receipt().request_id()), (verdict.outcome(), Some("Z1")));
        world.restart();
    }
    assert_eq!(world.vendor.begins(), 1);
    // Nobody can ask for a check without a reference again, so nothing of the person stays.
    world.vendor.next_begin(Ok(Progress::Done(verdict)));
    let _ = world.keeper.begin(&check(), &browser).unwrap();
    assert_eq!(world.store.sweep(NOW + Duration::days(1000)).unwrap(), 1, "the named one");
}

#[test]
fn a_store_that_fails_is_known_before_anything_is_paid() {
    let world = World::new();
    let keeper = keeper(&world.vendor, Failing::from(&world.store, 0), &world.clock);
    let error = begin(&keeper).unwrap_err();
    assert_eq!((error.kind(), error.ran(), error.billed()), (ErrorKind::Unavailable, Ran::No, Billed::No));
    assert!(error.to_string().contains("nothing was sent"), "{error}");
    assert_eq!(world.vendor.begins(), 0);
}

#[test]
fn a_session_that_the_store_does_not_take_is_told_with_what_it_cost() {
    let world = World::new();
    let keeper = keeper(&world.vendor, Failing::from(&world.store, 2), &world.clock);
    let error = begin(&keeper).unwrap_err();
    assert_eq!((error.kind(), error.ran(), error.again()), (ErrorKind::Unavailable, Ran::Yes, Again::MayBillAgain));
    assert_eq!(error.charges(), Charges::new(1, 1));
    assert_eq!(error.reference().map(Reference::as_str), Some("order-7"));
    assert!(!error.to_string().contains("nothing was sent"), "{error}");
}
