//! Every operation is done once and refused once, and every scenario is played: each request and each answer is as described.

use std::collections::BTreeMap;

use liveness::{
    Sandbox,
    sandbox::{Fault, Scenario, Server},
};
use serde_json::json;

use crate::{
    calls::{Call, Got, PHOTO, Wire, person, photo},
    contract::Contract,
};

const BACK: (&str, &str) = ("returnUrl", "https://shop.example/back");

/// A sandbox and the document that its exchanges are held against.
struct Stage {
    sandbox: Sandbox,
    _server: Server,
    wire: Wire,
    contract: Contract,
    /// How often each operation was done, and refused.
    seen: BTreeMap<&'static str, (usize, usize)>,
}

impl Stage {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let server = sandbox.serve("127.0.0.1:0").unwrap();
        let wire = Wire::new(server.addr());
        Self { sandbox, _server: server, wire, contract: Contract::read(), seen: BTreeMap::new() }
    }

    /// Sends a request; the answer must be as described, whatever it says.
    fn send(&mut self, call: &Call) -> Got {
        let got = self.wire.send(call);
        let against = self.contract.against_answer(call.operation, &got);
        assert_eq!(against, None, "{call:?}\n{}", String::from_utf8_lossy(&got.body));
        assert!(got.is_the_sandboxes, "{call:?}");
        let seen = self.seen.entry(call.operation).or_default();
        *(if got.is_done() { &mut seen.0 } else { &mut seen.1 }) += 1;
        got
    }

    /// A request that is as described and is done.
    fn done(&mut self, call: &Call) -> Got {
        assert_eq!(self.contract.against_request(call), None, "{call:?}");
        let got = self.send(call);
        assert!(got.is_done(), "{call:?}\n{}", String::from_utf8_lossy(&got.body));
        got
    }

    fn refused(&mut self, call: &Call) {
        let got = self.send(call);
        assert!(!got.is_done(), "{call:?}\n{}", String::from_utf8_lossy(&got.body));
    }

    fn token(&mut self) -> String {
        let got = self.done(&Call::jumdata("jumdataInit", "/lifecheck/h5/v2/init", &[BACK]));
        got.json()["data"]["token"].as_str().unwrap().to_owned()
    }
}

#[test]
fn each_operation_is_done_and_refused_as_described() {
    let mut stage = Stage::new();
    vendors(&mut stage);
    control(&mut stage);
    page(&mut stage);
    for (path, method, operation) in stage.contract.operations() {
        let id = operation["operationId"].as_str().unwrap();
        let (done, refused) = stage.seen.get(id).copied().unwrap_or_default();
        assert!(done > 0 && refused > 0, "{method} {path}: done {done} times, refused {refused} times");
    }
}

fn vendors(stage: &mut Stage) {
    for (root, page, name) in [
        ("h5/v2", "html", ["jumdataInit", "jumdataPage", "jumdataResult"]),
        ("v2", "check/index", ["jumdataInitOfV2", "jumdataPageOfV2", "jumdataResultOfV2"]),
        ("v2-1", "check/index", ["jumdataInitOfV21", "jumdataPageOfV21", "jumdataResultOfV21"]),
    ] {
        let at = |call: &str| format!("/lifecheck/{root}/{call}");
        let asked =
            [BACK, ("colors", "#FFFFFF,#000000"), ("actions", "LookFront,BlinkEye"), ("productCode", "life_check_v2")];
        let opened = stage.done(&Call::jumdata(name[0], &at("init"), &asked)).json();
        stage.refused(&Call::jumdata(name[0], &at("init"), &[]));
        let token = opened["data"]["token"].as_str().unwrap();
        stage.done(&Call::get(name[1], &at(&format!("{page}?token={token}"))));
        stage.refused(&Call::get(name[1], &at(&format!("{page}?token=unknown"))));
        let result = Call::jumdata(name[2], &at("result"), &[("token", token)]);
        assert_eq!(stage.send(&result).json()["code"], 201);
        stage.done(&Call::form("sandboxFinish", "/sandbox/finish", &[("token", token)]));
        stage.done(&result);
        stage.refused(&Call::jumdata(name[2], &at("result"), &[("token", "unknown")]));
    }
    let (product, money) = ("/assistant/product-balance", "/assistant/balance");
    stage.done(&Call::meter("jumdataProductBalance", product, &[("productCode", "life_check_v2")]));
    stage.refused(&Call::meter("jumdataProductBalance", product, &[]));
    stage.done(&Call::meter("jumdataBalance", money, &[]));
    stage.refused(&Call::meter("jumdataBalance", money, &[]).bent("sign", Some(&"0".repeat(64))));

    let photo = photo();
    stage.done(&Call::compare(&person(&photo)));
    stage.done(&Call::newer_compare(&person(&photo)));
    for call in [Call::compare(&person(&photo)), Call::newer_compare(&person(&photo))] {
        stage.refused(&call.clone().with_header("Authorization", "hmac id=\"x\""));
        stage.refused(&call.clone().with_header("Authorization", "{}"));
        stage.refused(&call.clone().with_header("content-type", "text/plain"));
        stage.refused(&Call { method: "PUT", ..call });
    }
}

#[test]
fn every_scenario_and_every_refusal_by_a_fault_is_as_described() {
    let mut stage = Stage::new();
    let photo = photo();
    for scenario in Scenario::all() {
        stage.sandbox.disarm();
        stage.sandbox.arm(scenario);
        stage.send(&Call::compare(&person(&photo)));
        let opened = stage.send(&Call::jumdata("jumdataInit", "/lifecheck/h5/v2/init", &[BACK]));
        if opened.is_done() {
            let token = opened.json()["data"]["token"].as_str().unwrap().to_owned();
            stage.send(&Call::form("sandboxFinish", "/sandbox/finish", &[("token", &token)]));
            stage.send(&Call::jumdata("jumdataResult", "/lifecheck/h5/v2/result", &[("token", &token)]));
        }
        stage.sandbox.arm(scenario);
        stage.send(&Call::meter("jumdataBalance", "/assistant/balance", &[]));
    }
    for fault in [Fault::RateLimit, Fault::Quota, Fault::EarlyAnswer, Fault::BadGateway] {
        for call in [
            Call::compare(&person(&photo)),
            Call::jumdata("jumdataInit", "/lifecheck/h5/v2/init", &[BACK]),
            Call::get("jumdataPage", "/lifecheck/h5/v2/html?token=unknown"),
            Call::meter("jumdataBalance", "/assistant/balance", &[]),
            Call::get("portrait", "/sandbox/portrait/unknown.jpg"),
        ] {
            stage.sandbox.arm_fault(fault, 1);
            stage.send(&call);
        }
    }
}

fn control(stage: &mut Stage) {
    let read = [
        ("sandboxIndex", ""),
        ("sandboxScenarios", "scenarios"),
        ("sandboxFaults", "faults"),
        ("sandboxConditions", "conditions"),
        ("sandboxClock", "clock"),
        ("sandboxLedger", "ledger"),
        ("sandboxLogPage", "log"),
        ("sandboxLog", "log.json"),
        ("sandboxOpenapi", "openapi.json"),
    ];
    for (operation, path) in read {
        let call = Call::get(operation, &format!("/sandbox/{path}"));
        stage.done(&call);
        stage.refused(&call.with_header("host", "rebound.example"));
    }
    let order =
        |operation, path: &str, fields: &[(&str, &str)]| Call::form(operation, &format!("/sandbox/{path}"), fields);
    for (good, bad) in [
        (order("sandboxArm", "arm", &[("scenario", "P0001")]), order("sandboxArm", "arm", &[("scenario", "no-such")])),
        (
            order("sandboxFault", "fault", &[("fault", "quota")]),
            order("sandboxFault", "fault", &[("fault", "quota"), ("calls", "0")]),
        ),
        (
            order("sandboxDelay", "delay", &[("milliseconds", "0")]),
            order("sandboxDelay", "delay", &[("milliseconds", "600001")]),
        ),
        (
            order("sandboxPackage", "package", &[("charges", "100000")]),
            order("sandboxPackage", "package", &[("charges", "-1")]),
        ),
        (
            order("sandboxMoveClock", "clock", &[("advance", "-1")]),
            order("sandboxMoveClock", "clock", &[("advance", "soon")]),
        ),
    ] {
        stage.done(&good);
        assert!(stage.contract.against_request(&bad).is_some(), "{bad:?}");
        stage.refused(&bad);
    }
    stage.refused(&order("sandboxFinish", "finish", &[("token", "unknown")]));
    let conditions = json!({
        "seed": 7,
        "delay": {
            "init": { "fixed_ms": 0 }, "html": { "uniform_ms": [0, 1] }, "compare": { "log_normal_ms": { "median": 1, "p99": 2 } },
            "result": { "percentiles_ms": [[50, 0], [99.5, 1]] },
        },
        "calls_per_second": { "tencent-market": 1000 },
        "calls_per_day": { "jumdata": 5000 },
    });
    stage.done(&Call::json("sandboxSetConditions", "/sandbox/conditions", conditions));
    for wrong in
        [json!({ "delays": {} }), json!({ "delay": { "init": { "fixed_ms": 600_001 } } }), json!({ "seed": "7" })]
    {
        let call = Call::json("sandboxSetConditions", "/sandbox/conditions", wrong);
        assert!(stage.contract.against_request(&call).is_some(), "{call:?}");
        stage.refused(&call);
    }
    let disarm = Call { method: "POST", ..Call::get("sandboxDisarm", "/sandbox/disarm") };
    stage.done(&disarm);
    stage.refused(&disarm.with_header("origin", "https://elsewhere.example"));
    let reset = Call { method: "DELETE", ..Call::get("sandboxResetLedger", "/sandbox/ledger") };
    stage.done(&reset);
    stage.refused(&reset.with_header("host", "rebound.example"));
}

fn page(stage: &mut Stage) {
    for (operation, path) in [("capture", "/sandbox/h5/capture"), ("failure", "/sandbox/h5/failure")] {
        let token = stage.token();
        let to = |token: &str| match operation {
            "capture" => Call::jpeg(operation, &format!("{path}?token={token}"), PHOTO),
            _ => Call { method: "POST", ..Call::get(operation, &format!("{path}?token={token}")) },
        };
        stage.done(&to(&token));
        stage.refused(&to(&token));
        stage.refused(&to("unknown"));
    }
    stage.refused(&Call::jpeg("capture", "/sandbox/h5/capture?token=unknown", b"no JPEG"));
    let token = stage.token();
    stage.done(&Call::form("sandboxFinish", "/sandbox/finish", &[("token", &token)]));
    let told = stage.done(&Call::jumdata("jumdataResult", "/lifecheck/h5/v2/result", &[("token", &token)])).json();
    let address = told["data"]["faceImageUrl"].as_str().unwrap().to_owned();
    stage.done(&Call::get("portrait", &address[address.find("/sandbox/").unwrap()..]));
    stage.refused(&Call::get("portrait", "/sandbox/portrait/unknown.jpg"));
}
