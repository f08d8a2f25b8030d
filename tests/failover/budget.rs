//! A stock of retries that all calls of a provider share.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use liveness::{ErrorKind, LivenessProvider, ManualClock, Observer, Request, RetryBudget, RetryPolicy, TransportError};

use crate::{
    fixture::{Line, Told, check, hosted_with, market, market_told, set},
    support::clock,
};

/// A line that cannot be reached while `down`, and counts the attempts.
fn flaky(clock: &ManualClock, budget: RetryBudget, down: &Arc<AtomicUsize>, attempts: &Arc<AtomicUsize>) -> Line {
    flaky_told(clock, budget, down, attempts, ())
}

fn flaky_told(
    clock: &ManualClock,
    budget: RetryBudget,
    down: &Arc<AtomicUsize>,
    attempts: &Arc<AtomicUsize>,
    told: impl Observer + 'static,
) -> Line {
    let (down, attempts) = (down.clone(), attempts.clone());
    let hook = move |_: &Request| {
        attempts.fetch_add(1, Ordering::SeqCst);
        match down.load(Ordering::SeqCst) {
            0 => Ok(()),
            _ => Err(TransportError::unsent("nobody listens")),
        }
    };
    market_told("a", clock, RetryPolicy::new().with_budget(budget), Box::new(hook), told)
}

#[test]
fn an_outage_uses_the_stock_up_then_each_call_is_sent_once_and_successes_bring_retries_back() {
    let (clock, told) = (clock(), Told::default());
    let (down, attempts) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicUsize::new(0)));
    let budget = RetryBudget::new(4).with_successes_per_retry(2);
    let line = flaky_told(&clock, budget.clone(), &down, &attempts, told.clone());
    let sent = || {
        let _ = line.provider.begin(&check());
        attempts.swap(0, Ordering::SeqCst)
    };
    assert_eq!((sent(), sent(), told.take()), (3, 3, vec![]));
    let waited = clock.slept().len();
    assert_eq!((sent(), sent(), budget.left()), (1, 1, 0));
    assert_eq!(clock.slept().len(), waited, "a retry that is not made is not waited for");
    assert_eq!(told.take(), ["no retries tencent-market/a"; 2]);

    down.store(0, Ordering::SeqCst);
    assert_eq!((sent(), sent(), budget.left()), (1, 1, 1));
    down.store(1, Ordering::SeqCst);
    assert_eq!((sent(), sent()), (2, 1));
}

#[test]
fn the_error_of_a_call_without_a_retry_is_that_of_its_attempt() {
    let clock = clock();
    let line = hosted_with("a", &clock, RetryPolicy::new().with_budget(RetryBudget::new(0)));
    line.arm("rate-limited");
    let error = line.provider.begin(&check()).unwrap_err();
    assert_eq!((error.kind(), error.attempts(), line.calls()), (ErrorKind::RateLimited, 1, 1));
}

#[test]
fn threads_share_one_stock() {
    const THREADS: usize = 16;
    let clock = clock();
    let (down, attempts) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicUsize::new(0)));
    let line = flaky(&clock, RetryBudget::new(7), &down, &attempts);
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (provider, start) = (line.provider.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                assert!(provider.begin(&check()).is_err());
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(attempts.load(Ordering::SeqCst), THREADS + 7);
}

#[test]
fn an_outage_that_moves_to_the_second_provider_does_not_multiply_there() {
    let clock = clock();
    let (down, attempts) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicUsize::new(0)));
    let (a, b) = (flaky(&clock, RetryBudget::new(0), &down, &attempts), market("b", &clock));
    let set = set([&a, &b]).with_clock(clock.clone());
    for _ in 0..20 {
        assert!(set.begin(&check()).is_ok());
    }
    assert_eq!((attempts.load(Ordering::SeqCst), b.charges()), (5, 20), "the breaker opened after five");
}
