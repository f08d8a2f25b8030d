//! Tests `AtMostOnce`, `Failover` and caps around a provider with each fault.

use std::sync::Arc;

use liveness::{
    ErrorKind, LivenessProvider, Progress, Ran,
    money::{AtMostOnce, Capped, Caps, Failover, MemoryJournal, SealingKey},
    sandbox::{ChargeRule, Fault},
};

use crate::{
    cell::{Bench, Door, Lasts, Seen, Setting, Trouble, charges, check},
    matrix::{is_as, lie},
    rule::{Expected, expected},
};

/// What stands around the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    AtMostOnce,
    /// With a cap of one charge a day.
    AtMostOnceWithCap,
    /// One charge a day, without a journal.
    Capped,
    /// Two accounts of the vendor.
    Failover,
    FailoverOfAtMostOnce,
}

impl Around {
    const ALL: [Self; 5] =
        [Self::AtMostOnce, Self::AtMostOnceWithCap, Self::Capped, Self::Failover, Self::FailoverOfAtMostOnce];

    fn has_journal(self) -> bool {
        matches!(self, Self::AtMostOnce | Self::AtMostOnceWithCap | Self::FailoverOfAtMostOnce)
    }

    fn is_set(self) -> bool {
        matches!(self, Self::Failover | Self::FailoverOfAtMostOnce)
    }

    fn has_cap(self) -> bool {
        matches!(self, Self::AtMostOnceWithCap | Self::Capped)
    }

    pub(crate) fn wrap(self, bench: &Bench, door: Door) -> Arc<dyn LivenessProvider> {
        let journal = MemoryJournal::new().with_clock(bench.clock.clone());
        let account = |label: &str| -> Arc<dyn LivenessProvider> {
            match door.is_compare() {
                true => Arc::new(bench.market(door).with_account(label).unwrap()),
                false => Arc::new(bench.jumdata().with_account(label).unwrap()),
            }
        };
        let once = |label: &str| {
            AtMostOnce::sealing(account(label), journal.clone(), SealingKey::new([7; 32]))
                .unwrap()
                .with_clock(bench.clock.clone())
        };
        let set = |members: [Arc<dyn LivenessProvider>; 2]| {
            Arc::new(Failover::new("set", members).unwrap().with_clock(bench.clock.clone()))
        };
        let cap = Caps::new().with_per_day(1);
        match self {
            Self::AtMostOnce => Arc::new(once("a")),
            Self::AtMostOnceWithCap => Arc::new(once("a").with_caps(cap)),
            Self::Capped => Arc::new(Capped::new(account("a"), cap).with_clock(bench.clock.clone())),
            Self::Failover => set([account("a"), account("b")]),
            Self::FailoverOfAtMostOnce => set([Arc::new(once("a")), Arc::new(once("b"))]),
        }
    }
}

/// The first call: what is around a provider changes nothing of it, but that a set goes on where nothing ran.
fn first(around: Around, door: Door, trouble: Trouble, lasts: Lasts, setting: Setting) -> Expected {
    let alone = expected(door, trouble, lasts, setting);
    let goes_on = around.is_set() && alone.error.is_some_and(|(_, ran, _)| ran == Ran::No);
    if !goes_on {
        return alone;
    }
    // A clock that jumped has jumped for the second account too.
    let second = match (lasts, trouble) {
        (Lasts::EveryAttempt, _) | (_, Trouble::Of(Fault::ClockJump)) => expected(door, trouble, lasts, setting),
        _ => expected(door, Trouble::Of(Fault::InterimAnswers), lasts, setting),
    };
    Expected { attempts: alone.attempts + second.attempts, ..second }
}

/// The same call again, after the trouble.
fn again(around: Around, first: &Seen) -> &'static str {
    let ran = first.error.map(|(_, ran, _)| ran);
    match (first.error.map(|(kind, ..)| kind), ran) {
        (None, _) if around.has_journal() => "the same answer",
        (None, _) if around.has_cap() => "the cap",
        (_, Some(Ran::No)) => "a call",
        (Some(ErrorKind::OutcomeUnknown), _) if around.has_journal() => "in doubt",
        (Some(ErrorKind::OutcomeUnknown), _) if around.has_cap() => "the cap",
        _ => "a call",
    }
}

pub(crate) fn what_came(progress: &liveness::Result<Progress>, attempts: u32) -> &'static str {
    let is_repeat = |progress: &Progress| match progress {
        Progress::Done(verdict) => verdict.receipt().is_repeat(),
        Progress::Pending(session) => session.receipt().is_repeat(),
    };
    match progress {
        // What comes of it is another cell's matter.
        _ if attempts > 0 => "a call",
        Ok(progress) if is_repeat(progress) => "the same answer",
        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => "in doubt",
        Err(error) if error.kind() == ErrorKind::BudgetExceeded => "the cap",
        _ => "something else",
    }
}

#[test]
fn around_a_provider_each_cell_is_as_the_rule_says_and_the_same_call_again_is_never_paid_twice() {
    let mut wrong = Vec::new();
    for door in [Door::Init, Door::Compare, Door::CloudMarketCompare] {
        for around in Around::ALL {
            for trouble in Trouble::all() {
                for lasts in [Lasts::OneAttempt, Lasts::EveryAttempt] {
                    for setting in [Setting::Default, Setting::NeverAgain] {
                        let bench = Bench::new(setting, ChargeRule::new());
                        let provider = around.wrap(&bench, door);
                        let begin = || provider.begin(&check(door));
                        let seen = bench.seen(trouble, lasts, || begin().map(|progress| charges(&progress, None)));
                        let should_be = first(around, door, trouble, lasts, setting);
                        let cell = format!("{door:?} × {around:?} × {trouble:?} × {lasts:?} × {setting:?}");
                        if !is_as(&seen, &should_be, door) || lie(&seen).is_some() || seen.ledger > 1 {
                            wrong.push(format!("{cell}\n   is        {seen:?}\n   should be {should_be:?}"));
                            continue;
                        }
                        let sent = bench.sent();
                        let repeated = begin();
                        let came = what_came(&repeated, bench.sent() - sent);
                        if came != again(around, &seen) {
                            let should_be = again(around, &seen);
                            wrong.push(format!(
                                "{cell}\n   again: {came}, should be {should_be}: {seen:?} {repeated:?}"
                            ));
                        }
                        if around.has_journal() && bench.sandbox.ledger().charges() > 1 {
                            wrong.push(format!("{cell}\n   paid twice: {}", bench.sandbox.ledger()));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_result_that_is_lost_is_told_by_all_that_stands_around_it_and_can_be_asked_again() {
    let mut wrong = Vec::new();
    for around in [Around::AtMostOnce, Around::Failover, Around::FailoverOfAtMostOnce] {
        for trouble in Trouble::all() {
            for lasts in [Lasts::OneAttempt, Lasts::EveryAttempt] {
                for setting in Setting::ALL {
                    let rule = ChargeRule::new().with_repeated_result(true);
                    let bench = Bench::new(setting, rule);
                    let provider = around.wrap(&bench, Door::Result);
                    let session = bench.filmed(&*provider);
                    let resume = || provider.resume(&session).map(|progress| charges(&progress, Some(&session)));
                    let seen = bench.seen(trouble, lasts, resume);
                    let should_be = expected(Door::Result, trouble, lasts, setting);
                    let cell = format!("{around:?} × {trouble:?} × {lasts:?} × {setting:?}");
                    if !is_as(&seen, &should_be, Door::Result) || lie(&seen).is_some() {
                        wrong.push(format!("{cell}\n   is        {seen:?}\n   should be {should_be:?}"));
                        continue;
                    }
                    let charged = bench.sandbox.ledger().charges();
                    let then = provider.resume(&session);
                    let may_be_asked = trouble != Trouble::Of(Fault::ClockJump);
                    let told = then
                        .as_ref()
                        .map_or_else(|error| error.charges(), |progress| charges(progress, Some(&session)));
                    let more = bench.sandbox.ledger().charges() - charged;
                    if then.is_ok() != may_be_asked || more > told.possible() as usize {
                        wrong.push(format!("{cell}\n   then {then:?}, {more} more charges, {told}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}
