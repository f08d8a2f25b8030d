//! `liveness sandbox`: where it listens, and what it tells.

use std::{
    fs,
    io::{BufRead, BufReader, Lines, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdout, Stdio},
    time::Duration,
};

use liveness::{
    Billed, Check, LivenessProvider, Progress, ReturnUrl, UreqTransport,
    jumdata::{Credentials, Jumdata},
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::command::{folder, is_chinese, liveness, run};

/// A sandbox that runs until the test is over.
pub(crate) struct Running {
    child: Child,
    lines: Option<Lines<BufReader<ChildStdout>>>,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = liveness(["sandbox"]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines: Some(lines) }
    }

    fn line(&mut self) -> String {
        self.lines.as_mut().unwrap().next().unwrap().unwrap()
    }

    pub(crate) fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn json_tells_the_address_and_the_keys_and_then_each_request() {
    let mut sandbox = Running::start(&["--port=0", "--json"]);
    let first = sandbox.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let jumdata = &first["jumdata"];
    let keys = Credentials { app_id: text(&jumdata["app_id"]).into(), app_secret: text(&jumdata["app_secret"]).into() };
    let provider =
        Jumdata::new(keys, UreqTransport::new()).with_endpoint(jumdata["endpoint"].as_str().unwrap()).unwrap();
    let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back").unwrap());
    assert!(matches!(provider.begin(&check).unwrap(), Progress::Pending(session) if session.billed() == Billed::Yes));
    let row = sandbox.json();
    assert_eq!((&row["method"], &row["path"]), (&"POST".into(), &"/lifecheck/h5/v2/init".into()), "{row}");
    assert_eq!((&row["status"], &row["code"], &row["answered"]), (&200.into(), &"200".into(), &true.into()), "{row}");
    let at = OffsetDateTime::parse(row["at"].as_str().unwrap(), &Rfc3339).unwrap();
    assert!((OffsetDateTime::now_utc() - at).abs() < time::Duration::minutes(5));
    let market = &first["tencent_market"];
    assert!(market["secret_id"].is_string() && market["secret_key"].is_string());
    assert_eq!(text(&market["endpoint"]), format!("{}/release/jingmocompare", text(&first["url"])));
    assert_eq!(text(&first["control"]), format!("{}/sandbox/", text(&first["url"])));
}

#[test]
fn it_answers_on_when_nobody_reads_what_it_tells() {
    let mut sandbox = Running::start(&["--port", "0", "--json", "--scenario", "denied"]);
    let url = sandbox.json()["url"].as_str().unwrap().to_owned();
    sandbox.lines = None;
    for _ in 0..3 {
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        stream.write_all(b"GET /sandbox/ HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    assert!(sandbox.child.try_wait().unwrap().is_none(), "it still runs");
}

#[test]
fn it_answers_on_when_its_output_is_open_and_nobody_reads_it() {
    // More lines than a pipe and the sandbox's own queue hold.
    const REQUESTS: usize = 2_500;
    // More than the pipe holds, so that the queue has room again.
    const READ: usize = 900;
    let mut sandbox = Running::start(&["--port", "0", "--json"]);
    let url = sandbox.json()["url"].as_str().unwrap().to_owned();
    let ask = |number: usize| {
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(b"GET /sandbox/ HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap_or_else(|why| panic!("request {number}: {why}"));
        assert!(answer.starts_with("HTTP/1.1 200 "), "request {number}: {answer}");
    };
    (1..=REQUESTS).for_each(ask);
    for _ in 0..READ {
        assert_eq!(sandbox.json()["path"], "/sandbox/");
    }
    ask(REQUESTS + 1);
    let mut told = READ;
    let left_out = loop {
        let line = sandbox.json();
        match line["left_out"].as_u64() {
            Some(left_out) => break left_out,
            None => told += 1,
        }
    };
    assert_eq!(told as u64 + left_out, REQUESTS as u64, "each request is told or counted, in its place");
    assert_eq!(sandbox.json()["path"], "/sandbox/", "the request after those");
}

#[test]
fn a_person_is_told_in_their_language() {
    let mut english = Running::start(&["--port", "0"]);
    assert_eq!(english.line(), "SANDBOX: both vendors emulated; it judges nothing and bills nothing.");
    let lines: Vec<_> = (0..11).map(|_| english.line()).collect();
    assert!(lines.iter().any(|line| line.starts_with("control: GET http://127.0.0.1:")), "{lines:?}");
    assert!(is_chinese(&Running::start(&["--port", "0", "--lang", "zh"]).line()));
}

#[test]
fn an_address_that_cannot_be_had_is_named_with_the_reason() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (arguments, said) in [
        (vec!["--port".to_owned(), port.to_string()], format!("--port: port {port} is in use\n")),
        (vec![format!("--listen=127.0.0.1:{port}")], format!("--listen: port {port} is in use\n")),
        (vec!["--listen=192.0.2.1:8787".into()], "--listen: this machine has no address 192.0.2.1:8787\n".into()),
        (
            vec!["--listen=8787".into()],
            "--listen 8787: an address and a port are expected, such as 127.0.0.1:8787 or [::1]:8787\n".into(),
        ),
        (
            vec!["--listen=127.0.0.1:99999".into()],
            "--listen 127.0.0.1:99999: an address and a port are expected, such as 127.0.0.1:8787 or [::1]:8787\n"
                .into(),
        ),
    ] {
        let ended = run(liveness(["sandbox"]).args(&arguments));
        assert_eq!((ended.code, ended.stderr), (2, said));
    }
}

#[test]
fn settings_from_a_file_in_toml_or_json_hold() {
    let folder = folder("sandbox-conditions");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let toml =
        "seed = 7\n[delay.compare]\nlog_normal_ms = { median = 300, p99 = 1800 }\n[calls_per_day]\njumdata = 0\n";
    let json =
        r#"{"seed":7,"delay":{"compare":{"log_normal_ms":{"median":300,"p99":1800}}},"calls_per_day":{"jumdata":0}}"#;
    for path in [file("settings.toml", toml), file("settings.json", json)] {
        let mut sandbox = Running::start(&["--port=0", "--json", "--settings", &path]);
        let first = sandbox.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let keys = &first["jumdata"];
        let keys = Credentials { app_id: text(&keys["app_id"]).into(), app_secret: text(&keys["app_secret"]).into() };
        let url = first["jumdata"]["endpoint"].as_str().unwrap();
        let provider = Jumdata::new(keys, UreqTransport::new()).with_endpoint(url).unwrap();
        let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back").unwrap());
        assert_eq!(provider.begin(&check).unwrap_err().vendor_code(), Some("606"));
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        stream.write_all(b"GET /sandbox/conditions HTTP/1.0\r\n\r\n").unwrap();
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        let (_, told) = told.split_once("\r\n\r\n").unwrap();
        let conditions: Value = serde_json::from_str(told).unwrap();
        for key in ["seed", "delay", "calls_per_day"] {
            assert_eq!(conditions[key], serde_json::from_str::<Value>(json).unwrap()[key], "{told}");
        }
    }
}

#[test]
fn a_mistake_in_the_settings_is_told_by_its_place_without_the_value_in_both_languages() {
    let folder = folder("sandbox-settings");
    for (name, text, english, chinese) in [
        (
            "unknown.json",
            r#"{"delay":{"compares":{"fixed_ms":1}}}"#,
            "line 1, column 11, delay.compares: there is no such key; the allowed keys are init, html, result, meter, compare",
            "第 1 行第 11 列，delay.compares：没有这一项；可用的有 init、html、result、meter、compare",
        ),
        ("broken.toml", "seed = \n", "line 1, column 8: this is not valid TOML", "第 1 行第 8 列：不是合法的 TOML"),
        (
            "key.json",
            "\"13800138000\"",
            "line 1, column 1: it must be a table of keys and values",
            "第 1 行第 1 列：须为由键和值组成的表",
        ),
        (
            "long.toml",
            "[delay.init]\nfixed_ms = 1\n[delay.compare]\nfixed_ms = 700000\n",
            "line 4, column 12, delay.compare.fixed_ms: at most 600000 ms, ten minutes",
            "第 4 行第 12 列，delay.compare.fixed_ms：最长 600000 毫秒，即十分钟",
        ),
    ] {
        fs::write(folder.join(name), text).unwrap();
        for (lang, said) in
            [("en", format!("--settings {name}: {english}\n")), ("zh", format!("--settings {name}：{chinese}\n"))]
        {
            let settings = ["sandbox", "--port=0", "--lang", lang, "--settings", name];
            let ended = run(liveness(settings).current_dir(&folder));
            assert_eq!((ended.code, ended.stderr), (2, said));
        }
    }
    fs::write(folder.join("large.toml"), vec![b'\n'; 65 * 1024]).unwrap();
    for (name, english, chinese) in [
        ("nowhere.toml", "there is no such file or folder", "没有该文件或文件夹"),
        ("large.toml", "it is larger than the 65536 bytes that can be read", "超过可读取的 65536 字节"),
    ] {
        for (lang, said) in [("en", english), ("zh", chinese)] {
            let settings = ["sandbox", "--port=0", "--lang", lang, "--settings", name];
            let ended = run(liveness(settings).current_dir(&folder));
            assert!(ended.code == 2 && ended.stderr.ends_with(&format!("{said}\n")), "{ended:?}");
        }
    }
}
