//! Tests of the delays and limits of the sandbox over HTTP, and of what its log of requests shows.

use std::{
    io::Write,
    net::{Shutdown, TcpStream},
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use http::Method;
use liveness::{
    Body, Clock, ManualClock, Transport,
    sandbox::{Call, Conditions, Delay, Fault, Sandbox, Vendor},
};
use time::{OffsetDateTime, macros::datetime};

use crate::client::{Client, Compare, Got, support};

/// A second before midnight in UTC+8.
const LATE: OffsetDateTime = datetime!(2026-11-21 15:59:59 UTC);

fn client(conditions: Conditions) -> (Client, ManualClock) {
    let clock = ManualClock::new(LATE);
    (Client::of(Sandbox::builder().with_clock(clock.clone()).with_conditions(conditions).build()), clock)
}

fn compare(client: &Client) -> Got {
    client.compare(&Compare { at: client.sandbox.now(), ..Compare::default() })
}

fn order(client: &Client, json: &str) -> Got {
    let headers = [("content-type", "application/json")];
    Got::of(&client.send(Method::POST, "/sandbox/conditions", &headers, json.to_owned()))
}

#[test]
fn a_call_over_the_rate_is_refused_and_costs_nothing_and_the_next_second_has_room() {
    let limits =
        Conditions::new().with_calls_per_second(Vendor::TencentMarket, 2).with_calls_per_second(Vendor::Jumdata, 1);
    let (client, clock) = client(limits);
    assert_eq!([compare(&client).told(), compare(&client).told()], ["P0000", "P0000"]);
    let refused = compare(&client);
    assert_eq!(refused.status, 429);
    assert!(refused.text.contains("API rate limit exceeded"), "{refused:?}");
    client.token();
    let refused = client.init(&[("returnUrl", "https://shop.example/back")]).json();
    assert_eq!((&refused["code"], &refused["charge"]), (&609.into(), &false.into()));
    assert_eq!(client.sandbox.ledger().charges(), 3);
    let noted =
        client.sandbox.ledger().entries().iter().filter(|e| e.note().is_some_and(|n| n.contains("per_second"))).count();
    assert_eq!(noted, 2);
    clock.advance(Duration::from_secs(1));
    assert_eq!(compare(&client).told(), "P0000");
}

#[test]
fn a_days_quota_ends_at_midnight_in_china_and_what_is_not_signed_does_not_use_it() {
    let (client, clock) = client(Conditions::new().with_calls_per_day(Vendor::TencentMarket, 1));
    let wrong = Compare { at: client.sandbox.now(), key: "wrong", ..Compare::default() };
    assert!(client.compare(&wrong).told().contains("does not match"));
    assert_eq!(compare(&client).told(), "P0000");
    let refused = compare(&client);
    assert!(refused.status == 429 && refused.text.contains("API quota exceeded"), "{refused:?}");
    clock.advance(Duration::from_secs(1));
    assert_eq!(compare(&client).told(), "P0000", "a new day");
    assert_eq!(client.sandbox.ledger().charges(), 2);
}

#[test]
fn the_gateways_headers_count_the_same_in_each_answer_whatever_refuses() {
    let limits =
        Conditions::new().with_calls_per_second(Vendor::TencentMarket, 1).with_calls_per_day(Vendor::TencentMarket, 9);
    let (client, clock) = client(limits);
    let told = || {
        let answer = client.compare_answer(&Compare { at: client.sandbox.now(), ..Compare::default() });
        let told = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        (answer.status().as_u16(), told("x-ratelimit-limit"), told("x-ratelimit-used"))
    };
    let row = |status, used: &str| (status, "9".to_owned(), used.to_owned());
    assert_eq!([told(), told()], [row(200, "1"), row(429, "1")]);
    client.sandbox.arm_fault(Fault::Quota, 1);
    assert_eq!(told(), row(429, "1"));
    clock.advance(Duration::from_secs(1));
    assert_eq!(told(), row(200, "1"), "a new day");
}

/// A clock that goes on by a millisecond whenever it is looked at.
#[derive(Debug)]
struct Counting(AtomicI64);

impl Clock for Counting {
    fn now(&self) -> OffsetDateTime {
        LATE + time::Duration::milliseconds(self.0.fetch_add(1, Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) {}

    fn random(&self) -> u64 {
        7
    }
}

#[test]
fn calls_that_come_at_once_are_counted_in_the_order_of_their_instants() {
    let sandbox = Sandbox::builder().with_clock(Counting(AtomicI64::new(0))).build();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let request = http::Request::get("http://a.example/lifecheck/h5/v2/html").body(Body::empty());
                    sandbox.send(request.unwrap()).unwrap();
                }
            });
        }
    });
    let ledger = sandbox.ledger();
    assert!(ledger.entries().windows(2).all(|pair| pair[0].at() < pair[1].at()));
}

/// A clock whose sleeps end when the test says so.
#[derive(Debug)]
struct Gated(Mutex<mpsc::Receiver<()>>, mpsc::Sender<Duration>);

impl Clock for Gated {
    fn now(&self) -> OffsetDateTime {
        LATE
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, duration: Duration) {
        self.1.send(duration).unwrap();
        let _ = self.0.lock().unwrap().recv();
    }

    fn random(&self) -> u64 {
        7
    }
}

#[test]
fn a_client_that_hangs_up_gives_its_place_back_before_its_answer_is_due() {
    let (wake, sleeping) = mpsc::channel();
    let (tell, slept) = mpsc::channel();
    let delay = Delay::fixed(Duration::from_secs(600)).unwrap();
    let conditions = Conditions::new().with_delay(Call::Html, delay);
    let clock = Gated(Mutex::new(sleeping), tell);
    let client = Client::of(Sandbox::builder().with_clock(clock).with_conditions(conditions).build());
    let mut stream = TcpStream::connect(client.server.addr()).unwrap();
    stream.write_all(b"GET /lifecheck/h5/v2/html HTTP/1.1\r\nHost: a.example\r\n\r\n").unwrap();
    let first = slept.recv().unwrap();
    assert!(first <= Duration::from_secs(2), "{first:?}");
    wake.send(()).unwrap();
    slept.recv().unwrap();
    stream.shutdown(Shutdown::Both).unwrap();
    drop(stream);
    wake.send(()).unwrap();
    // Time enough for it to sleep once more, if it did.
    for _ in 0..100 {
        client.get("/sandbox/clock");
    }
    assert!(slept.try_recv().is_err(), "it sleeps on for nobody");
}

#[test]
fn the_same_seed_draws_the_same_delays_whatever_is_called_between() {
    let ms = Duration::from_millis;
    let conditions = Conditions::new()
        .with_seed(7)
        .with_delay(Call::Compare, Delay::log_normal(ms(300), ms(1_800)).unwrap())
        .with_delay(Call::Init, Delay::fixed(ms(120)).unwrap());
    let slept = |between: bool| {
        let (client, clock) = client(conditions.clone());
        for _ in 0..5 {
            if between {
                client.token();
            }
            compare(&client);
        }
        clock.slept()
    };
    let (alone, mixed) = (slept(false), slept(true));
    assert_eq!(alone.len(), 5);
    assert!(alone.windows(2).any(|pair| pair[0] != pair[1]));
    assert_eq!(mixed.iter().copied().filter(|slept| *slept != ms(120)).collect::<Vec<_>>(), alone);
}

#[test]
fn conditions_are_set_over_http_and_an_unknown_key_is_named() {
    let (client, clock) = client(Conditions::new());
    let text = r#"{"delay":{"compare":{"fixed_ms":250}},"calls_per_day":{"jumdata":9}}"#;
    assert_eq!(order(&client, text).json()["calls_per_day"]["jumdata"], 9);
    assert_eq!(client.sandbox.conditions(), serde_json::from_str(text).unwrap());
    compare(&client);
    client.post("/sandbox/disarm", &[]);
    compare(&client);
    assert_eq!(clock.slept(), [Duration::from_millis(250); 2], "disarm leaves the conditions");
    for (wrong, key) in [
        (r#"{"calls_per_minute":{}}"#, "calls_per_minute"),
        (r#"{"delay":{"compares":{"fixed_ms":1}}}"#, "compares"),
        (r#"{"delay":{"compare":{"fixed":1}}}"#, "fixed"),
        (r#"{"calls_per_day":{"tencent":1}}"#, "tencent"),
        (r#"{"delay":{"compare":{"uniform_ms":[9,1]}}}"#, "uniform_ms"),
    ] {
        let got = order(&client, wrong);
        assert_eq!(got.status, 400, "{got:?}");
        assert!(got.json()["error"].as_str().unwrap().contains(key), "{key} {got:?}");
    }
    assert_eq!(client.sandbox.conditions(), serde_json::from_str(text).unwrap(), "what is refused changes nothing");
}

#[test]
fn the_log_says_why_a_signature_was_refused_without_the_secret_and_without_the_person() {
    let client = Client::new();
    let token = client.token();
    client.compare(&Compare { key: "wrong", ..Compare::default() });
    client.jumdata("result", "wrong-secret", &[("token", &token)]);
    client.sandbox.arm_fault(Fault::UnderstateLength, 1);
    client.compare(&Compare::default());
    client.get(&format!("/lifecheck/{token}"));
    client.get(&format!("/{}", support::ID_NUMBER));

    let log = client.get("/sandbox/log.json");
    let json = log.json();
    assert_eq!(json["requests"], 6);
    let row = |at: usize| &json["newest"][at];
    assert_eq!((&row(0)["path"], &row(0)["status"]), (&"another path".into(), &404.into()));
    assert_eq!(row(1)["path"], "/lifecheck/…");
    assert_eq!(
        (&row(2)["fault"], &row(2)["charged"], &row(2)["answered"]),
        (&"understate-length".into(), &true.into(), &false.into())
    );
    let sign = row(3)["signature"]["stringToSign"].as_str().unwrap();
    assert!(sign.starts_with("sandbox-app-id<appSecret>1") && sign.len() == 38, "{sign}");
    assert!(row(3)["signature"]["refused"].as_str().unwrap().contains("SHA-256"));
    assert_eq!(row(4)["signature"]["refused"], "HMAC signature does not match");
    let signed = row(4)["signature"]["stringToSign"].as_str().unwrap();
    assert!(signed.starts_with("x-date: ") && signed.ends_with(" GMT\nx-source: market"), "{signed}");
    assert_eq!(row(5)["signature"]["valid"], true);

    let page = client.send(Method::GET, "/sandbox/log", &[("accept-language", "zh-CN,en;q=0.5")], "");
    let headers = page.headers();
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    let (chinese, english) = (Got::of(&page).text, client.get("/sandbox/log").text);
    assert!(chinese.contains("<html lang=\"zh-CN\">") && chinese.contains("待签名字符串") && chinese.contains("沙箱"));
    assert!(english.contains("<html lang=\"en\">") && english.contains("to be signed") && english.contains("SANDBOX"));
    assert_eq!(english.matches("<th scope=\"col\"").count(), 9);
    for private in
        [&*token, support::ID_NUMBER, support::NAME, Sandbox::JUMDATA_APP_SECRET, Sandbox::TENCENT_SECRET_KEY]
    {
        for shown in [&log.text, &chinese, &english] {
            assert!(!shown.contains(private), "{private} in {shown}");
        }
    }
}

#[test]
fn the_log_shows_no_value_that_a_client_put_where_a_date_a_timestamp_or_a_watermark_belongs() {
    let client = Client::new();
    let number = support::ID_NUMBER;
    for line in [
        format!("hmac id=\"{number}\", algorithm=\"hmac-sha1\", headers=\"x-date x-source {number}\", signature=\"x\""),
        format!("{{\"id\":\"{number}\",\"x-date\":\"{number}\",\"signature\":\"{number}\"}}"),
    ] {
        let head = format!("Authorization: {line}\r\nX-Date: {number}\r\nX-Source: {number}\r\n{number}: {number}\r\n");
        client.raw(&format!("POST /release/jingmocompare HTTP/1.0\r\n{head}\r\n"));
    }
    let form = [("appId", number), ("timestamp", number), ("sign", number), ("token", number)];
    client.post("/lifecheck/h5/v2/result", &form);
    // A mobile number behind China's code has as many digits as a timestamp.
    client.post("/lifecheck/h5/v2/init", &[("timestamp", "8613800138000")]);
    for path in ["/sandbox/log", "/sandbox/log.json"] {
        let shown = client.get(path).text;
        assert!(shown.contains("18 characters, not shown") && !shown.contains(number), "{shown}");
        assert!(shown.contains("13 characters, not shown") && !shown.contains("13800138000"), "{shown}");
    }
}

#[test]
fn the_log_says_what_a_signature_is_worth_apart_from_the_rest_of_the_request() {
    let client = Client::new();
    let newest = || client.get("/sandbox/log.json").json()["newest"][0]["signature"].clone();
    let large = "a&".repeat(40_000);
    client.send(Method::POST, "/lifecheck/h5/v2/init", &[("content-type", "application/x-www-form-urlencoded")], large);
    assert!(newest()["refused"].as_str().unwrap().contains("64 KB"), "{}", newest());
    // The right signature under the wrong type of content.
    client.typed("text/plain", &[("returnUrl", "https://shop.example/back")]);
    assert_eq!(newest()["valid"], true, "{}", newest());

    let date = "Fri, 27 Nov 2026 08:00:00 GMT";
    let signed = |names: &str| {
        let line = format!("hmac id=\"x\", algorithm=\"hmac-sha1\"{names}, signature=\"x\"");
        client.raw(&format!("POST /release/jingmocompare HTTP/1.0\r\nAuthorization: {line}\r\nX-Date: {date}\r\n\r\n"));
        newest()["stringToSign"].as_str().unwrap().to_owned()
    };
    assert_eq!(signed(", headers=\"x-date\""), format!("x-date: {date}"));
    assert_eq!(signed(""), "<no headers=>");
    assert!(signed(", headers=\"x-date a b c d e f g h\"").ends_with("\n…"));
}

#[test]
fn the_log_keeps_the_last_two_hundred_requests() {
    let client = Client::new();
    for _ in 0..203 {
        client.get("/lifecheck/h5/v2/html");
    }
    let log = client.get("/sandbox/log.json").json();
    assert_eq!((&log["requests"], log["newest"].as_array().unwrap().len()), (&203.into(), 200));
    assert_eq!(log["newest"][199]["number"], 4);
}
