use proptest::prelude::*;

use super::*;

const WAIT: Duration = Duration::from_secs(30);
const PROBE: Duration = Duration::from_secs(120);

fn breaker(failures: u32) -> Breaker {
    Breaker::new(BreakerPolicy::new().with_failures(failures).with_wait(WAIT).with_probe_time(PROBE))
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// One call from start to end.
fn call(breaker: &Breaker, now: Duration, sign: Sign) -> Result<Option<Change>, Duration> {
    breaker.admit(now).map(|pass| pass.report(sign, now))
}

#[test]
fn it_opens_after_failures_in_a_row_and_a_success_between_them_begins_the_row_anew() {
    let breaker = breaker(2);
    for sign in [Sign::Ill, Sign::Well, Sign::Ill, Sign::Neither] {
        assert_eq!(call(&breaker, at(0), sign), Ok(None));
    }
    assert_eq!(call(&breaker, at(1), Sign::Ill), Ok(Some(Change::Opened)));
    assert_eq!(call(&breaker, at(1), Sign::Well), Err(WAIT));
    assert_eq!(call(&breaker, at(30), Sign::Well), Err(at(1)));
}

#[test]
fn one_probe_goes_through_at_a_time_and_its_success_closes_it() {
    let breaker = breaker(1);
    assert_eq!(call(&breaker, at(0), Sign::Ill), Ok(Some(Change::Opened)));
    let probe = breaker.admit(at(30)).unwrap();
    assert_eq!(breaker.admit(at(40)).unwrap_err(), at(110), "the probe is out");
    assert_eq!(probe.report(Sign::Well, at(41)), Some(Change::Closed));
    assert_eq!(call(&breaker, at(41), Sign::Well), Ok(None));
}

#[test]
fn a_probe_that_fails_begins_the_wait_anew_and_one_that_says_nothing_makes_room_for_the_next() {
    let breaker = breaker(1);
    assert_eq!(call(&breaker, at(0), Sign::Ill), Ok(Some(Change::Opened)));
    assert_eq!(call(&breaker, at(30), Sign::Ill), Ok(None), "it was open before");
    assert_eq!(breaker.admit(at(31)).unwrap_err(), at(29));
    assert_eq!(call(&breaker, at(60), Sign::Neither), Ok(None));
    drop(breaker.admit(at(60)).unwrap());
    assert_eq!(call(&breaker, at(60), Sign::Well), Ok(Some(Change::Closed)));
}

#[test]
fn a_probe_that_never_comes_back_is_given_up_and_what_it_says_later_counts_no_more() {
    let breaker = breaker(1);
    assert_eq!(call(&breaker, at(0), Sign::Ill), Ok(Some(Change::Opened)));
    let stuck = breaker.admit(at(30)).unwrap();
    assert!(breaker.admit(at(149)).is_err());
    let second = breaker.admit(at(150)).unwrap();
    assert_eq!(stuck.report(Sign::Well, at(151)), None);
    assert!(breaker.admit(at(151)).is_err(), "the second probe is still out");
    assert_eq!(second.report(Sign::Well, at(152)), Some(Change::Closed));
}

#[test]
fn calls_that_were_out_when_it_opened_change_nothing_when_they_come_back() {
    let breaker = breaker(1);
    let (late, later) = (breaker.admit(at(0)).unwrap(), breaker.admit(at(0)).unwrap());
    assert_eq!(call(&breaker, at(1), Sign::Ill), Ok(Some(Change::Opened)));
    assert_eq!((late.report(Sign::Well, at(2)), later.report(Sign::Ill, at(20))), (None, None));
    assert_eq!(breaker.admit(at(2)).unwrap_err(), at(29));
    assert!(breaker.admit(at(31)).is_ok());
}

#[test]
fn never_is_never() {
    let breaker = Breaker::new(BreakerPolicy::never());
    for _ in 0..1000 {
        assert_eq!(call(&breaker, at(0), Sign::Ill), Ok(None));
    }
}

#[test]
fn the_kinds_that_count_are_what_the_vendor_did_and_not_what_a_person_or_a_cap_did() {
    let counted: Vec<_> =
        ErrorKind::ALL.iter().filter(|kind| Sign::of(&Error::new(**kind)) == Sign::Ill).copied().collect();
    use ErrorKind::{Credentials, Denied, OutcomeUnknown, Protocol, Unavailable, Vendor};
    assert_eq!(counted, [Credentials, Denied, Unavailable, Vendor, OutcomeUnknown, Protocol]);
    assert!(ErrorKind::ALL.iter().all(|kind| Sign::of(&Error::new(*kind)) != Sign::Well));
}

/// What a caller, or the clock, does next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Admit,
    /// The call in this place of those that are out comes back.
    Report(usize, Sign),
    /// Its thread panics.
    Drop(usize),
    Move(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let sign = || prop::sample::select(vec![Sign::Well, Sign::Ill, Sign::Ill, Sign::Neither]);
    prop_oneof![
        4 => Just(Step::Admit),
        4 => (0_usize..8, sign()).prop_map(|(place, sign)| Step::Report(place, sign)),
        1 => (0_usize..8).prop_map(Step::Drop),
        3 => prop::sample::select(vec![0, 1, 29, 30, 31, 119, 120, 121, u64::MAX]).prop_map(Step::Move),
    ]
}

proptest! {
    #[test]
    fn no_two_probes_are_out_at_once_and_nobody_is_locked_out_for_ever(
        failures in 1_u32..4, steps in prop::collection::vec(step(), 0..80),
    ) {
        let breaker = breaker(failures);
        let mut now = Duration::ZERO;
        let mut out: Vec<Pass<'_>> = Vec::new();
        // The probe that is out, by its term, and the instant at which it counts as lost.
        let mut probe: Option<(u64, Duration)> = None;
        for step in steps {
            match step {
                Step::Admit => {
                    let was_closed = matches!(breaker.lock().phase, Phase::Closed { .. });
                    if let Ok(pass) = breaker.admit(now) {
                        if !was_closed {
                            prop_assert!(probe.is_none_or(|(_, lost)| now >= lost), "two probes at {now:?}");
                            probe = Some((pass.term, now.saturating_add(PROBE)));
                        }
                        out.push(pass);
                    }
                }
                Step::Report(place, sign) if place < out.len() => {
                    let pass = out.remove(place);
                    probe = probe.filter(|(term, _)| *term != pass.term);
                    let _ = pass.report(sign, now);
                }
                Step::Drop(place) if place < out.len() => {
                    let pass = out.remove(place);
                    probe = probe.filter(|(term, _)| *term != pass.term);
                }
                Step::Report(..) | Step::Drop(_) => {}
                Step::Move(seconds) => now = now.saturating_add(Duration::from_secs(seconds)),
            }
        }
        // No probe that is out ever comes back: after the wait that the breaker names, it lets a call through.
        if let Err(wait) = breaker.admit(now) {
            prop_assert!(wait <= WAIT.max(PROBE));
            prop_assert!(breaker.admit(now.saturating_add(wait)).is_ok());
        }
    }
}
