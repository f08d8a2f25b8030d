use liveness::{ErrorKind, LivenessProvider, sandbox::Call, tencent_market::SignatureScheme};
use time::Duration;

use crate::support::*;

const OFF: Duration = Duration::minutes(20);

#[test]
fn a_clock_twenty_minutes_off_costs_one_correction_and_one_charge() {
    for off in [OFF, -OFF] {
        let bench = bench();
        bench.sandbox.move_clock(off);
        assert!(bench.compare().unwrap().is_passed());
        assert_eq!(bench.calls_and_charges(Call::Compare), (2, 1), "one refused, one run");
        assert!(bench.compare().unwrap().is_passed());
        assert_eq!(bench.calls_and_charges(Call::Compare), (3, 2), "what was learnt is kept");
        assert!(bench.clock.slept().is_empty(), "a correction waits for nothing");
    }
}

#[test]
fn the_newer_gateways_clock_is_learnt_too() {
    let bench = bench();
    let tencent = bench.tencent.clone().with_signature_scheme(SignatureScheme::CloudMarket);
    bench.sandbox.move_clock(OFF);
    assert!(done(tencent.begin(&same_person()).unwrap()).is_passed());
    assert_eq!(bench.calls_and_charges(Call::Compare), (2, 1));
}

#[test]
fn what_was_learnt_is_forgotten_when_the_clock_heals() {
    let bench = bench();
    bench.sandbox.move_clock(OFF);
    let _ = bench.compare().unwrap();
    // Our own clock is set right: the offset learnt is now wrong by itself.
    bench.sandbox.move_clock(-OFF);
    let _ = bench.compare().unwrap();
    assert_eq!(bench.calls_and_charges(Call::Compare), (4, 2));
    let _ = bench.compare().unwrap();
    assert_eq!(bench.calls_and_charges(Call::Compare), (5, 3), "nothing is left to correct");
}

#[test]
fn a_clock_that_heals_within_the_window_is_noticed_by_a_good_answer() {
    let bench = bench();
    let calls_at = |off: i64| {
        bench.sandbox.move_clock(START + Duration::seconds(off) - bench.sandbox.now());
        let before = bench.calls_and_charges(Call::Compare).0;
        let _ = bench.compare().unwrap();
        bench.calls_and_charges(Call::Compare).0 - before
    };
    assert_eq!(calls_at(901), 2, "one second too far: 901 s are learnt");
    assert_eq!(calls_at(50), 1, "signed 851 s ahead is still believed, and the answer's date is ours: forgotten");
    assert_eq!(calls_at(-300), 1, "with the old offset this would be 1,201 s ahead and refused");
}

#[test]
fn a_refusal_that_names_a_clock_that_agrees_is_not_corrected() {
    let bench = bench();
    bench.arm("gateway-the-x-date-header-is-out-of-date-for-hmac-authentication");
    assert_eq!(bench.compare().unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(bench.calls_and_charges(Call::Compare), (1, 0));
}
