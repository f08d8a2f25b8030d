//! Tests what each return gets: the first, the next ones, all at once, and a stranger's.

use std::{
    sync::{Barrier, mpsc},
    thread,
};

use liveness::{Billed, ErrorKind, Ran, keeper::Returned};

use super::*;

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

#[test]
fn sixty_four_returns_at_once_ask_once() {
    let world = World::new();
    let (state, browser) = world.begun();
    // Whoever asks gets no answer before all others have theirs.
    let (told, tell) = mpsc::channel();
    let tell = Mutex::new(tell);
    world.vendor.on_resume(move |_| {
        let tell = tell.lock().unwrap();
        (0..63).for_each(|_| tell.recv_timeout(PATIENCE).unwrap());
        Ok(())
    });
    let start = Barrier::new(64);
    let answers: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..64)
            .map(|_| {
                let (told, start, keeper, state, browser) = (told.clone(), &start, &world.keeper, &state, &browser);
                scope.spawn(move || {
                    start.wait();
                    let answer = keeper.returned(state, browser).unwrap();
                    let _ = told.send(());
                    answer
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(world.vendor.resumes(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Returned::Busy).count(), 63);
    let verdict = Returned::Done(world.vendor.verdict("Z1"));
    assert!(answers.contains(&verdict));
    assert_eq!(world.keeper.returned(&state, &browser).unwrap(), verdict);
}

#[test]
fn any_number_of_returns_in_any_order_ask_once() {
    let world = World::new();
    let (state, browser) = world.begun();
    let start = Barrier::new(64);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                start.wait();
                for _ in 0..10 {
                    let answer = world.keeper.returned(&state, &browser).unwrap();
                    assert!(matches!(answer, Returned::Busy | Returned::Done(_)), "{answer:?}");
                }
            });
        }
    });
    assert_eq!(world.vendor.resumes(), 1);
}

#[test]
fn a_reload_gets_the_same_verdict_without_a_call_also_after_a_restart() {
    let mut world = World::new();
    let (state, browser) = world.begun();
    let first = world.keeper.returned(&state, &browser).unwrap();
    assert_eq!(first, Returned::Done(world.vendor.verdict("Z1")));
    world.restart();
    for _ in 0..3 {
        assert_eq!(world.keeper.returned(&state, &browser).unwrap(), first);
        assert_eq!(world.keeper.find(&state, &browser).unwrap().map(Returned::from), Some(first.clone()));
    }
    assert_eq!(world.vendor.resumes(), 1);
}

#[test]
fn a_stranger_asks_nothing_and_is_told_nothing() {
    let world = World::new();
    let (state, browser) = world.begun();
    let (others_state, other) = world.begun();
    let forged = State::parse(&"A".repeat(22)).unwrap();
    let near = State::parse(&format!("{}A", &state.reveal()[..21])).filter(|near| *near != state);
    let strangers = [
        (Some(&state), &other, "another browser with the state from a log"),
        (Some(&others_state), &browser, "this browser with the state of another's check"),
        (Some(&forged), &browser, "a forged state"),
        (near.as_ref(), &browser, "a state with one character changed"),
    ];
    for (state, browser, who) in strangers {
        let Some(state) = state else { continue };
        assert_eq!(world.keeper.returned(state, browser).unwrap(), Returned::Unknown, "{who}");
        assert_eq!(world.keeper.find(state, browser).unwrap(), None, "{who}");
        world.keeper.forget(state, browser).unwrap();
    }
    assert_eq!(world.vendor.resumes(), 0);
    // Not after the verdict is there either, and what a stranger wanted forgotten is still there.
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
    assert_eq!(world.keeper.returned(&state, &other).unwrap(), Returned::Unknown);
}

#[test]
fn a_token_in_the_address_chooses_nothing() {
    let world = World::new();
    let (state, browser) = world.begun();
    world.begun();
    let query = format!("token=t0ken-2&state={}&result=passed", state.reveal());
    let state = State::from_query(&query).unwrap();
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
    assert_eq!(world.vendor.asked.lock().unwrap()[0].token().reveal(), "t0ken-1");
    assert_eq!(State::from_query("token=t0ken-1"), None);
}

#[test]
fn a_person_who_is_not_done_is_asked_for_again_with_the_session_that_changed() {
    let world = World::new();
    let (state, browser) = world.begun();
    for polls in 1..=3 {
        let changed = world.vendor.session("t0ken-1").with_charges(Charges::new(1, 1 + polls));
        world.vendor.next_resume(Ok(Progress::Pending(changed.clone())));
        assert_eq!(world.keeper.returned(&state, &browser).unwrap(), Returned::Pending(changed.clone()));
        assert_eq!(world.keeper.find(&state, &browser).unwrap(), Some(Progress::Pending(changed)));
    }
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
    let asked: Vec<_> = world.vendor.asked.lock().unwrap().iter().map(|session| session.charges().possible()).collect();
    assert_eq!(asked, [1, 2, 3, 4]);
}

#[test]
fn the_session_is_kept_through_every_error_but_its_end() {
    let kinds = [
        ErrorKind::InvalidCheck,
        ErrorKind::Configuration,
        ErrorKind::Credentials,
        ErrorKind::Denied,
        ErrorKind::RateLimited,
        ErrorKind::Unavailable,
        ErrorKind::Vendor,
        ErrorKind::OutcomeUnknown,
        ErrorKind::Protocol,
        ErrorKind::Unsupported,
        ErrorKind::InProgress,
        ErrorKind::BudgetExceeded,
    ];
    let world = World::new();
    let (state, browser) = world.begun();
    for kind in kinds {
        world.vendor.next_resume(Err(Error::new(kind)));
        assert_eq!(world.keeper.returned(&state, &browser).unwrap_err().kind(), kind);
    }
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
    assert_eq!(world.vendor.resumes(), kinds.len() + 1);
}

#[test]
fn the_end_of_a_session_is_told_to_every_return_without_a_call() {
    let world = World::new();
    let (state, browser) = world.begun();
    world.vendor.next_resume(Err(Error::new(ErrorKind::Expired).with_vendor_code("301").with_billed(Billed::No)));
    for _ in 0..3 {
        let error = world.keeper.returned(&state, &browser).unwrap_err();
        assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Expired, Some("301")));
        assert_eq!(world.keeper.find(&state, &browser).unwrap_err().kind(), ErrorKind::Expired);
    }
    assert_eq!(world.vendor.resumes(), 1);
}

#[test]
fn a_lost_result_is_asked_for_again_counted_and_at_last_left_to_the_operator() {
    let mut world = World::new();
    world.keeper = world.keeper.with_max_lost(3);
    let (state, browser) = world.begun();
    // What certainly cost nothing is no loss, also where another process asks at this moment.
    for kind in [ErrorKind::RateLimited, ErrorKind::InProgress, ErrorKind::RateLimited, ErrorKind::InProgress] {
        world.vendor.next_resume(Err(Error::new(kind).with_billed(Billed::No)));
        assert_eq!(world.keeper.returned(&state, &browser).unwrap_err().kind(), kind);
    }
    for _ in 0..3 {
        world.vendor.next_resume(Err(lost()));
        assert_eq!(world.keeper.returned(&state, &browser).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    }
    let Some(Progress::Pending(session)) = world.keeper.find(&state, &browser).unwrap() else { panic!("open") };
    assert_eq!(session.charges(), Charges::new(1, 1), "each loss stands on its own error");
    for _ in 0..3 {
        let error = world.keeper.returned(&state, &browser).unwrap_err();
        assert_eq!((error.kind(), error.ran(), error.billed()), (ErrorKind::BudgetExceeded, Ran::No, Billed::No));
        assert_eq!(error.reference().map(Reference::as_str), Some("order-7"));
    }
    assert_eq!(world.vendor.resumes(), 7);
    // The operator allows more.
    world.keeper = world.keeper.with_max_lost(4);
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
}

#[test]
fn what_is_forgotten_is_gone() {
    let world = World::new();
    let (state, browser) = world.begun();
    assert!(matches!(world.keeper.returned(&state, &browser).unwrap(), Returned::Done(_)));
    world.keeper.forget(&state, &browser).unwrap();
    assert_eq!(world.keeper.returned(&state, &browser).unwrap(), Returned::Unknown);
    assert_eq!(world.store.sweep(NOW + Duration::days(900)).unwrap(), 0);
    // By what it was begun with, where the state is not at hand; only by its own browser.
    let (named, browser) = (check().with_reference("order-7".parse().unwrap()), Browser::new().unwrap());
    let _ = world.keeper.begin(&named, &browser).unwrap();
    world.keeper.forget_begun(&named, &Browser::new().unwrap()).unwrap();
    world.keeper.forget_begun(&named.clone().with_attempt(2), &browser).unwrap();
    assert!(world.keeper.begun(&named, &browser).unwrap().is_some());
    world.keeper.forget_begun(&named, &browser).unwrap();
    assert_eq!(world.store.sweep(NOW + Duration::days(900)).unwrap(), 0);
}

#[test]
fn a_verdict_is_kept_for_its_time_and_a_session_for_a_day_past_its_expiry() {
    let mut world = World::new();
    world.keeper = world.keeper.with_kept(std::time::Duration::from_secs(60));
    let (done, open) = (world.begun(), world.begun());
    let _ = world.keeper.returned(&done.0, &done.1).unwrap();
    let is_there =
        |world: &World, (state, browser): &(State, Browser)| world.keeper.find(state, browser).unwrap().is_some();
    world.clock.set(NOW + Duration::seconds(60));
    assert_eq!(world.keeper.sweep().unwrap(), 0);
    world.clock.set(NOW + Duration::seconds(61));
    assert_eq!(world.keeper.sweep().unwrap(), 1);
    assert!(!is_there(&world, &done) && is_there(&world, &open));
    world.clock.set(NOW + Duration::minutes(10) + Duration::DAY);
    assert_eq!(world.keeper.sweep().unwrap(), 0);
    world.clock.set(NOW + Duration::minutes(10) + Duration::DAY + Duration::SECOND);
    assert_eq!(world.keeper.sweep().unwrap(), 1);
}
