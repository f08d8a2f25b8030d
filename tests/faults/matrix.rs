//! Tests that each cell is as the rule says, and that its charge is reported correctly.

use std::collections::BTreeMap;

use liveness::{
    Ran,
    sandbox::{ChargeRule, Scenario, Vendor},
};

use crate::{
    cell::{Bench, Door, Lasts, Seen, Setting, Trouble},
    rule::{Expected, expected},
};

/// What the sandbox may charge: whether a repeated result is charged again is the vendor's secret.
fn charge_rules() -> [ChargeRule; 2] {
    [ChargeRule::new(), ChargeRule::new().with_repeated_result(true)]
}

/// What a call told of its money that is not true, whatever met it.
pub(crate) fn lie(seen: &Seen) -> Option<&'static str> {
    let (certain, possible) = (seen.charges.certain(), seen.charges.possible());
    let did_not_run = seen.error.is_some_and(|(_, ran, _)| ran == Ran::No);
    let lies = [
        (certain > seen.ledger, "more was certain than was charged"),
        (seen.ledger > possible, "more was charged than was possible"),
        (did_not_run && seen.ledger > 0, "what was charged is said not to have run"),
    ];
    lies.into_iter().find_map(|(is_one, lie)| is_one.then_some(lie))
}

#[test]
fn every_cell_is_as_the_rule_says_and_its_money_is_told() {
    let mut wrong = Vec::new();
    for door in Door::ALL {
        for trouble in Trouble::all() {
            for lasts in [Lasts::OneAttempt, Lasts::EveryAttempt] {
                for setting in Setting::ALL {
                    for (number, rule) in charge_rules().into_iter().enumerate() {
                        let cell = format!("{door:?} × {trouble:?} × {lasts:?} × {setting:?} × rule {number}");
                        let seen = Bench::new(setting, rule).meet(door, trouble, lasts);
                        let expected = expected(door, trouble, lasts, setting);
                        if !is_as(&seen, &expected, door) {
                            wrong.push(format!("{cell}\n   is        {seen:?}\n   should be {expected:?}"));
                            continue;
                        }
                        assert_eq!(lie(&seen), None, "{cell}: {seen:?}");
                        let repeats = door == Door::Result && setting == Setting::Default;
                        assert!(seen.ledger <= 1 || repeats, "{cell}: {seen:?}");
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn whatever_the_vendor_charges_and_answers_the_money_is_told() {
    let nothing = || ChargeRule::new().with_init(false).with_result(false).with_compare_codes(Vec::<String>::new());
    let everything = || ChargeRule::new().with_repeated_result(true);
    let mut wrong = Vec::new();
    // Both gateways pass the same listing's answers on.
    for door in [Door::Init, Door::Compare, Door::Result] {
        let vendor = if door.is_compare() { Vendor::TencentMarket } else { Vendor::Jumdata };
        for scenario in answers(vendor) {
            for trouble in Trouble::all() {
                for rule in [nothing(), everything()] {
                    let cell = format!("{door:?} × {trouble:?} × {} × {rule:?}", scenario.name());
                    let bench = Bench::new(Setting::Default, rule).with_scenario(scenario);
                    let seen = bench.meet(door, trouble, Lasts::OneAttempt);
                    wrong.extend(lie(&seen).map(|lie| format!("{cell}: {lie}: {seen:?}")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

/// One scenario for each answer of this vendor.
fn answers(vendor: Vendor) -> Vec<Scenario> {
    let mut scenarios = BTreeMap::new();
    for scenario in Scenario::all() {
        if let Ok(answer) = scenario.answer_for(vendor) {
            scenarios.insert(answer.to_string(), scenario);
        }
    }
    scenarios.into_values().collect()
}

/// Whether a free call ran is nobody's question.
pub(crate) fn is_as(seen: &Seen, expected: &Expected, door: Door) -> bool {
    let told = |error: Option<(liveness::ErrorKind, Ran, liveness::Again)>| match door.is_paid() {
        true => error,
        false => error.map(|(kind, _, again)| (kind, Ran::No, again)),
    };
    told(seen.error) == told(expected.error) && seen.charges == expected.charges && seen.attempts == expected.attempts
}
