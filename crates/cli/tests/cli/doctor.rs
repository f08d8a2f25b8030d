//! Tests that `liveness doctor` names each fault and what it costs. A served sandbox stands in for the vendors.

use std::{net::TcpListener, process::Command};

use liveness::sandbox::{Call, Fault, Sandbox, Server};
use serde_json::Value;

use crate::command::{Ended, is_chinese, liveness, run, unread};

const JUMDATA: [(&str, &str); 3] = [
    ("LIVENESS_VENDOR", "jumdata"),
    ("JUMDATA_APP_ID", Sandbox::JUMDATA_APP_ID),
    ("JUMDATA_APP_SECRET", Sandbox::JUMDATA_APP_SECRET),
];
const TENCENT: [(&str, &str); 3] = [
    ("LIVENESS_VENDOR", "tencent-market"),
    ("TENCENT_MARKET_SECRET_ID", Sandbox::TENCENT_SECRET_ID),
    ("TENCENT_MARKET_SECRET_KEY", Sandbox::TENCENT_SECRET_KEY),
];
const BOTH: [&[(&str, &str)]; 2] = [&JUMDATA, &TENCENT];

/// Both vendors, at an address that the settings name.
pub(crate) struct Vendors {
    pub(crate) sandbox: Sandbox,
    pub(crate) server: Server,
}

impl Vendors {
    pub(crate) fn open() -> Self {
        let sandbox = Sandbox::new();
        let server = sandbox.serve("127.0.0.1:0").unwrap();
        Self { sandbox, server }
    }

    fn doctor(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Command {
        let mut command = doctor(variables, arguments);
        command.env("JUMDATA_ENDPOINT", self.server.url());
        command.env("TENCENT_MARKET_ENDPOINT", format!("{}/release/jingmocompare", self.server.url()));
        command
    }

    fn report(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Report {
        Report::of(run(self.doctor(variables, arguments).arg("--json")))
    }

    /// What the vendors got: calls, and charges.
    fn ledger(&self) -> (usize, usize) {
        let ledger = self.sandbox.ledger();
        (ledger.entries().len(), ledger.charges())
    }
}

pub(crate) fn doctor(variables: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = liveness(["doctor"]);
    command.args(arguments).envs(variables.iter().copied());
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
        command.env_remove(name);
    }
    command
}

/// The object that `--json` prints.
struct Report {
    code: i32,
    object: Value,
}

impl Report {
    fn of(ended: Ended) -> Self {
        assert!(ended.stderr.is_empty(), "{ended:?}");
        let report = Self { code: ended.code, object: ended.json() };
        for line in report.lines() {
            for part in ["found", "did", "acts", "advice"] {
                let part = &line[part];
                assert!(
                    part.is_null() || (part["en"].is_string() && is_chinese(part["zh"].as_str().unwrap())),
                    "{line}"
                );
            }
            // Each failure says who must act, and how; so does what is worth a look.
            let is_told = line["acts"].is_object() && line["advice"].is_object();
            assert_eq!(is_told, line["state"] == "failed" || line["state"] == "warning", "{line}");
        }
        assert_eq!(report.code == 0, report.failed().is_empty(), "{}", report.object);
        assert_eq!(report.object["healthy"], report.code == 0);
        report
    }

    fn lines(&self) -> &[Value] {
        self.object["lines"].as_array().unwrap()
    }

    fn with_state(&self, state: &str) -> Vec<&str> {
        self.lines().iter().filter(|line| line["state"] == state).map(|line| line["check"].as_str().unwrap()).collect()
    }

    fn failed(&self) -> Vec<&str> {
        self.with_state("failed")
    }

    fn line(&self, check: &str) -> &Value {
        self.lines().iter().find(|line| line["check"] == check).unwrap_or_else(|| panic!("{check}: {}", self.object))
    }

    fn found(&self, check: &str) -> &str {
        self.line(check)["found"]["en"].as_str().unwrap()
    }
}

#[test]
fn a_sound_installation_is_healthy_and_costs_nothing() {
    let vendors = Vendors::open();
    let report = vendors.report(&JUMDATA, &[]);
    assert_eq!((report.code, report.with_state("warning")), (0, vec![]), "{}", report.object);
    assert_eq!(report.with_state("skipped"), ["tls"]);
    assert_eq!(report.object["sandbox"], true);
    assert!(report.found("gateway").ends_with("from the sandbox, not from the vendor"));
    assert!(report.found("package").starts_with("100000 calls are left, until "), "{}", report.found("package"));

    let report = vendors.report(&TENCENT, &[]);
    assert_eq!((report.code, report.with_state("warning")), (0, vec![]), "{}", report.object);
    assert_eq!(report.with_state("skipped"), ["tls", "ip", "signature", "account", "package"]);
    assert!(report.found("signature").contains("can prove the secretKey, and --may-bill makes one"));
    let ledger = vendors.sandbox.ledger();
    assert_eq!([Call::Meter, Call::Compare].map(|call| ledger.calls(call)), [2, 2], "{ledger}");
    assert_eq!((ledger.charges(), &report.object["billed"]), (0, &"no".into()));
    assert!(ledger.entries().iter().filter(|entry| entry.call() == Call::Compare).all(|entry| entry.status() == 401));
}

#[test]
fn one_call_is_signed_only_with_leave_and_its_price_is_not_guessed() {
    let vendors = Vendors::open();
    let report = vendors.report(&TENCENT, &["--may-bill"]);
    assert_eq!((report.code, report.with_state("skipped")), (0, vec!["tls"]), "{}", report.object);
    assert!(report.found("signature").contains("00002"), "{}", report.object);
    assert_eq!((&report.line("signature")["billed"], &report.object["billed"]), (&"unknown".into(), &"unknown".into()));
    assert!(report.found("package").contains("X-RateLimit-Limit 100000 and X-RateLimit-Used 0"));
    let ledger = vendors.sandbox.ledger();
    let statuses: Vec<_> = ledger.entries().iter().map(|entry| (entry.status(), entry.code())).collect();
    assert_eq!(statuses, [(401, "a validate authorization header is required"), (200, "00002")]);
    // Jumdata's meters are free, whatever is allowed.
    assert_eq!(vendors.report(&JUMDATA, &["--may-bill"]).object["billed"], "no");
    assert_eq!(vendors.ledger().1, 0);
}

#[test]
fn a_wrong_key_is_named_and_none_is_shown() {
    const WRONG: &str = "k3y-that-is-wrong";
    let vendors = Vendors::open();
    for (account, wrong, arguments, expected) in [
        (&JUMDATA, 2, &[][..], Some("check appId and appSecret")),
        (&JUMDATA, 1, &[], Some("check appId and appSecret")),
        (&TENCENT, 2, &["--may-bill"], Some("the secretKey is wrong")),
        (&TENCENT, 1, &["--may-bill"], Some("the secretId is unknown")),
        (&TENCENT, 1, &[], Some("the secretId is unknown")),
        // That cannot be known for free, and is said so.
        (&TENCENT, 2, &[], None),
    ] {
        let mut variables = *account;
        variables[wrong].1 = WRONG;
        let report = vendors.report(&variables, arguments);
        assert_eq!(report.failed(), expected.map_or(vec![], |_| vec!["signature"]), "{}", report.object);
        assert!(report.found("signature").contains(expected.unwrap_or("can prove")), "{}", report.object);
        let text = run(&mut vendors.doctor(&variables, arguments));
        for (_, value) in &variables[1..] {
            assert!(!text.text().contains(value) && !report.object.to_string().contains(value), "{value}: {text:?}");
        }
    }
    assert_eq!(vendors.ledger().1, 0);
}

#[test]
fn swapped_keys_are_noticed_by_their_look_before_anybody_refuses_them() {
    let vendors = Vendors::open();
    for account in [&JUMDATA, &TENCENT] {
        let mut variables = *account;
        (variables[1].1, variables[2].1) = (account[2].1, account[1].1);
        let report = vendors.report(&variables, &[]);
        assert!(report.found("settings").contains("swapped with"), "{}", report.object);
        assert_eq!((report.with_state("warning"), report.failed()), (vec!["settings"], vec!["signature"]));
    }
}

#[test]
fn a_clock_that_is_off_is_told_by_how_much() {
    for (seconds, account, state, said) in [
        (1200, &TENCENT, "failed", "behind"),
        (-1200, &TENCENT, "failed", "ahead of"),
        (300, &TENCENT, "warning", "behind"),
        (1200, &JUMDATA, "warning", "behind"),
        (30, &JUMDATA, "ok", "behind"),
    ] {
        let vendors = Vendors::open();
        vendors.sandbox.move_clock(time::Duration::seconds(seconds));
        let report = vendors.report(account, &[]);
        assert!(report.line("clock")["state"] == state && report.found("clock").contains(said), "{}", report.object);
        let off: i64 = report.found("clock").split(' ').find_map(|word| word.parse().ok()).unwrap();
        assert!((off - seconds.abs()).abs() <= 5, "{}", report.object);
        assert_eq!(report.failed(), if state == "failed" { vec!["clock"] } else { vec![] });
    }
}

#[test]
fn a_gateway_that_is_dead_or_loses_its_answer_is_named_and_the_rest_is_not_done() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for account in BOTH {
        let mut command = doctor(account, &["--json"]);
        command.env("JUMDATA_ENDPOINT", format!("http://127.0.0.1:{port}"));
        command.env("TENCENT_MARKET_ENDPOINT", format!("http://127.0.0.1:{port}/release/jingmocompare"));
        let report = Report::of(run(&mut command));
        assert_eq!(report.failed(), ["tcp"], "{}", report.object);
        assert!(report.found("tcp").ends_with("the connection is refused"), "{}", report.object);
        assert_eq!(report.found("gateway"), "not done, because tcp failed");
    }
    for fault in
        [Fault::Refuse, Fault::DropBeforeReading, Fault::DropAfterCharge, Fault::CutAnswer, Fault::GarbleAnswer]
    {
        for account in BOTH {
            let vendors = Vendors::open();
            vendors.sandbox.arm_fault(fault, 1);
            let report = vendors.report(account, &[]);
            let failed = if fault == Fault::Refuse { "tcp" } else { "gateway" };
            assert_eq!(report.failed(), [failed], "{fault}: {}", report.object);
            assert_eq!(report.found("signature"), format!("not done, because {failed} failed"));
            assert_eq!(vendors.ledger().1, 0, "{fault}");
        }
    }
}

#[test]
fn what_does_not_speak_tls_at_an_https_address_is_named() {
    let vendors = Vendors::open();
    for account in BOTH {
        let mut command = doctor(account, &["--json"]);
        let url = vendors.server.url().replace("http://", "https://");
        command.env("JUMDATA_ENDPOINT", &url).env("TENCENT_MARKET_ENDPOINT", format!("{url}/release/jingmocompare"));
        let report = Report::of(run(&mut command));
        assert_eq!(report.failed(), ["tls"], "{}", report.object);
        assert_eq!(report.found("gateway"), "not done, because tls failed");
    }
}

#[test]
fn a_package_that_is_used_up_or_nearly_so_is_named() {
    let vendors = Vendors::open();
    vendors.sandbox.set_package(0);
    let report = vendors.report(&JUMDATA, &[]);
    assert_eq!(report.failed(), ["package"], "{}", report.object);
    assert!(report.found("package").starts_with("the package is used up"));
    let report = vendors.report(&TENCENT, &["--may-bill"]);
    assert_eq!(report.failed(), ["package"], "{}", report.object);
    assert!(report.found("package").starts_with("the bought package is used up"), "{}", report.object);
    vendors.sandbox.set_package(99);
    assert_eq!(vendors.report(&JUMDATA, &[]).with_state("warning"), ["package"]);
    assert_eq!(vendors.ledger().1, 0);
}

#[test]
fn what_the_vendor_refuses_an_account_or_an_address_for_is_named() {
    let vendors = Vendors::open();
    for (scenario, account, arguments, failed) in [
        ("601", &JUMDATA, &[][..], "account"),
        ("602", &JUMDATA, &[], "account"),
        ("604", &JUMDATA, &[], "account"),
        ("607", &JUMDATA, &[], "ip"),
        ("500", &JUMDATA, &[], "gateway"),
        ("gateway-ip-address-is-not-allowed", &TENCENT, &["--may-bill"], "ip"),
        ("gateway-found-no-validate-usage-plan", &TENCENT, &["--may-bill"], "account"),
        ("gateway-api-quota-exceeded", &TENCENT, &["--may-bill"], "package"),
        ("gateway-there-is-no-api-match", &TENCENT, &["--may-bill"], "gateway"),
        ("gateway-504", &TENCENT, &["--may-bill"], "gateway"),
    ] {
        vendors.sandbox.arm(liveness::sandbox::Scenario::named(scenario).unwrap());
        let report = vendors.report(account, arguments);
        assert_eq!(report.failed(), [failed], "{scenario}: {}", report.object);
    }
}

#[test]
fn a_setting_that_is_missing_or_looks_pasted_is_named_before_anybody_is_asked() {
    let vendors = Vendors::open();
    for value in ["k3y ", " k3y", "\"k3y\"", "k3y\n", "k3y\u{3000}", "k3\u{FF59}", "\u{FEFF}k3y", "'k3y"] {
        for at in [1, 2] {
            for account in [&JUMDATA, &TENCENT] {
                let mut variables = *account;
                variables[at].1 = value;
                let report = vendors.report(&variables, &[]);
                assert_eq!(report.failed(), ["settings"], "{value:?}: {}", report.object);
                assert!(report.found("settings").starts_with(variables[at].0), "{}", report.object);
                assert!(!report.object.to_string().contains("k3"), "{}", report.object);
                assert_eq!(report.found("gateway"), "not done, because settings failed");
            }
        }
    }
    // All that are wrong are named at once.
    let report = vendors
        .report(&[("LIVENESS_VENDOR", "jumdata "), ("JUMDATA_APP_ID", " k3y"), ("LIVENESS_ACCOUNT", "'a'")], &[]);
    assert_eq!(report.failed(), ["settings"; 4], "{}", report.object);
    for (variables, said) in [
        (&TENCENT[..2], "TENCENT_MARKET_SECRET_KEY: this variable is missing"),
        (&JUMDATA[..2], "JUMDATA_APP_SECRET: this variable is missing"),
        (&[("JUMDATA_APP_ID", ""), JUMDATA[2]], "JUMDATA_APP_ID: this variable is set, but empty"),
        (&[JUMDATA[1], JUMDATA[2], TENCENT[1], TENCENT[2]], "LIVENESS_VENDOR: the keys of both vendors are set"),
        (&[("LIVENESS_VENDOR", "acme"), JUMDATA[1], JUMDATA[2]], "LIVENESS_VENDOR: it must be jumdata or"),
        (
            &[JUMDATA[0], JUMDATA[1], JUMDATA[2], ("JUMDATA_PATH", "lifecheck")],
            "JUMDATA_PATH: it must begin and end with /",
        ),
        (&[TENCENT[0], TENCENT[1], TENCENT[2], ("TENCENT_MARKET_SCHEME", "aliyun")], "TENCENT_MARKET_SCHEME: "),
    ] {
        let report = vendors.report(variables, &[]);
        assert_eq!(report.failed(), ["settings"], "{said}: {}", report.object);
        assert!(report.found("settings").starts_with(said), "{said}: {}", report.object);
    }
    // Plain http would carry the signature for all to read.
    for (account, name) in [(&JUMDATA, "JUMDATA_ENDPOINT"), (&TENCENT, "TENCENT_MARKET_ENDPOINT")] {
        let report = Report::of(run(doctor(account, &["--json"]).env(name, "http://192.0.2.1/x")));
        assert_eq!(report.failed(), ["settings"], "{}", report.object);
        assert!(report.found("settings").starts_with(&format!("{name}: plain http")), "{}", report.object);
    }
    assert_eq!(vendors.ledger().0, 0);
}

#[test]
fn what_is_odd_about_settings_is_a_warning() {
    let vendors = Vendors::open();
    let odd = |variables: &[(&str, &str)], more: (&str, &str)| {
        let ended = run(vendors.doctor(variables, &["--json"]).env(more.0, more.1));
        let report = Report::of(ended);
        assert_eq!(report.line("settings")["state"], "warning", "{}", report.object);
        report.found("settings").to_owned()
    };
    assert!(odd(&JUMDATA, ("JUMDATA_APPID", "k3y")).starts_with("JUMDATA_APPID: there is no such setting"));
    assert!(odd(&JUMDATA, ("LIVENESS_VENDOR", "")).contains("`from_env` does not"));
    let init = format!("{}/lifecheck/h5/v2/init", vendors.server.url());
    assert!(odd(&JUMDATA, ("JUMDATA_ENDPOINT", &init)).contains("it ends with the name of a call"));
    let url = vendors.server.url();
    assert!(odd(&TENCENT, ("TENCENT_MARKET_ENDPOINT", &url)).starts_with("TENCENT_MARKET_ENDPOINT: it has no path"));
}

#[test]
fn a_host_that_is_nowhere_on_the_gateway_that_ends_says_where_the_new_address_stands() {
    let mut command = doctor(&TENCENT, &["--json"]);
    // A name that no resolver takes: nothing is asked of a network.
    let host = format!("https://{}.apigw.tencentcs.com/release/x", "x".repeat(70));
    let report = Report::of(run(command.env("TENCENT_MARKET_ENDPOINT", host)));
    assert_eq!(report.failed(), ["dns"], "{}", report.object);
    let advice = report.line("dns")["advice"]["en"].as_str().unwrap();
    assert!(advice.contains("2026-10-30") && advice.contains("buyer's console"), "{advice}");
    assert!(report.found("settings").contains("was announced to end"));
}

#[test]
fn a_proxy_in_the_environment_is_said_not_to_be_used_and_not_shown() {
    let mut command = doctor(&JUMDATA, &["--json"]);
    command.env("JUMDATA_ENDPOINT", format!("https://{}.example", "x".repeat(70)));
    let report = Report::of(run(command.env("HTTPS_PROXY", "http://u:p4ss@proxy.corp.example:3128")));
    assert_eq!(report.with_state("warning"), ["proxy"], "{}", report.object);
    assert!(report.found("proxy").starts_with("HTTPS_PROXY is set but not used"));
    assert!(!report.object.to_string().contains("p4ss"));
}

#[test]
fn without_keys_the_embedded_sandbox_is_examined_and_said_so() {
    for vendor in ["jumdata", "tencent-market"] {
        for more in [&[][..], &["--may-bill"]] {
            let ended = run(&mut doctor(&[], &[&["--vendor", vendor][..], more].concat()));
            let head = format!("SANDBOX: the embedded sandbox is examined as {vendor}/default; no vendor is called");
            assert!(ended.code == 0 && ended.stderr.is_empty() && ended.text().starts_with(&head), "{ended:?}");
        }
    }
    // Keys do not matter where the sandbox is asked for.
    let ended = run(&mut doctor(&JUMDATA, &["--sandbox"]));
    assert!(ended.code == 0 && ended.text().starts_with("SANDBOX: "), "{ended:?}");
}

#[test]
fn each_line_says_what_was_done_and_what_it_cost_in_either_language() {
    let vendors = Vendors::open();
    let ended = run(&mut vendors.doctor(&TENCENT, &[]));
    let text = ended.text();
    assert!(text.starts_with("Examined: tencent-market/default at http://127.0.0.1:"), "{text}");
    let count = |part: &str| text.lines().filter(|line| line.contains(part)).count();
    assert_eq!(count("  did      "), 11, "{text}");
    assert_eq!(count("; cost: nothing"), 12, "{text}");
    assert!(text.ends_with("\n6 ok, 0 warning, 0 failed, 5 skipped; cost: nothing\n"), "{text}");
    for account in BOTH {
        for more in [&[][..], &["--may-bill"]] {
            let ended = run(vendors.doctor(account, more).env("LANG", "zh_CN.UTF-8"));
            for line in ended.text().lines().filter(|line| !line.is_empty()) {
                assert!(is_chinese(line), "{line}");
            }
        }
    }
    for more in [&[][..], &["--json"]] {
        let ended = unread(&mut vendors.doctor(&JUMDATA, more));
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    }
}
