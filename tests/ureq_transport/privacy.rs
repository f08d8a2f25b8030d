//! What is printed and logged: nothing of the query, the headers, the bodies or the proxy's password.

use std::{
    cell::{Cell, RefCell},
    error::Error,
    io::Write,
    sync::Once,
};

use http::{HeaderValue, header};
use liveness::{Request, Transport, UreqTransport};
use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::{
    SHORT, assert_refused, get,
    loopback::{Loopback, read_request, wait_for_close},
    post, within,
};

/// Marks everything in a request and an answer that must not be printed.
const MARK: &str = "Geheim";

fn marked(origin: &str) -> Request {
    let mut request = post(format!("{origin}/path?token={MARK}"));
    *request.body_mut() = format!("name={MARK}").into();
    let mut key = HeaderValue::from_static("hmac Geheim");
    key.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, key);
    request
}

const MARKED_ANSWER: &str =
    "HTTP/1.1 302 Found\r\nLocation: /?Geheim\r\nSet-Cookie: Geheim\r\nContent-Length: 15\r\n\r\n{\"name\":Geheim}";

#[test]
fn errors_name_method_and_host_and_nothing_else_of_the_request() {
    let transport = UreqTransport::new();
    let server = Loopback::once(|mut stream| wait_for_close(&mut stream));
    let timed_out = transport.send(within(marked(&server.http()), SHORT)).unwrap_err();
    let place = format!("POST {}: ", server.address);
    assert!(timed_out.to_string().contains(&place), "{timed_out}");
    drop(server);

    let broken =
        ["Geheim\r\n\r\n", "HTTP/1.1 200 OK\r\nGeheim\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nGeheim"];
    let mut errors = vec![timed_out];
    for answer in broken {
        let server = Loopback::answering(answer);
        errors.push(transport.send(marked(&server.http())).unwrap_err());
    }
    for origin in
        ["https://vendor.invalid", "http://vendor.example", "ftp://vendor.example", "https://Geheim@vendor.invalid"]
    {
        errors.push(transport.send(marked(origin)).unwrap_err());
    }
    let proxied = transport.with_proxy("http://Geheim:Geheim@proxy.invalid").unwrap();
    errors.push(proxied.send(marked("https://vendor.invalid")).unwrap_err());
    assert!(errors.iter().any(|error| error.source().is_some()), "no error here has a cause to look at");
    for error in errors {
        let cause = error.source().map(|cause| format!("{cause} {cause:?}")).unwrap_or_default();
        assert!(!format!("{error} {error:?} {cause}").contains(MARK), "{error:?}");
    }
}

#[test]
fn debug_prints_the_settings_without_the_proxys_credentials() {
    let transport = UreqTransport::new().with_proxy("http://Geheim:Geheim@proxy.example:3128").unwrap();
    let printed = format!("{transport:?}");
    assert!(!printed.contains(MARK), "{printed}");
    assert!(printed.contains("proxy.example:3128") && printed.contains("timeout: 30s"), "{printed}");
}

#[test]
fn an_answer_carries_no_copy_of_the_address() {
    let server = Loopback::answering(MARKED_ANSWER);
    let answer = UreqTransport::new().send(marked(&server.http())).unwrap();
    assert!(answer.extensions().is_empty());
}

#[test]
fn nothing_secret_is_logged_up_to_level_debug() {
    let server = Loopback::answering(MARKED_ANSWER);
    let lines = logged(LevelFilter::Debug, || {
        UreqTransport::new().send(marked(&server.http())).unwrap();
    });
    assert!(lines.iter().any(|line| line.starts_with("ureq::")), "nothing was captured");
    assert!(!lines.iter().any(|line| line.contains(MARK)), "{lines:#?}");
}

#[test]
fn a_request_is_refused_while_the_log_takes_ureqs_traces() {
    for request in [get, post] {
        let lines = logged(LevelFilter::Trace, || {
            let refused = UreqTransport::new().send(request("https://vendor.invalid/?Geheim"));
            assert_refused(refused, "set the log level of ureq and ureq_proto to debug");
        });
        assert!(!lines.iter().any(|line| line.contains(MARK)), "{lines:#?}");
    }
}

/// Why requests are refused, and from where ureq's traces come: when this fails, ureq has mended its ways or moved them.
#[test]
fn traces_hold_secrets_from_the_two_known_places_alone() {
    let server = Loopback::once(|mut stream| {
        read_request(&mut stream);
        stream.write_all(MARKED_ANSWER.as_bytes()).unwrap();
        wait_for_close(&mut stream);
    });
    let lines = logged(LevelFilter::Trace, || {
        UreqTransport::new().allow_trace_logs().send(marked(&server.http())).unwrap();
    });
    // Its rows of 16 bytes may cut the mark in two.
    let dumped: Vec<_> = lines.iter().filter(|line| line.contains("Geh") || line.contains("heim")).collect();
    assert!(dumped.iter().any(|line| line.starts_with("ureq::run: ")), "{dumped:#?}");
    assert!(dumped.iter().any(|line| line.starts_with("ureq_proto::util: ")), "{dumped:#?}");
    let known = ["ureq::run: ", "ureq_proto::util: "];
    assert!(dumped.iter().all(|line| known.iter().any(|target| line.starts_with(target))), "{dumped:#?}");
}

/// Keeps what the calling thread logs; other threads' tests are not disturbed.
struct Capture;

thread_local! {
    static LEVEL: Cell<LevelFilter> = const { Cell::new(LevelFilter::Off) };
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl Log for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        LEVEL.get() >= metadata.level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.with_borrow_mut(|lines| lines.push(format!("{}: {}", record.target(), record.args())));
        }
    }

    fn flush(&self) {}
}

fn logged(level: LevelFilter, act: impl FnOnce()) -> Vec<String> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        log::set_logger(&Capture).unwrap();
        log::set_max_level(Level::Trace.to_level_filter());
    });
    LEVEL.set(level);
    act();
    LEVEL.set(LevelFilter::Off);
    LINES.take()
}
