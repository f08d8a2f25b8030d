//! Clients that we did not write with our own code, in Python's standard library and in curl with openssl, against the served
//! sandbox. They were written from the vendors' documents alone.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

use liveness::sandbox::{Sandbox, Server};
use serde_json::Value;
use support::{ID_NUMBER, NAME};

#[path = "../support/mod.rs"]
mod support;

struct Stage {
    sandbox: Sandbox,
    server: Server,
    photo: PathBuf,
}

/// What a client got.
struct Got {
    status: u16,
    is_sandbox: bool,
    text: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }
}

/// A stage, if the machine has these programs; where CI is set it must.
fn stage(name: &str, programs: &[&str]) -> Option<Stage> {
    for program in programs {
        // openssl alone of them says its version without dashes.
        let ask = if *program == "openssl" { "version" } else { "--version" };
        if !Command::new(program).arg(ask).output().is_ok_and(|output| output.status.success()) {
            assert!(std::env::var_os("CI").is_none(), "CI needs {program}");
            // Not eprintln!, which the test harness keeps to itself while the test passes.
            let _ = writeln!(io::stderr(), "skipped: {name} needs {program}, which this machine does not have");
            return None;
        }
    }
    let sandbox = Sandbox::new();
    let server = sandbox.serve("127.0.0.1:0").unwrap();
    let photo = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("conformance-{name}.png"));
    std::fs::write(&photo, support::png(200, 260)).unwrap();
    Some(Stage { sandbox, server, photo })
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(name)
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed: {out}{err}");
    out.into_owned()
}

impl Stage {
    fn python(&self, client: &str, arguments: &[&str]) -> Got {
        let out = run(Command::new("python3").arg(script(client)).args(["--base", &self.server.url()]).args(arguments));
        let printed: Value = serde_json::from_str(&out).unwrap();
        let text = match &printed["answer"] {
            Value::String(text) => text.clone(),
            answer => answer.to_string(),
        };
        Got {
            status: printed["status"].as_u64().unwrap() as u16,
            is_sandbox: printed["headers"].get(liveness::SANDBOX_HEADER).is_some(),
            text,
        }
    }

    fn python_tencent(&self, arguments: &[&str]) -> Got {
        self.python_market("tencent_market.py", arguments)
    }

    fn python_market(&self, client: &str, arguments: &[&str]) -> Got {
        let (id, key) = (Sandbox::TENCENT_SECRET_ID, Sandbox::TENCENT_SECRET_KEY);
        let mut all = vec!["--secret-id", id, "--secret-key", key, "--photo", self.photo.to_str().unwrap()];
        all.extend(["--name", NAME, "--id", ID_NUMBER]);
        all.extend(arguments);
        self.python(client, &all)
    }

    fn python_jumdata(&self, arguments: &[&str]) -> Got {
        let mut all = vec!["--app-id", Sandbox::JUMDATA_APP_ID, "--app-secret", Sandbox::JUMDATA_APP_SECRET];
        all.extend(arguments);
        self.python("jumdata.py", &all)
    }

    fn bash(&self, client: &str, arguments: &[&str]) -> Got {
        let keys = [
            ("BASE", self.server.url()),
            ("APP_ID", Sandbox::JUMDATA_APP_ID.to_owned()),
            ("APP_SECRET", Sandbox::JUMDATA_APP_SECRET.to_owned()),
            ("SECRET_ID", Sandbox::TENCENT_SECRET_ID.to_owned()),
            ("SECRET_KEY", Sandbox::TENCENT_SECRET_KEY.to_owned()),
        ];
        let out = run(Command::new("bash").arg(script(client)).args(arguments).envs(keys));
        // A provisional answer may come before the real one.
        let (head, text) = out.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n").split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let is_sandbox = head.to_lowercase().contains(liveness::SANDBOX_HEADER);
        Got { status, is_sandbox, text: text.to_owned() }
    }
}

fn assert_same_person(got: &Got) {
    let answer = got.json();
    assert_eq!((got.status, &answer["errcode"]), (200, &Value::from("P0000")), "{}", got.text);
    assert!(got.is_sandbox);
    assert!(answer["jobid"].as_str().unwrap().starts_with("ZT"));
    assert_eq!(answer["responsetime"].as_str().unwrap().len(), 17);
    let result = &answer["result"];
    assert!(result["score"].as_str().unwrap().parse::<f64>().is_ok() && result["birthday"].is_string(), "{answer}");
}

#[test]
fn a_tencent_client_in_python_is_understood_in_every_way_of_writing_the_same_call() {
    let Some(stage) = stage("tencent-python", &["python3"]) else { return };
    let ways: [&[&str]; 15] = [
        &[],
        &["--sign", "date source"],
        &["--sign", "source date"],
        &["--sign", "x-date"],
        &["--sign", "x-source x-request-id x-date"],
        &["--sign", "content-type x-date x-source"],
        &["--algorithm", "sha256"],
        &["--algorithm", "sha384", "--authorization", "spaced"],
        &["--algorithm", "sha512", "--sign", "date source"],
        &["--header-case", "lower", "--authorization", "spaced"],
        &["--header-case", "upper", "--authorization", "reordered"],
        &["--space", "percent", "--name", "Ann Marie O'Neill"],
        &["--space", "plus", "--name", "Ann Marie O'Neill"],
        &["--empty-query", "--chunked"],
        &["--chunked", "--authorization", "spaced", "--sign", "date source", "--empty-query"],
    ];
    for way in ways {
        assert_same_person(&stage.python_tencent(way));
    }
    assert_eq!(stage.sandbox.ledger().charges(), ways.len());
}

#[test]
fn a_tencent_client_in_python_is_refused_for_a_wrong_key_an_old_date_and_a_prefix() {
    let Some(stage) = stage("tencent-python-refused", &["python3"]) else { return };
    let got = stage.python_tencent(&["--secret-key", "wrong"]);
    assert!(matches!(got.status, 401 | 403) && got.text.contains("HMAC signature does not match"), "{}", got.text);
    let got = stage.python_tencent(&["--secret-id", "nobody"]);
    assert!(got.text.contains("HMAC signature cannot be verified"), "{}", got.text);
    let got = stage.python_tencent(&["--date", "Tue, 20 Oct 2020 06:03:36 GMT"]);
    assert!(got.text.contains("the x-date header is out of date for HMAC Authentication"), "{}", got.text);
    assert_eq!(stage.sandbox.ledger().charges(), 0, "what the gateway refuses costs nothing");
    let got = stage.python_tencent(&["--prefix", "data:image/jpg;base64,"]);
    assert_eq!(got.json()["errcode"], "P0027");
}

#[test]
fn a_client_of_the_newer_gateway_in_python_is_understood_and_refused() {
    let Some(stage) = stage("newer-gateway-python", &["python3"]) else { return };
    let ask = |arguments: &[&str]| stage.python_market("cloud_market.py", arguments);
    let ways: [&[&str]; 4] = [
        &[],
        &["--request-id", "md5"],
        &["--path", "/service-9/other/path"],
        &["--path", "/services-0abc/release/jingmocompare"],
    ];
    for way in ways {
        assert_same_person(&ask(way));
    }
    assert_eq!(stage.sandbox.ledger().charges(), ways.len());
    for (way, told) in [
        (&["--secret-key", "wrong"][..], "签名"),
        (&["--secret-id", "nobody"], "密钥"),
        (&["--request-id", "none"], "request-id"),
    ] {
        let got = ask(way);
        assert!(got.status == 403 && got.json()["message"].as_str().unwrap().contains(told), "{}", got.text);
        assert!(got.json()["requestid"].is_string() && got.json()["code"].is_number(), "{}", got.text);
    }
    let got = ask(&["--date", "Tue, 20 Oct 2020 06:03:36 GMT"]);
    let text = got.json()["message"].as_str().unwrap().to_owned();
    assert!(got.status == 403 && text.contains("签名时间") && text.contains("超时"), "{text}");
    assert_eq!(stage.sandbox.ledger().charges(), ways.len(), "what the gateway refuses costs nothing");
}

#[test]
fn a_tencent_client_in_curl_and_openssl_is_understood() {
    let Some(stage) = stage("tencent-curl", &["bash", "curl", "openssl"]) else { return };
    let photo = stage.photo.to_str().unwrap();
    assert_same_person(&stage.bash("tencent_market.sh", &[photo, NAME, ID_NUMBER]));
    assert_same_person(&stage.bash("tencent_market_sample.sh", &[photo, NAME, ID_NUMBER]));
    let got = stage.bash("tencent_market.sh", &[photo, NAME, "110105194912310021"]);
    assert!(matches!(got.json()["errcode"].as_str(), Some("00082" | "21082")), "{}", got.text);
}

/// init, html, the person, result, by whatever client.
fn assert_hosted_check(stage: &Stage, ask: impl Fn(&[&str]) -> Got) {
    let got = ask(&["init", "https://shop.example/back?order=7&x=汉字", "#FFFFFF,#000000", "LookFront,OpenMouth"]);
    let answer = got.json();
    assert_eq!((got.status, &answer["code"]), (200, &Value::from(200)), "{}", got.text);
    assert!(got.is_sandbox && answer["charge"] == true);
    assert!(answer["taskNo"].as_str().unwrap().len() == 24);
    let token = answer["data"]["token"].as_str().unwrap();

    let page = ask(&["html", token]);
    assert!(page.is_sandbox && page.text.trim_start().starts_with("<!doctype html>"), "{:.200}", page.text);
    assert!(page.text.contains("LookFront") && page.text.contains("#FFFFFF"));

    assert_eq!(ask(&["result", token]).json()["code"], 201);
    assert!(stage.sandbox.finish(&support::session(token)));
    let passed = ask(&["result", token]).json();
    assert_eq!(passed["code"], 200, "{passed}");
    assert!(passed["data"]["faceImageUrl"].as_str().unwrap().starts_with(&stage.server.url()), "{passed}");

    assert_eq!(ask(&["init", "https://shop.example/back", "#123456", ""]).json()["code"], 400);
    let failure = ask(&["html", "no-such-token"]);
    assert!(!failure.text.trim_start().starts_with(['<', '{']), "an error text, never JSON: {}", failure.text);
}

#[test]
fn a_jumdata_client_in_python_goes_through_the_whole_journey() {
    let Some(stage) = stage("jumdata-python", &["python3"]) else { return };
    for style in [&["--space", "plus"][..], &["--space", "percent", "--business-first"]] {
        assert_hosted_check(&stage, |call| {
            let mut arguments = style.to_vec();
            match call {
                ["init", url, colors, actions] => {
                    arguments.extend(["init", "--return-url", url, "--colors", colors]);
                    if !actions.is_empty() {
                        arguments.extend(["--actions", actions]);
                    }
                }
                [call, token] => arguments.extend([call, "--token", token]),
                other => panic!("{other:?}"),
            }
            stage.python_jumdata(&arguments)
        });
    }
}

#[test]
fn a_jumdata_client_in_curl_and_openssl_goes_through_the_whole_journey() {
    let Some(stage) = stage("jumdata-curl", &["bash", "curl", "openssl"]) else { return };
    assert_hosted_check(&stage, |call| stage.bash("jumdata.sh", call));
}
