//! How does a check begin, and what of a store that fails?

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
fn a_check_that_does_not_begin_leaves_nothing_behind() {
    let world = World::new();
    world.vendor.next_begin(Err(lost()));
    let error = world.keeper.begin(&check(), &Browser::new().unwrap()).unwrap_err();
    assert_eq!((error.kind(), error.ran()), (ErrorKind::OutcomeUnknown, Ran::Maybe), "the provider's own error");
    assert_eq!(world.store.sweep(NOW + Duration::days(900)).unwrap(), 0);
}

#[test]
fn a_provider_that_answers_at_once_is_answered_with_and_nothing_is_kept() {
    let world = World::new();
    let verdict = world.vendor.verdict("Z1");
    world.vendor.next_begin(Ok(Progress::Done(verdict.clone())));
    let begun = world.keeper.begin(&check(), &Browser::new().unwrap()).unwrap();
    assert_eq!(begun, Begun::Done(verdict));
    assert_eq!(world.store.sweep(NOW + Duration::days(900)).unwrap(), 0);
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
    let keeper = keeper(&world.vendor, Failing::from(&world.store, 1), &world.clock);
    let error = begin(&keeper).unwrap_err();
    assert_eq!((error.kind(), error.ran(), error.again()), (ErrorKind::Unavailable, Ran::Yes, Again::MayBillAgain));
    assert_eq!(error.charges(), Charges::new(1, 1));
    assert_eq!(error.reference().map(Reference::as_str), Some("order-7"));
    assert!(!error.to_string().contains("nothing was sent"), "{error}");
}
