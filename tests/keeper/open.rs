//! Tests what happens to a check whose person does not come back.

use std::time::Duration as Std;

use liveness::{
    ErrorKind,
    keeper::{FileSessionStore, Finished, Returned},
};

use super::*;
use crate::stores::{Failing, Folder};

const NEAR: Std = Std::from_secs(120);

fn outcomes(finished: &[Finished]) -> Vec<&str> {
    finished
        .iter()
        .map(|finished| match &finished.result {
            Ok(Progress::Done(_)) => "done",
            Ok(Progress::Pending(_)) => "pending",
            Err(_) => "error",
        })
        .collect()
}

#[test]
fn what_is_about_to_expire_is_asked_for_once_and_the_rest_is_left_alone() {
    let world = World::new();
    let (state, browser) = world.begun();
    assert!(world.keeper.finish_open(NEAR).unwrap().is_empty(), "the person is before the camera");
    world.clock.advance(Std::from_secs(8 * 60));
    let finished = world.keeper.finish_open(NEAR).unwrap();
    assert_eq!(outcomes(&finished), ["done"]);
    assert_eq!(finished[0].session.receipt().reference().map(Reference::as_str), Some("order-7"));
    assert!(world.keeper.finish_open(NEAR).unwrap().is_empty());
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
    assert_eq!(world.vendor.resumes(), 1);
}

#[test]
fn after_a_restart_what_was_open_is_finished() {
    let folder = Folder::new();
    let world = World::new();
    let before = keeper(&world.vendor, FileSessionStore::open(folder.path()).unwrap(), &world.clock);
    let begun: Vec<_> = (0..5).map(|_| begin(&before).unwrap()).collect();
    // One was asked for when the process died.
    world.vendor.on_resume(|_| panic!("killed"));
    let asking = std::panic::AssertUnwindSafe(|| before.returned(&begun[0].0, &begun[0].1));
    assert!(std::panic::catch_unwind(asking).is_err());
    drop(before);

    let after = keeper(&world.vendor, FileSessionStore::open(folder.path()).unwrap(), &world.clock);
    assert_eq!(outcomes(&after.finish_open(Std::MAX).unwrap()), ["done"; 5], "no claim is waited for");
    for (state, browser) in &begun {
        assert!(matches!(after.returned(state, browser).unwrap(), Returned::Done(_)));
    }
    assert_eq!(world.vendor.resumes(), 5);
}

#[test]
fn one_check_that_fails_does_not_keep_the_others_open() {
    let world = World::new();
    (0..250).for_each(|_| drop(world.begun()));
    for error in [lost(), Error::new(ErrorKind::Expired), Error::new(ErrorKind::Unavailable)] {
        world.vendor.next_resume(Err(error));
    }
    let outcomes = outcomes(&world.keeper.finish_open(Std::MAX).unwrap()).concat();
    assert_eq!((outcomes.matches("done").count(), outcomes.matches("error").count()), (247, 3), "over three pages");
    assert_eq!(world.keeper.finish_open(Std::MAX).unwrap().len(), 2, "the expired one has ended");
    assert!(world.keeper.finish_open(Std::MAX).unwrap().is_empty());
}

#[test]
fn a_store_that_fails_between_two_pages_takes_no_result_along() {
    let world = World::new();
    (0..150).for_each(|_| drop(world.begun()));
    // The first page, then a claim and a release for each of its checks.
    let failing = keeper(&world.vendor, Failing::from(&world.store, 1 + 2 * 100), &world.clock);
    assert_eq!(outcomes(&failing.finish_open(Std::MAX).unwrap()), ["done"; 100]);
    assert_eq!(failing.finish_open(Std::MAX).unwrap_err().kind(), ErrorKind::Unavailable, "nothing was finished");
    assert_eq!(outcomes(&world.keeper.finish_open(Std::MAX).unwrap()), ["done"; 50], "the rest comes at the next call");
    assert_eq!(world.vendor.resumes(), 150);
}

#[test]
fn what_was_lost_too_often_is_told_with_its_last_error_and_left_out_from_then_on() {
    let mut world = World::new();
    world.keeper = world.keeper.with_max_lost(2);
    world.begun();
    (0..5).for_each(|_| world.vendor.next_resume(Err(lost())));
    let told: Vec<_> = (0..4).map(|_| world.keeper.finish_open(Std::MAX).unwrap().len()).collect();
    assert_eq!(told, [1, 1, 0, 0]);
    assert_eq!(world.vendor.resumes(), 2);
}

#[test]
fn a_sweeper_and_a_return_at_the_same_moment_ask_once() {
    let world = World::new();
    let (state, browser) = world.begun();
    let sweeper = world.keeper.clone();
    world.vendor.on_resume(move |_| {
        assert!(sweeper.finish_open(Std::MAX).unwrap().is_empty());
        Ok(())
    });
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
    assert_eq!(world.vendor.resumes(), 1);
}
