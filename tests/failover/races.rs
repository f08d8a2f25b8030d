//! Callers at once: one probe, lost probes, and no caller left behind. Barriers and channels order them, and no sleep.

use std::{
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use liveness::{
    Error, ErrorKind, LivenessProvider, ManualClock, Outcome, Progress, Receipt, Result, Verdict,
    money::{BreakerPolicy, Failover},
};

use crate::{
    fixture::{Stub, Told, answered, check, set_of},
    support::clock,
};

const THREADS: usize = 8;
const WAIT: Duration = Duration::from_secs(30);
const PROBE: Duration = Duration::from_secs(120);

/// A set whose first provider failed, whose wait is over, and whose first provider now does what the test says.
struct Recovering {
    set: Arc<Failover>,
    first: Arc<Stub>,
    clock: ManualClock,
    told: Told,
}

fn passed() -> Result<Progress> {
    Ok(Progress::Done(Verdict::new(Outcome::Passed, Receipt::new("acme/a".parse()?))))
}

fn recovering(then: impl Fn() -> Result<Progress> + Send + Sync + 'static) -> Recovering {
    let (clock, told, calls) = (clock(), Told::default(), AtomicUsize::new(0));
    let first = Stub::new("acme/a", move || match calls.fetch_add(1, Ordering::SeqCst) {
        0 => Err(Error::new(ErrorKind::Credentials)),
        _ => then(),
    });
    let policy = BreakerPolicy::new().with_failures(1).with_wait(WAIT).with_probe_time(PROBE);
    let set = set_of([first.clone(), Stub::passing("acme/b")])
        .with_breaker(policy)
        .with_clock(clock.clone())
        .with_observer(told.clone());
    assert_eq!(answered(&set.begin(&check()).unwrap()), "acme/b");
    told.take();
    clock.advance(WAIT);
    Recovering { set: Arc::new(set), first, clock, told }
}

/// The first call through it says that it came, and waits until it may go. The others do not wait, so that a test of what must
/// not be fails and does not hang.
fn turnstile() -> (impl Fn() + Send + Sync + 'static, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (came, comes) = mpsc::channel();
    let (go, goes) = mpsc::channel();
    let first = Mutex::new(Some((came, goes)));
    let pass = move || {
        let first = first.lock().unwrap().take();
        if let Some((came, goes)) = first {
            came.send(()).unwrap();
            goes.recv().unwrap();
        }
    };
    (pass, comes, go)
}

#[test]
fn of_callers_at_once_one_probes_and_the_others_pass_over() {
    let (pass, comes, go) = turnstile();
    let recovering = recovering(move || {
        pass();
        passed()
    });
    let (start, (answer, answers)) = (Arc::new(Barrier::new(THREADS)), mpsc::channel());
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (set, start, answer) = (recovering.set.clone(), start.clone(), answer.clone());
            thread::spawn(move || {
                start.wait();
                answer.send(answered(&set.begin(&check()).unwrap())).unwrap();
            })
        })
        .collect();
    comes.recv().unwrap();
    let others: Vec<_> = answers.iter().take(THREADS - 1).collect();
    assert!(others.iter().all(|who| who == "acme/b"), "{others:?}");
    assert_eq!(recovering.first.asked(), 2, "the failure and the probe");
    go.send(()).unwrap();
    assert_eq!(answers.recv().unwrap(), "acme/a");
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let events = recovering.told.take();
    assert_eq!(events.iter().filter(|event| *event == "closed acme/a").count(), 1, "{events:?}");
}

#[test]
fn a_probe_that_panics_makes_room_for_the_next() {
    let panics = AtomicUsize::new(1);
    let recovering = recovering(move || {
        assert!(panics.swap(0, Ordering::SeqCst) == 0, "a panic in a provider, which the test wants");
        passed()
    });
    let set = recovering.set.clone();
    assert!(thread::spawn(move || drop(set.begin(&check()))).join().is_err());
    assert_eq!(answered(&recovering.set.begin(&check()).unwrap()), "acme/a");
    assert_eq!(recovering.told.take(), ["closed acme/a"]);
}

#[test]
fn a_probe_that_is_stuck_is_given_up_and_what_it_says_later_changes_nothing() {
    let (pass, comes, go) = turnstile();
    let calls = AtomicUsize::new(0);
    let recovering = recovering(move || match calls.fetch_add(1, Ordering::SeqCst) {
        0 => {
            pass();
            Err(Error::new(ErrorKind::Credentials))
        }
        _ => passed(),
    });
    let set = recovering.set.clone();
    let stuck = thread::spawn(move || answered(&set.begin(&check()).unwrap()));
    comes.recv().unwrap();
    recovering.clock.advance(PROBE - Duration::from_millis(1));
    assert_eq!(answered(&recovering.set.begin(&check()).unwrap()), "acme/b", "the probe may still come back");
    recovering.clock.advance(Duration::from_millis(1));
    assert_eq!(answered(&recovering.set.begin(&check()).unwrap()), "acme/a");
    go.send(()).unwrap();
    assert_eq!(stuck.join().unwrap(), "acme/b", "its own caller is served by the next");
    assert_eq!(answered(&recovering.set.begin(&check()).unwrap()), "acme/a", "the late failure did not open it");
}

#[test]
fn callers_that_fail_at_once_open_it_once() {
    let (clock, told, start) = (clock(), Told::default(), Arc::new(Barrier::new(THREADS)));
    let gate = start.clone();
    let first = Stub::new("acme/a", move || {
        gate.wait();
        Err(Error::new(ErrorKind::Credentials))
    });
    let set = set_of([first, Stub::passing("acme/b")]).with_clock(clock).with_observer(told.clone());
    let set = Arc::new(set.with_breaker(BreakerPolicy::new().with_failures(2)));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let set = set.clone();
            thread::spawn(move || answered(&set.begin(&check()).unwrap()))
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == "acme/b"));
    assert_eq!(told.take().iter().filter(|event| event.starts_with("opened")).count(), 1);
}
