use liveness::sandbox::{Call, ChargeRule, Fault, Ledger, Scenario, Vendor};

use crate::support::*;

fn named(name: &str) -> Scenario {
    Scenario::named(name).unwrap()
}

#[test]
fn each_call_is_entered_with_its_code_number_and_charge() {
    let (sandbox, clock) = sandbox();
    let token = open(&sandbox);
    send(&sandbox, request("GET", &format!("{HTML}?token={token}"), &[], ""));
    result(&sandbox, &token);
    sandbox.finish(&session(&token));
    clock.advance(std::time::Duration::from_secs(1));
    let answer = result(&sandbox, &token);
    sandbox.arm(named("different-person"));
    compare(&sandbox);
    send(&sandbox, request("GET", "https://a.example/release/other", &[], ""));

    let ledger = sandbox.ledger();
    let lines: Vec<_> =
        ledger.entries().iter().map(|e| (e.number(), e.vendor(), e.call(), e.code(), e.is_charged())).collect();
    assert_eq!(
        lines,
        [
            (1, Vendor::Jumdata, Call::Init, "200", true),
            (2, Vendor::Jumdata, Call::Html, "page", false),
            (3, Vendor::Jumdata, Call::Result, "201", false),
            (4, Vendor::Jumdata, Call::Result, "200", true),
            (5, Vendor::TencentMarket, Call::Compare, "P0001", true),
            (6, Vendor::TencentMarket, Call::Unknown, "There is no api match", false),
        ]
    );
    assert_eq!(ledger.charges(), 3);
    let passed = &ledger.entries()[3];
    assert_eq!(passed.request_id(), answer["taskNo"].as_str());
    assert_eq!((passed.at(), passed.status()), (START + std::time::Duration::from_secs(1), 200));
    sandbox.reset_ledger();
    assert!(sandbox.ledger().entries().is_empty());
    compare(&sandbox);
    assert_eq!(sandbox.ledger().entries()[0].number(), 7, "numbers go on");
}

#[test]
fn a_path_of_neither_vendor_is_no_call_and_uses_up_no_fault() {
    let (sandbox, _) = sandbox();
    sandbox.arm_fault(Fault::Refuse, 1);
    for path in ["favicon.ico", "", "releases", "lifecheck"] {
        let response = send(&sandbox, request("GET", &format!("https://a.example/{path}"), &[], ""));
        assert_eq!(refusal(&response), (404, "There is no api match".to_owned()), "{path}");
    }
    assert!(sandbox.ledger().entries().is_empty());
    assert!(liveness::Transport::send(&sandbox, request("GET", HTML, &[], "")).is_err(), "the fault is still there");
}

#[test]
fn every_call_is_counted_and_the_last_ones_are_listed() {
    let (sandbox, _) = sandbox();
    open(&sandbox);
    for _ in 0..Ledger::MAX_ENTRIES {
        send(&sandbox, request("GET", HTML, &[], ""));
    }
    let ledger = sandbox.ledger();
    assert_eq!([ledger.calls(Call::Init), ledger.charges()], [1, 1], "its entry is gone");
    assert_eq!([ledger.calls(Call::Html), ledger.entries().len()], [Ledger::MAX_ENTRIES; 2]);
    assert_eq!(ledger.entries()[0].number(), 2, "the oldest goes first");
    sandbox.reset_ledger();
    assert_eq!(sandbox.ledger(), Ledger::default());
}

#[test]
fn a_result_asked_for_again_is_charged_once_unless_the_rule_says_otherwise() {
    for (rule, charges) in [(ChargeRule::new(), 2), (ChargeRule::new().with_repeated_result(true), 3)] {
        let sandbox = builder().with_charge_rule(rule).build();
        let token = open(&sandbox);
        sandbox.finish(&session(&token));
        result(&sandbox, &token);
        result(&sandbox, &token);
        assert_eq!(sandbox.ledger().charges(), charges);
    }
}

#[test]
fn a_result_is_charged_when_the_person_was_judged_and_then_stays_what_it_is() {
    for (name, code, charges) in [("passed", 200, 2), ("liveness-not-passed", 202, 2), ("capture-failed", 203, 1)] {
        let sandbox = builder().with_default(named(name)).build();
        let token = open(&sandbox);
        sandbox.finish(&session(&token));
        assert_eq!(result(&sandbox, &token)["code"], code);
        assert_eq!(sandbox.ledger().charges(), charges, "{name}");
        if charges == 2 {
            sandbox.set_default(named("expired"));
            assert_eq!(result(&sandbox, &token)["code"], code);
        }
    }
}

#[test]
fn the_flags_told_are_those_of_the_rule() {
    let rule = ChargeRule::new().with_init(false).with_result(false);
    let sandbox = builder().with_charge_rule(rule).build();
    let answer = init(&sandbox, &[]);
    let token = answer["data"]["token"].as_str().unwrap();
    sandbox.finish(&session(token));
    assert_eq!((&answer["charge"], &result(&sandbox, token)["charge"]), (&false.into(), &false.into()));
    assert_eq!(sandbox.ledger().charges(), 0);
}

#[test]
fn a_compare_is_charged_when_it_ran() {
    for scenario in Scenario::all().filter(|scenario| scenario.answer_for(Vendor::TencentMarket).is_ok()) {
        let (sandbox, _) = sandbox();
        sandbox.arm(scenario);
        compare(&sandbox);
        let answer = scenario.answer_for(Vendor::TencentMarket).unwrap().to_string();
        let refused = ["00002", "00082", "21082", "210J4", "21089"].contains(&answer.as_str());
        let lost = ["HTTP 500", "HTTP 502", "HTTP 504"].iter().any(|status| answer.starts_with(status));
        let ran = if answer.starts_with("HTTP") { lost } else { !refused };
        assert_eq!(sandbox.ledger().charges(), usize::from(ran), "{scenario:?}");
    }
    let rule = ChargeRule::new().with_compare_codes(["P0000"]);
    let sandbox = builder().with_charge_rule(rule).build();
    compare(&sandbox);
    sandbox.arm(named("different-person"));
    compare(&sandbox);
    assert_eq!(sandbox.ledger().charges(), 1);
}

#[test]
fn neither_the_ledger_nor_any_debug_holds_a_person_or_a_token() {
    let (sandbox, _) = sandbox();
    let token = open(&sandbox);
    result(&sandbox, &token);
    result(&sandbox, "wrong-token");
    send(&sandbox, request("GET", &format!("{HTML}?token={token}"), &[], ""));
    compare(&sandbox);
    compare_with(&sandbox, person("110105194912310021", "李四", "x"));
    compare_with(&sandbox, "王五=110105194912310021");
    send(&sandbox, request("GET", "https://a.example/%E7%8E%8B%E4%BA%94?token=wrong-token", &[], ""));
    let ledger = sandbox.ledger();
    let texts = [serde_json::to_string(&ledger).unwrap(), ledger.to_string(), format!("{ledger:?} {sandbox:?}")];
    for text in texts {
        for private in [
            token.as_str(),
            "wrong-token",
            ID_NUMBER,
            "110105194912310021",
            "张三",
            "李四",
            "王五",
            "shop.example",
            liveness::Sandbox::JUMDATA_APP_SECRET,
            liveness::Sandbox::TENCENT_SECRET_KEY,
        ] {
            assert!(!text.contains(private), "{private} in {text}");
        }
    }
}

#[test]
fn the_ledger_serializes_as_a_list_of_calls() {
    let (sandbox, _) = sandbox();
    compare(&sandbox);
    let json = serde_json::to_value(sandbox.ledger()).unwrap();
    assert_eq!(
        (&json[0]["vendor"], &json[0]["call"], &json[0]["code"], &json[0]["charged"], &json[0]["at"]),
        (&"tencent-market".into(), &"compare".into(), &"P0000".into(), &true.into(), &"2026-11-21T08:00:00Z".into())
    );
}
