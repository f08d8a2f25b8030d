//! Lists the scenarios and faults of the sandbox.

use liveness::{
    Language,
    sandbox::{Fault, Scenario, Vendor},
};
use serde_json::{Value, json};

use crate::{language::Words, output::Output};

/// An input that the vendor needs is left out.
pub(super) const MISSING_INPUT: &str = "missing-input";
/// What the vendor cannot do is asked.
pub(super) const UNSUPPORTED_GOAL: &str = "unsupported-goal";
/// The two that no vendor plays, with what happens: they are decided before any call.
pub(super) const OWN: [(&str, &str, &str); 2] = [
    (
        MISSING_INPUT,
        "an input that the vendor needs is missing: refused before any call",
        "缺少供应商必需的输入：调用前即拒绝",
    ),
    (
        UNSUPPORTED_GOAL,
        "the vendor does not support the check: refused before any call",
        "供应商不支持该核验：调用前即拒绝",
    ),
];

/// Lists them, for a person or as one JSON object.
pub(super) fn print(is_json: bool, language: Language, output: &mut Output) {
    if is_json {
        return output.line(json());
    }
    let say = |english: &'static str, chinese: &'static str| Words::new(english, chinese).get(language).to_owned();
    output.line(say("scenarios:", "场景："));
    for (name, english, chinese) in OWN {
        output.line(format_args!("  {name:28} {}", say(english, chinese)));
    }
    for (scenario, vendors) in played() {
        let vendors: Vec<_> = vendors.iter().map(ToString::to_string).collect();
        output.line(format_args!("  {:28} {} [{}]", scenario.name(), scenario.meaning(language), vendors.join(", ")));
    }
    output.line(say("faults:", "故障："));
    for fault in Fault::ALL.iter() {
        output.line(format_args!("  {:28} {}", fault.name(), fault.meaning(language)));
    }
}

fn json() -> Value {
    let row = |name: &str, english: &str, chinese: &str, vendors: &[Vendor]| json!({ "name": name, "meaning": { "en": english, "zh": chinese }, "vendors": vendors });
    let own = OWN.map(|(name, english, chinese)| row(name, english, chinese, &[]));
    let scenarios = played().map(|(scenario, vendors)| {
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| scenario.meaning(language));
        row(scenario.name(), english, chinese, &vendors)
    });
    let faults = Fault::ALL.iter().map(|fault| {
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| fault.meaning(language));
        json!({ "name": fault.name(), "meaning": { "en": english, "zh": chinese }, "runs": fault.runs() })
    });
    json!({
        "scenarios": own.into_iter().chain(scenarios).collect::<Vec<_>>(),
        "faults": faults.collect::<Vec<_>>(),
    })
}

/// Those that a vendor plays. What the client itself decides none does: it is one of the two above.
fn played() -> impl Iterator<Item = (Scenario, Vec<Vendor>)> {
    Scenario::all().filter_map(|scenario| {
        let plays = |vendor: &Vendor| scenario.answer_for(*vendor).is_ok();
        let vendors: Vec<_> = Vendor::ALL.iter().copied().filter(plays).collect();
        (!vendors.is_empty()).then_some((scenario, vendors))
    })
}
