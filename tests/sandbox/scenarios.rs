use std::collections::HashSet;

use liveness::{
    ErrorKind, Failure, Language, Outcome, Retake, Unverifiable,
    codes::Meaning,
    jumdata,
    sandbox::{Answer, Scenario, Vendor},
    tencent_market,
};

use crate::support::*;

fn named(name: &str) -> Scenario {
    Scenario::named(name).unwrap_or_else(|| panic!("no scenario {name}"))
}

/// What one of Tencent's scenarios looks like on the wire.
fn assert_answered(response: &liveness::Response, answer: Answer, why: &str) {
    match answer {
        Answer::TencentMarket(code) => {
            assert_eq!(errcode(response), code.info().code(), "{why}");
            assert_eq!(json(response)["errmsg"], code.info().vendor_text().unwrap_or_default(), "{why}");
        }
        Answer::Gateway { status, message } => {
            let (got, text) = refusal(response);
            assert_eq!(got, status, "{why}");
            let parts: Vec<_> = message.split('…').collect();
            assert!(text.starts_with(parts[0]) && text.ends_with(parts[parts.len() - 1]), "{text} for {message}");
        }
        Answer::Undocumented(code) => assert_eq!(errcode(response), code, "{why}"),
        other => panic!("{other} is not Tencent's"),
    }
}

#[test]
fn every_scenario_of_tencents_can_be_armed_and_asked_for_by_its_number_and_be_the_default() {
    for scenario in Scenario::all() {
        let Ok(answer) = scenario.answer_for(Vendor::TencentMarket) else {
            assert_eq!(scenario.id_number(), None, "{scenario:?}");
            continue;
        };
        let (sandbox, _) = sandbox();
        sandbox.arm(scenario);
        assert_answered(&compare(&sandbox), answer, scenario.name());
        assert_eq!(errcode(&compare(&sandbox)), "P0000", "armed for one call only");

        let number = scenario.id_number().unwrap();
        let photo = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, JPEG);
        assert_answered(&compare_with(&sandbox, person(&number, "张三", &photo)), answer, scenario.name());

        sandbox.set_default(scenario);
        for _ in 0..2 {
            assert_answered(&compare(&sandbox), answer, scenario.name());
        }
    }
}

#[test]
fn every_scenario_of_jumdatas_comes_on_the_call_that_it_belongs_to() {
    for scenario in Scenario::all() {
        let Ok(answer) = scenario.answer_for(Vendor::Jumdata) else { continue };
        let (sandbox, _) = sandbox();
        match answer {
            Answer::BadGateway => {
                sandbox.arm(scenario);
                let response = send(&sandbox, jumdata(INIT, &[("returnUrl", "https://a.example/")]));
                assert_eq!(response.status(), 502);
                continue;
            }
            Answer::Undocumented(_) | Answer::Jumdata(_) => {}
            other => panic!("{other} is not Jumdata's"),
        }
        let of_a_result = ["200", "201", "202", "203", "301"].contains(&answer.to_string().as_str());
        let code: serde_json::Value = answer.to_string().parse::<u16>().unwrap().into();

        // Armed after init it is the result's.
        let token = open(&sandbox);
        sandbox.finish(&session(&token));
        sandbox.arm(scenario);
        assert_eq!(result(&sandbox, &token)["code"], code, "{scenario:?}");

        // Armed before it is init's, or waits for that session's result.
        sandbox.arm(scenario);
        let answer = init(&sandbox, &[]);
        if of_a_result {
            let other = open(&sandbox);
            let token = answer["data"]["token"].as_str().unwrap();
            for (token, code) in [(other.as_str(), 200.into()), (token, code)] {
                sandbox.finish(&session(token));
                assert_eq!(result(&sandbox, token)["code"], code, "{scenario:?}");
            }
        } else {
            assert_eq!((&answer["code"], &answer["charge"]), (&code, &false.into()), "{scenario:?}");
            assert_eq!(init(&sandbox, &[])["code"], 200, "armed for one call only");
        }
    }
}

#[test]
fn a_default_of_jumdatas_result_leaves_init_alone() {
    let sandbox = builder().with_default(named("liveness-not-passed")).build();
    for _ in 0..2 {
        let token = open(&sandbox);
        assert_eq!(result(&sandbox, &token)["code"], 201, "the person is not done");
        sandbox.finish(&session(&token));
        assert_eq!(result(&sandbox, &token)["code"], 202);
    }
    sandbox.set_default(named("denied"));
    assert_eq!(init(&sandbox, &[])["code"], 601);
}

#[test]
fn what_a_vendor_cannot_answer_is_a_pass_by_default_and_waits_when_armed() {
    let sandbox = builder().with_default(named("different-person")).build();
    let token = open(&sandbox);
    sandbox.finish(&session(&token));
    assert_eq!(result(&sandbox, &token)["code"], 200);
    sandbox.arm(named("expired"));
    assert_eq!(errcode(&compare(&sandbox)), "P0001", "not Tencent's: it waits for Jumdata");
    assert_eq!(result(&sandbox, &open(&sandbox))["code"], 301);
}

#[test]
fn armed_goes_before_magic_and_magic_before_the_default() {
    let sandbox = builder().with_default(named("no-face")).build();
    let photo = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, JPEG);
    let magic = person(&named("eyes-covered").id_number().unwrap(), "张三", &photo);
    sandbox.arm(named("nose-covered"));
    assert_eq!(errcode(&compare_with(&sandbox, magic.as_str())), "00006");
    assert_eq!(errcode(&compare_with(&sandbox, magic.as_str())), "00004");
    assert_eq!(errcode(&compare(&sandbox)), "00003");
    sandbox.arm(named("nose-covered"));
    sandbox.disarm();
    assert_eq!(errcode(&compare(&sandbox)), "00003");
}

#[test]
fn what_is_built_of_one_builder_stays_apart_and_clones_of_a_sandbox_are_the_same_one() {
    let builder = builder();
    let one = builder.clone().with_default(named("no-face")).build();
    let other = builder.build();
    assert_eq!([errcode(&compare(&one)), errcode(&compare(&other))], ["00003", "P0000"]);
    one.clone().set_default(named("different-person"));
    assert_eq!([errcode(&compare(&one)), errcode(&compare(&other))], ["P0001", "P0000"]);
    assert_eq!([one.ledger().entries().len(), other.ledger().entries().len()], [2, 2]);
}

#[test]
fn a_scenario_never_hides_a_mistake_of_the_client() {
    let (sandbox, _) = sandbox();
    sandbox.arm(named("passed"));
    sandbox.arm(named("different-person"));
    assert_eq!(errcode(&compare_with(&sandbox, person("1", "张三", "x"))), "21082");
    assert_eq!(errcode(&compare(&sandbox)), "P0000");
    assert_eq!(errcode(&compare(&sandbox)), "P0001");
}

#[test]
fn armed_scenarios_of_one_session_come_in_order() {
    let (sandbox, _) = sandbox();
    for name in ["pending", "609", "liveness-not-passed"] {
        sandbox.arm(named(name));
    }
    let token = open(&sandbox);
    sandbox.finish(&session(&token));
    let codes: Vec<_> = (0..4).map(|_| result(&sandbox, &token)["code"].as_u64().unwrap()).collect();
    assert_eq!(codes, [609, 201, 202, 202], "a refusal of the call goes before what the session is to find");
}

#[test]
fn the_catalogue_holds_every_code_and_refusal_outcome_and_kind_of_error() {
    let names: Vec<_> = Scenario::all().map(|scenario| scenario.name()).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "no name twice");
    for code in jumdata::Code::ALL.iter().map(|code| code.info().code()) {
        assert!(names.contains(&code), "{code}");
    }
    for code in tencent_market::Code::ALL.iter().map(|code| code.info().code()) {
        assert!(names.contains(&code), "{code}");
    }
    let becomes = |answer: Answer| answer.meaning();
    let answers: Vec<_> = Scenario::all()
        .flat_map(|scenario| Vendor::ALL.iter().map(move |vendor| scenario.answer_for(*vendor)))
        .filter_map(Result::ok)
        .map(becomes)
        .collect();
    let outcomes = [Outcome::Passed]
        .into_iter()
        .chain(Failure::ALL.iter().copied().map(Outcome::Failed))
        .chain(Retake::ALL.iter().copied().map(Outcome::Retake))
        .chain(Unverifiable::ALL.iter().copied().map(Outcome::Unverifiable));
    for wanted in outcomes {
        let found = answers.iter().any(|got| matches!(got, Meaning::Verdict { outcome, .. } if *outcome == wanted));
        assert!(found, "{wanted:?}");
    }
    for wanted in ErrorKind::ALL.iter().copied() {
        let found = answers.iter().any(|got| matches!(got, Meaning::Error { kind, .. } if *kind == wanted));
        let is_ours = matches!(
            wanted,
            ErrorKind::Unsupported | ErrorKind::Configuration | ErrorKind::InProgress | ErrorKind::BudgetExceeded
        );
        assert!(found || is_ours, "{wanted:?}");
    }
    for refusal in tencent_market::Refusal::ALL {
        let found = answers.iter().filter(|got| **got == refusal.meaning()).count();
        assert!(found > 0, "{refusal:?}");
    }
}

#[test]
fn a_scenario_speaks_both_languages_and_says_why_a_vendor_has_none() {
    for scenario in Scenario::all() {
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| scenario.meaning(language));
        assert!(!english.is_empty() && !chinese.is_ascii(), "{scenario:?}");
        assert_eq!(Scenario::named(scenario.name()), Some(scenario));
        for vendor in Vendor::ALL.iter().copied() {
            if let Err(absent) = scenario.answer_for(vendor) {
                assert!(!absent.reason(Language::English).is_empty() && !absent.reason(Language::Chinese).is_empty());
            }
        }
    }
    assert_eq!(Scenario::named("no such"), None);
}

#[test]
fn numbers_stay_what_they_are_for_they_stand_in_other_peoples_tests() {
    for (name, region) in [
        ("passed", "990001"),
        ("different-person", "990003"),
        ("no-portrait-on-record", "990016"),
        ("undocumented-code", "990028"),
        ("P0000", "990100"),
        ("92096", "990123"),
        ("gateway-the-x-date-header-is-out-of-date-for-hmac-authentication", "990200"),
        ("gateway-504", "990227"),
    ] {
        let number = named(name).id_number().unwrap();
        assert!(number.starts_with(region), "{name}: {number}");
    }
}
