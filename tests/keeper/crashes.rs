//! Tests what a crash leaves at each step, and what a process that was stopped leaves.

use std::panic::{AssertUnwindSafe, catch_unwind};

use liveness::{ErrorKind, Ran, client::Attempt, keeper::Returned};

use super::*;
use crate::stores::{Crashing, When};

#[test]
fn a_crash_at_any_step_loses_no_paid_token_and_no_verdict() {
    let mut steps = 0;
    for when in [When::Before, When::After] {
        for operation in 0.. {
            let mut world = World::new();
            let crashing = Crashing::at(&world.store, operation, when);
            let dying = keeper(&world.vendor, crashing, &world.clock);
            let mut begun = None;
            let died = catch_unwind(AssertUnwindSafe(|| {
                begun = Some(begin(&dying).unwrap());
                let (state, browser) = begun.as_ref().unwrap();
                let _ = dying.returned(state, browser).unwrap();
            }));
            if died.is_ok() {
                break;
            }
            steps += 1;
            let at = format!("{when:?} operation {operation}");
            world.restart();
            let Some((state, browser)) = begun else {
                // A person who never saw the vendor's page has nothing to come back to; what was written is finished.
                let is_written = operation == 2 && when == When::After;
                let finished = world.keeper.finish_open(std::time::Duration::MAX).unwrap();
                assert_eq!(finished.len(), usize::from(is_written), "{at}");
                continue;
            };
            let answer = world.keeper.returned(&state, &browser).unwrap();
            if answer == Returned::Busy {
                // It died with the claim in its hand.
                assert!(world.keeper.finish_open(std::time::Duration::MAX).unwrap().is_empty(), "{at}");
                world.clock.advance(LEASE);
            }
            let done = world.keeper.returned(&state, &browser).unwrap();
            assert!(matches!(done, Returned::Done(_)), "{at}: {done:?}");
            assert_eq!(world.keeper.returned(&state, &browser).unwrap(), done, "{at}");
            assert_eq!(world.vendor.begins(), 1, "{at}");
            assert!(world.vendor.resumes() <= 2, "{at}");
        }
    }
    assert!(
        steps == 12,
        "{steps} crashes: a write, a claim and a release of the start, a look, a claim and a release, before and after"
    );
}

#[test]
fn a_crash_inside_the_call_leaves_the_session_to_the_next() {
    let world = World::new();
    let (state, browser) = world.begun();
    world.vendor.on_resume(|_| panic!("killed"));
    assert!(catch_unwind(AssertUnwindSafe(|| world.keeper.returned(&state, &browser))).is_err());
    assert_eq!(world.keeper.returned(&state, &browser).unwrap(), Returned::Busy);
    world.clock.advance(LEASE - std::time::Duration::from_millis(1));
    assert_eq!(world.keeper.returned(&state, &browser).unwrap(), Returned::Busy);
    world.clock.advance(std::time::Duration::from_millis(1));
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
}

#[test]
fn a_call_ends_before_its_claim_does() {
    let world = World::new();
    let (state, browser) = world.begun();
    world.vendor.on_resume(|options| {
        assert_eq!(options.deadline(), Some(std::time::Duration::from_secs(75)));
        Ok(())
    });
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
}

#[test]
fn a_process_that_wakes_after_its_claim_sends_nothing() {
    let world = World::new();
    let (state, browser) = world.begun();
    let (clock, id) = (world.clock.clone(), world.vendor.id.clone());
    world.vendor.on_resume(move |options| {
        let attempt = Attempt::new(&id, NOW, LEASE);
        options.before_send(&attempt)?;
        clock.advance(LEASE);
        options.before_send(&attempt)
    });
    let error = world.keeper.returned(&state, &browser).unwrap_err();
    assert_eq!((error.kind(), error.ran()), (ErrorKind::InProgress, Ran::No));
    assert_eq!(world.vendor.resumes(), 0);
    let Some(Progress::Pending(session)) = world.keeper.find(&state, &browser).unwrap() else { panic!("open") };
    assert_eq!(session.charges(), Charges::new(1, 1), "nothing was sent");
}

#[test]
fn a_late_answer_does_not_change_what_all_were_told() {
    let world = World::new();
    let (state, browser) = world.begun();
    let other = world.keeper.clone();
    let (clock, again) = (world.clock.clone(), (state.clone(), browser.clone()));
    // The vendor takes longer than the claim lasts, and another asks meanwhile.
    world.vendor.on_resume(move |_| {
        clock.advance(LEASE);
        assert!(matches!(other.returned(&again.0, &again.1).unwrap(), Returned::Done(_)));
        Ok(())
    });
    let first = Returned::Done(world.vendor.verdict("Z1"));
    assert_eq!(world.keeper.returned(&state, &browser).unwrap(), first);
    assert_eq!(world.keeper.returned(&state, &browser).unwrap(), first);
    assert_eq!(world.vendor.resumes(), 2);
}

#[test]
fn an_answer_that_the_store_does_not_take_is_returned_all_the_same() {
    let world = World::new();
    let (state, browser) = world.begun();
    // A look, a claim, and then the disk is full.
    let failing = keeper(&world.vendor, crate::stores::Failing::from(&world.store, 2), &world.clock);
    assert!(matches!(failing.returned(&state, &browser).unwrap(), Returned::Done(_)));
    world.clock.advance(LEASE);
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)), "it is asked for again");
    assert_eq!(world.vendor.resumes(), 2);
}
