//! The server as a process: it starts with a key or the operator's word, and begins nothing that the application has not signed.

use std::{
    io::{BufRead, BufReader, Read},
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use http::{Method, StatusCode, header};
use liveness::{
    Body, Request, Sandbox, Transport, UreqTransport,
    money::Journal,
    sandbox::{Server, ServerLimits},
};
use liveness_fleet::{
    journal::RedisJournal,
    proof::ReferenceKey,
    results::{End, Results},
};

use crate::{
    calls::{intent, lost, opened},
    proxy::Proxy,
    redis::{DURABLE, Redis},
};

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// A vendor that counts what it is asked.
struct Vendor {
    asked: Arc<AtomicUsize>,
    server: Server,
}

impl Vendor {
    fn start() -> Self {
        let (sandbox, asked) = (Sandbox::new(), Arc::new(AtomicUsize::new(0)));
        let counts = Arc::clone(&asked);
        let answer = move |request: Request| {
            counts.fetch_add(1, Ordering::SeqCst);
            sandbox.send(request)
        };
        Self { asked, server: Server::bind_with("127.0.0.1:0", answer, ServerLimits::new()).unwrap() }
    }
}

/// A server that is killed when this is dropped.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn command(redis: &Redis, vendor: &Vendor, set: &[(&str, &str)]) -> (Command, String) {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command
            .env_clear()
            .env("FLEET_REDIS", redis.url())
            .env("LIVENESS_VENDOR", "jumdata")
            .env("JUMDATA_APP_ID", Sandbox::JUMDATA_APP_ID)
            .env("JUMDATA_APP_SECRET", Sandbox::JUMDATA_APP_SECRET)
            .env("JUMDATA_ENDPOINT", vendor.server.url())
            .env("FLEET_SEALING_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .env("FLEET_LISTEN", format!("127.0.0.1:{port}"))
            .env("FLEET_PUBLIC_URL", "http://127.0.0.1:1")
            .envs(set.iter().copied())
            .stdin(Stdio::null());
        (command, format!("http://127.0.0.1:{port}"))
    }

    fn start(redis: &Redis, vendor: &Vendor, set: &[(&str, &str)]) -> Self {
        Self::start_with(redis, vendor, set, Stdio::null())
    }

    fn start_with(redis: &Redis, vendor: &Vendor, set: &[(&str, &str)], errors: Stdio) -> Self {
        let (mut command, url) = Self::command(redis, vendor, set);
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert!(said.contains("listens at"), "{said}");
        Self { child, url }
    }

    fn ask(&self, method: Method, path: &str, cookie: &str, form: &str) -> (StatusCode, String, String) {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = UreqTransport::new().send(request).unwrap();
        let cookie = response.headers().get(header::SET_COOKIE).map(|cookie| cookie.to_str().unwrap().to_owned());
        let cookie = cookie.and_then(|cookie| Some(cookie.split(';').next()?.to_owned())).unwrap_or_default();
        (response.status(), cookie, String::from_utf8_lossy(response.body().as_bytes()).into_owned())
    }

    /// A browser with this server's cookie.
    fn cookie(&self) -> String {
        self.ask(Method::GET, "/", "", "").1
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keys(redis: &Redis) -> Vec<String> {
    redis.link().read(|connection| ::redis::cmd("KEYS").arg("*").query(connection)).unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn a_reference_that_the_application_has_not_signed_begins_nothing() {
    let (redis, vendor) = (Redis::start(&DURABLE), Vendor::start());
    let server = Process::start(&redis, &vendor, &[("FLEET_REFERENCE_KEY", KEY)]);
    let cookie = server.cookie();
    let signed = |reference: &str, expires: u64| {
        let proof = ReferenceKey::from_base64(KEY).unwrap().proof(reference, expires);
        format!("expires={expires}&proof={proof}")
    };
    let (soon, before) = (now() + 600, keys(&redis));
    for (form, why) in [
        ("reference=order-7".to_owned(), "not signed"),
        (format!("reference=order-7&expires={soon}&proof={}", "0".repeat(64)), "not signed"),
        (format!("reference=order-7&{}", signed("order-8", soon)), "not signed"),
        // The first field of a name counts, so what is checked is what is begun.
        (format!("reference=order-7&reference=order-8&{}", signed("order-8", soon)), "not signed"),
        (format!("reference=order-7&{}", signed("order-7", now() - 1)), "expired"),
    ] {
        let (status, _, said) = server.ask(Method::POST, "/checks", &cookie, &form);
        assert!(status == StatusCode::FORBIDDEN && said.contains(why), "{form}: {status} {said}");
    }
    assert_eq!(vendor.asked.load(Ordering::SeqCst), 0, "nothing is sent");
    assert_eq!(keys(&redis), before, "and nothing written");

    let form = format!("reference=order-7&{}", signed("order-7", soon));
    let (status, _, said) = server.ask(Method::POST, "/checks", &cookie, &form);
    assert!(status == StatusCode::OK && said.contains("page"), "{status} {said}");
    assert_eq!(vendor.asked.load(Ordering::SeqCst), 1);
    let (status, ..) = server.ask(Method::POST, "/checks", &server.cookie(), &form);
    assert_eq!(status, StatusCode::FORBIDDEN, "a second browser with the same proof");
}

#[test]
fn a_server_without_a_key_starts_only_where_a_login_stands_before_it() {
    let (redis, vendor) = (Redis::start(&DURABLE), Vendor::start());
    let refused = |set: &[(&str, &str)]| {
        let mut command = Process::command(&redis, &vendor, set).0;
        let mut server = Process {
            child: command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap(),
            url: String::new(),
        };
        let start = Instant::now();
        while server.child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(20), "it starts: {set:?}");
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(server.child.wait().unwrap().code(), Some(2));
        let mut said = String::new();
        server.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    };
    let said = refused(&[]);
    assert!(said.contains("FLEET_REFERENCE_KEY") && said.contains("FLEET_BEHIND_LOGIN=yes"), "{said}");
    let said = refused(&[("FLEET_REFERENCE_KEY", KEY), ("FLEET_BEHIND_LOGIN", "yes")]);
    assert!(said.contains("FLEET_BEHIND_LOGIN") && !said.contains(KEY), "{said}");

    let server = Process::start(&redis, &vendor, &[("FLEET_BEHIND_LOGIN", "yes")]);
    let (status, _, said) = server.ask(Method::POST, "/checks", &server.cookie(), "reference=order-7");
    assert!(status == StatusCode::OK && said.contains("page"), "{status} {said}");
}

#[test]
fn a_server_keeps_the_results_that_are_missing() {
    let (redis, vendor) = (Redis::start(&DURABLE), Vendor::start());
    let (journal, results) = (RedisJournal::new(redis.link()), Results::new(redis.link()));
    journal.close(&opened(&journal, &intent("order-7")), &lost()).unwrap();
    let _server = Process::start(&redis, &vendor, &[("FLEET_REFERENCE_KEY", KEY)]);
    let start = Instant::now();
    let ended = loop {
        match results.find("order-7").unwrap() {
            Some(ended) => break ended,
            None => assert!(start.elapsed() < Duration::from_secs(20), "it has no result yet"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(ended.end, End::InDoubt);
}

#[test]
fn a_record_that_holds_up_the_pass_is_named() {
    let (redis, vendor) = (Redis::start(&DURABLE), Vendor::start());
    let journal = RedisJournal::new(redis.link());
    journal.close(&opened(&journal, &intent("order-7")), &lost()).unwrap();
    let spoil = |connection: &mut ::redis::Connection| {
        let (key, field) = ("{liveness}:journal:calls:order-7", "0000000001 begin");
        ::redis::cmd("HSET").arg(key).arg(field).arg("{}").query::<i64>(connection)
    };
    redis.link().read(spoil).unwrap();
    let mut server = Process::start_with(&redis, &vendor, &[("FLEET_REFERENCE_KEY", KEY)], Stdio::piped());
    let mut said = String::new();
    BufReader::new(server.child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("record of \"order-7 0000000001 begin\""), "{said}");
}

#[test]
fn a_sweep_waits_for_no_pass() {
    let (redis, vendor) = (Redis::start(&DURABLE), Vendor::start());
    let (journal, proxy) = (RedisJournal::new(redis.link()), Proxy::start(redis.port()));
    // Five pages of it, and each takes three seconds.
    (0..1000).for_each(|number| drop(opened(&journal, &intent(&format!("order-{number}")))));
    proxy.slow_at("{liveness}:journal:all", Duration::from_secs(3));
    proxy.await_one("{liveness}:sessions:open");
    let start = Instant::now();
    let url = proxy.url();
    let _server = Process::start(&redis, &vendor, &[("FLEET_REFERENCE_KEY", KEY), ("FLEET_REDIS", &url)]);
    // A sweep is made every minute.
    while !proxy.has_come() {
        assert!(start.elapsed() < Duration::from_secs(70), "the sweep waits for the pass");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(start.elapsed() > Duration::from_secs(50), "{:?}", start.elapsed());
}
